import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

/** Stands between a browser and the service and passes bytes on, until it is cut. */
export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** From now on nothing answers at `url`: what is open breaks, what is new is refused. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** From now on another server is behind it: what is open breaks. */
  turnTo(targetUrl: string): void;
}

export async function startRelay(targetUrl: string): Promise<Relay> {
  let target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  const cut = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    restore: async () => await listen(port),
    turnTo: (url) => {
      target = new URL(url);
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: cut,
  };
}
