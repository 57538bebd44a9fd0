/**
 * A subscriber in a process of its own: a path each endpoint, 200 at once. On ports of their own a receiver that takes the
 * call and says nothing, and one that answers late.
 */
import { once } from "node:events";
import { type RequestListener, type Server, createServer } from "node:http";
import { type Server as RawServer, createServer as createRawServer } from "node:net";

import { answerParent } from "./child.ts";
import { preciseNow } from "./figures.ts";

export type ReceiverRequest =
  /** `port` is for the healthy one; undefined: any. */
  | { readonly kind: "listen"; readonly port?: number }
  /** Forgets what came, and tells from now on. */
  | { readonly kind: "reset" }
  /** Answers once so many different deliveries have come since the last reset. */
  | { readonly kind: "wait"; readonly count: number }
  | { readonly kind: "report" };

export interface ReceiverAnswer {
  readonly ports?: { readonly healthy: number; readonly silent: number; readonly late: number };
  /** When the last awaited one came, unix ms with fractions. */
  readonly reachedAt?: number;
  readonly report?: ReceiverReport;
}

export interface ReceiverReport {
  /** `<path> <webhook-id>` and when it first came. */
  readonly first: readonly (readonly [string, number])[];
  readonly repeated: number;
}

const LATE_MS = 14_900;

let first = new Map<string, number>();
let repeated = 0;
let waits: { count: number; tell: (at: number) => void }[] = [];

function take(delivery: string): void {
  const at = preciseNow();
  if (first.has(delivery)) {
    repeated += 1;
    return;
  }
  first.set(delivery, at);
  if (!waits.some(({ count }) => first.size >= count)) return;
  for (const wait of waits) if (first.size >= wait.count) wait.tell(at);
  waits = waits.filter(({ count }) => first.size < count);
}

function receiver(afterMs: number): RequestListener {
  return (request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => (bytes += chunk.length));
    request.on("end", () => {
      const answer = (): void => {
        response.writeHead(bytes > 0 ? 200 : 400, { "content-length": 0 }).end();
        if (afterMs === 0) take(`${request.url ?? ""} ${String(request.headers["webhook-id"])}`);
      };
      if (afterMs === 0) answer();
      else setTimeout(answer, afterMs);
    });
  };
}

async function listen(server: Server | RawServer, port = 0): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

function keptAlive(server: Server): Server {
  server.keepAliveTimeout = 120_000;
  return server;
}

answerParent(async (request: ReceiverRequest): Promise<ReceiverAnswer> => {
  switch (request.kind) {
    case "listen": {
      const silent = createRawServer((socket) => {
        socket.on("error", () => undefined);
        socket.resume();
      });
      return {
        ports: {
          healthy: await listen(keptAlive(createServer(receiver(0))), request.port),
          silent: await listen(silent),
          late: await listen(keptAlive(createServer(receiver(LATE_MS)))),
        },
      };
    }
    case "reset":
      first = new Map();
      repeated = 0;
      return {};
    case "wait": {
      const { count } = request;
      if (first.size >= count) return { reachedAt: preciseNow() };
      return { reachedAt: await new Promise<number>((tell) => waits.push({ count, tell })) };
    }
    case "report":
      return { report: { first: [...first], repeated } };
  }
});
