import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface PathProxy extends AsyncDisposable {
  /** With the path, and without a `/` at its end. */
  readonly url: string;
  /** Paths that were asked for outside of its own: there somebody else's pages are. */
  readonly outside: readonly string[];
}

/** A proxy that has the service below a path of its host. `strips`: it takes the path away before it asks, as nginx does with `/` behind `proxy_pass http://host`. */
export async function startPathProxy(
  target: string,
  path: string,
  { strips }: { readonly strips: boolean },
): Promise<PathProxy> {
  const { hostname, port } = new URL(target);
  const outside: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { url = "/", method, headers } = incoming;
    if (!url.startsWith(`${path}/`)) {
      outside.push(url);
      outgoing.writeHead(404).end();
      return;
    }
    const onward = request(
      { hostname, port, method, headers, path: strips ? url.slice(path.length) : url },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    outside,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
