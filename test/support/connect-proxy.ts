import { once } from "node:events";
import { createServer } from "node:http";
import { type Socket, connect } from "node:net";

export interface ConnectProxy extends AsyncDisposable {
  readonly port: number;
  /** What it was asked to connect to, and by whom. */
  readonly asked: readonly { readonly authority: string; readonly authorization: string | undefined }[];
}

/**
 * An HTTP proxy on a free port of 127.0.0.1 that knows CONNECT alone.
 * @param answer the status to answer with: 200 connects; "silence" says nothing
 */
export async function startConnectProxy(
  answer: (authority: string) => number | "silence" = () => 200,
): Promise<ConnectProxy> {
  const asked: { authority: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  };
  server.on("connection", keep);
  server.on("connect", ({ url = "", headers }, client: Socket, head) => {
    asked.push({ authority: url, authorization: headers["proxy-authorization"] });
    const status = answer(url);
    if (status === "silence") return;
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const upstream = connect({ host: hostname.replaceAll(/[[\]]/g, ""), port: Number(port || "80") }, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    keep(upstream);
    upstream.on("error", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
