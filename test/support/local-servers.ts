import { randomInt } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from "node:http";
import { type AddressInfo, type Server, type Socket, createServer as createTcpServer } from "node:net";

/** One request as it came in, its body read. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface LocalServer extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Sockets that are open now. */
  readonly openSockets: () => number;
}

export interface RecordingServer extends LocalServer {
  readonly received: readonly Received[];
}

/** An HTTP server on a free port of 127.0.0.1 that remembers what it was asked. */
export async function startHttp(
  answer: (request: Received, response: ServerResponse) => void,
): Promise<RecordingServer> {
  const { received, listener } = recorder(answer);
  return { ...(await listen(createServer(listener), "http")), received };
}

/** A server that speaks whatever `onSocket` says. */
export async function startTcp(onSocket: (socket: Socket) => void): Promise<LocalServer> {
  return await listen(createTcpServer(onSocket), "http");
}

/**
 * A port of 127.0.0.1 where nobody listens: it was free a moment ago, and is none of those that the system hands out by itself, as it
 * does to every connection of every test beside this one.
 */
export async function closedPort(): Promise<number> {
  for (;;) {
    const server = createTcpServer().listen(randomInt(20_000, 30_000), "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") continue;
      throw error;
    }
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
  }
}

function recorder(answer: (request: Received, response: ServerResponse) => void): {
  received: Received[];
  listener: RequestListener;
} {
  const received: Received[] = [];
  return {
    received,
    listener: (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const entry = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
        received.push(entry);
        answer(entry, response);
      });
      request.on("error", () => undefined);
    },
  };
}

/** Has any server listen on a free port of 127.0.0.1. */
export async function listen(server: Server, scheme: string): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    openSockets: () => sockets.size,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
