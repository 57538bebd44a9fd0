import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";

import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import { type FastifyInstance, type FastifyPluginAsync, type FastifyRequest, fastify } from "fastify";

import type { Secret } from "../config/secret.ts";
import type { Queues } from "../queues/queues.ts";
import { type FaultDeps, answerError } from "./api/answer-errors.ts";
import { ApiError, PROBLEM_TYPE, toProblemAnswer } from "./api/api-error.ts";
import { type ApiDeps, registerApi } from "./api/api.ts";
import { isSame } from "./api/authenticate.ts";
import { type FailedTries, createFailedTries } from "./api/failed-tries.ts";
import type { Metrics } from "./metrics.ts";

export interface OpsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Undefined: neither `/metrics` nor the queue board is served. */
  readonly token: Secret | undefined;
  readonly metrics: Pick<Metrics, "render">;
  readonly queues: Pick<Queues, "board">;
  /** What the API works with; undefined: there is none. */
  readonly api: (ApiDeps & { readonly requestsPerMinute: number }) | undefined;
  readonly now: () => number;
  /** Why this process is not ready to do its work; undefined when it is. */
  readonly notReady: () => Promise<string | undefined>;
}

export interface OpsServer extends AsyncDisposable {
  readonly url: string;
}

/** Larger than any endpoint's settings with its certificates. */
const MAX_BODY_BYTES = 256 * 1_024;

/**
 * `/health/*` is open; `/metrics` and `/ops/*` want the operator's token, as a bearer token or as the password of a
 * browser's prompt; `/v1` wants a token of its own kind, or the operator's.
 */
export async function startOpsServer(options: OpsOptions): Promise<OpsServer> {
  const server = createServer(options);
  server.get("/health/live", async () => ({ status: "live" }));
  server.get("/health/ready", async (_request, reply) => {
    const reason = await options.notReady();
    if (reason === undefined) return { status: "ready" };
    return await reply.code(503).send({ status: "not_ready", reason });
  });
  // One count for every place that takes the operator's token.
  const tries = createFailedTries(options.now);
  if (options.token) await server.register(guardedRoutes(options, options.token, tries));
  const { api, notReady } = options;
  if (api) {
    await server.register(
      async (scope) => {
        await registerApi(scope, { ...api, tries, notReady });
      },
      { prefix: "/v1" },
    );
  }

  const url = await server.listen({ host: options.host, port: options.port });
  return {
    url,
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  };
}

function createServer({ notReady }: OpsOptions): FastifyInstance {
  const unexpected: FaultDeps = { notReady, onFault: () => undefined };
  return fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: MAX_BODY_BYTES,
    genReqId: requestIdOf,
    // What is found wrong before there is a route, like a path that cannot be decoded.
    clientErrorHandler: answerNoise,
    frameworkErrors: (error, request, reply) => {
      void answerError(unexpected, error, request, reply);
    },
  });
}

/** What is not HTTP, or too much of it: there is no request to answer, only a socket. */
function answerNoise(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const large = error.code === "HPE_HEADER_OVERFLOW";
  const status = large ? "431 Request Header Fields Too Large" : "400 Bad Request";
  const detail = large ? "The headers are too large." : "This is not a request that can be read.";
  const problem = new ApiError("bad_request", detail);
  const body = JSON.stringify({ ...toProblemAnswer(problem, randomUUID()), status: large ? 431 : 400 });
  const head = [
    `HTTP/1.1 ${status}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** The caller's own, where it can stand in a log as it is. */
function requestIdOf({ headers }: Pick<FastifyRequest["raw"], "headers">): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

/** The board's page asks for fonts from elsewhere: nothing leaves, or is let in from, another host. */
const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function guardedRoutes(
  { metrics, queues }: OpsOptions,
  token: Secret,
  tries: FailedTries,
): FastifyPluginAsync {
  return async (scope) => {
    scope.addHook("onRequest", async (request, reply) => {
      const blockedForMs = tries.blockedFor(request.ip);
      if (blockedForMs !== undefined) {
        const seconds = String(Math.ceil(blockedForMs / 1_000));
        const message = "too many wrong tokens came from this address";
        await reply.code(429).header("retry-after", seconds).send({ error: "too_many_requests", message });
        return;
      }
      const given = passwordOf(request.headers.authorization);
      if (isSame(given, token.reveal())) return;
      // A browser asks once without, and is told to ask the person.
      if (given !== "") tries.note(request.ip);
      await reply
        .code(401)
        .header("www-authenticate", 'Basic realm="cliniko-webhooks: the ops token is the password"')
        .send({ error: "unauthorized", message: "send the ops token: Authorization: Bearer <token>" });
    });
    scope.addHook("onSend", async (_request, reply) => {
      reply.headers(PAGE_HEADERS);
    });
    scope.get("/metrics", async (_request, reply) => {
      return await reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics.render());
    });
    const board = new FastifyAdapter();
    board.setBasePath("/ops/queues");
    createBullBoard({
      // To look at: emptying a queue here would lose what is still to be delivered, and a poll would not come back.
      queues: queues.board.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
      serverAdapter: board,
      options: { uiConfig: { boardTitle: "cliniko-webhooks" } },
    });
    await scope.register(board.registerPlugin(), { prefix: "/ops/queues" });
  };
}

/** What is offered as the operator's token: behind `Bearer`, or as the password of `Basic`. */
function passwordOf(authorization: string | undefined): string {
  const [scheme = "", value = ""] = (authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "basic") return value;
  return Buffer.from(value, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
}
