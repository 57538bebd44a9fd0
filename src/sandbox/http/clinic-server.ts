import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { ClinicResponse } from "./answer-request.ts";
import type { Clinic } from "../clinic/clinic.ts";
import type { Traffic } from "../clinic/traffic.ts";

export interface ClinicServer extends AsyncDisposable {
  /** Base of the API: `http://127.0.0.1:49152/v1`. */
  readonly url: string;
  readonly port: number;
  /** What was served, by user and by status. */
  readonly requests: Traffic;
}

export interface ClinicServerOptions {
  /** Default 127.0.0.1: a made-up clinic is nobody else's business. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
}

const LARGEST_BODY_BYTES = 1_048_576;
/** Longer than a quiet client keeps its sockets, so that it is never the server who hangs up first. */
const KEEP_ALIVE_MS = 120_000;

/** Puts a clinic on a socket. Disposing ends every connection at once, hanging requests included. */
export async function startClinicServer(
  clinic: Clinic,
  options: ClinicServerOptions = {},
): Promise<ClinicServer> {
  const { host = "127.0.0.1", port = 0 } = options;
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((request, response) => {
    readBody(request, (body) => {
      const answer = clinic.handle({
        method: request.method ?? "GET",
        path: request.url ?? "/",
        headers: toHeaders(request),
        ...(body === "" ? {} : { body }),
      });
      if (answer.delayMs === undefined) {
        send(request, response, answer);
        return;
      }
      const timer = setTimeout(() => {
        timers.delete(timer);
        send(request, response, answer);
      }, answer.delayMs);
      timers.add(timer);
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, host, port);
  const address = server.address();
  const boundPort = typeof address === "object" && address !== null ? address.port : port;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}/v1`,
    port: boundPort,
    requests: clinic.traffic,
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearTimeout(timer);
      closing ??= close(server);
      await closing;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Collects the body as text, a form with files a byte a character. A body beyond all reason ends the connection; a client that leaves is forgotten. */
function readBody(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LARGEST_BODY_BYTES) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const isForm = request.headers["content-type"]?.startsWith("multipart/form-data") === true;
    done(Buffer.concat(chunks).toString(isForm ? "latin1" : "utf8"));
  });
}

function toHeaders(request: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : value,
    ]),
  );
}

function send(request: IncomingMessage, response: ServerResponse, answer: ClinicResponse): void {
  if (answer.hang === true) return;
  if (answer.reset === true) {
    request.socket.resetAndDestroy();
    return;
  }
  const body = Buffer.from(answer.body, "utf8");
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(answer.status === 204 ? {} : { "content-length": String(body.length) }),
  });
  if (answer.truncateAt === undefined) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, answer.truncateAt), () => request.socket.destroy());
}
