import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type Server, createServer } from "node:https";
import { join } from "node:path";
import { type TlsOptions, createServer as createTlsServer } from "node:tls";
import type { Socket } from "node:net";

import { type LocalServer, listen } from "./local-servers.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/tls");

/** What is in test/fixtures/tls. */
export function pem(name: `${string}.pem` | `${string}.key`): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

export interface TlsReceiver extends AsyncDisposable {
  readonly port: number;
  /** Server names that connections asked for; undefined: none. */
  readonly serverNames: readonly (string | undefined)[];
  /** The Host headers of the requests that came. */
  readonly hosts: readonly (string | undefined)[];
  /** Common names of the clients' certificates. */
  readonly clients: readonly string[];
}

/** An HTTPS server on a free port of 127.0.0.1 that answers 204. */
export async function startTlsReceiver(
  certificate: "receiver" | "elsewhere" | "expired",
  options: TlsOptions = {},
): Promise<TlsReceiver> {
  const hosts: (string | undefined)[] = [];
  const serverNames: (string | undefined)[] = [];
  const clients: string[] = [];
  const server: Server = createServer(
    { cert: pem(`${certificate}.pem`), key: pem(`${certificate}.key`), ...options },
    ({ headers }, response) => {
      hosts.push(headers.host);
      response.writeHead(204).end();
    },
  );
  server.on("secureConnection", (socket) => {
    const { servername } = socket as { servername?: string | false };
    serverNames.push(servername === false ? undefined : servername);
    const client = socket.getPeerCertificate().subject?.CN;
    if (typeof client === "string") clients.push(client);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    serverNames,
    hosts,
    clients,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A server that speaks whatever `onSocket` says, behind TLS. */
export async function startTlsSpeaker(
  certificate: "receiver",
  onSocket: (socket: Socket) => void,
  options: TlsOptions = {},
): Promise<LocalServer> {
  const server = createTlsServer(
    { cert: pem(`${certificate}.pem`), key: pem(`${certificate}.key`), ...options },
    (socket) => {
      socket.on("error", () => undefined);
      onSocket(socket);
    },
  );
  server.on("tlsClientError", () => undefined);
  return await listen(server, "https");
}
