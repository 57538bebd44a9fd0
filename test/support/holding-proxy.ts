import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

/** Passes bytes on to a port of this machine, until the way is cut. */
export interface HoldingProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections it has passed on. */
  readonly passed: number;
  /** Where it leads from now on. */
  leadTo(port: number): void;
  /** Cut: what is sent arrives nowhere and no connection breaks, as when a cable is pulled; then it goes on. */
  hold(held: boolean): void;
}

export async function startHoldingProxy(): Promise<HoldingProxy> {
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let target = 0;
  let held = false;
  let passed = 0;
  const deliver = (to: Socket, bytes: Buffer): void => {
    const write = (): void => {
      if (!to.destroyed) to.write(bytes);
    };
    if (held) waiting.push(write);
    else write();
  };
  const server = createServer((socket) => {
    const onward = connect(target, "127.0.0.1");
    passed += 1;
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.on("data", (bytes: Buffer) => deliver(other, bytes));
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get passed() {
      return passed;
    },
    leadTo: (port) => {
      target = port;
    },
    hold: (now) => {
      held = now;
      if (!held) for (const write of waiting.splice(0)) write();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
