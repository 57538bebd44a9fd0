import { randomUUID } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import type { Socket } from "node:net";

import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";

import { pathBefore } from "../config/http-url.ts";
import type { Secret } from "../config/secret.ts";
import { OPS_PLACE, explainListen } from "../shared/explain-listen.ts";
import type { Queues } from "../queues/queues.ts";
import { type FaultDeps, answerError, sendProblem } from "./api/answer-errors.ts";
import { ApiError, PROBLEM_TYPE, toProblemAnswer } from "./api/api-error.ts";
import { type ApiDeps, registerApi, reportTo } from "./api/api.ts";
import { explainNotFound } from "./api/not-found.ts";
import { boundedRequests } from "./bounded-requests.ts";
import { CONNECTION_LIMITS, type ConnectionLimits, createConnections } from "./connections.ts";
import { headFault } from "./head-fault.ts";
import { registerKeySet } from "./key-set.ts";
import type { Metrics } from "./metrics.ts";
import { registerOperatorPages } from "./operator-pages.ts";
import { BUILT_DASHBOARD, registerDashboard } from "./serve-dashboard.ts";
import { BUILT_DOCS, registerDocs } from "./serve-docs.ts";
import { registerSessionRoutes } from "./session-routes.ts";
import { createFailureReports } from "./sign-ins/failure-reports.ts";
import { type SignInGuard, createSignInGuard } from "./sign-ins/sign-in-guard.ts";

export interface OpsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The configuration's own. Without it and without the API, neither `/metrics` nor the queue board is served. */
  readonly token: Secret | undefined;
  readonly metrics: Pick<Metrics, "render" | "signInFailed">;
  readonly queues: Pick<Queues, "board">;
  /** What the API works with; undefined: there is none, and so no dashboard and nobody to sign in. */
  readonly api: (ApiDeps & { readonly requestsPerMinute: number }) | undefined;
  /** Where the dashboard was built. Default: `dist/dashboard`. */
  readonly dashboardFolder?: string | undefined;
  /** Where the documentation was built. Default: `dist/docs`. */
  readonly docsFolder?: string | undefined;
  /**
   * How long a whole request may take to arrive, its body included: who sends a byte a minute keeps no connection. Its
   * answer may take longer. Default: 30 s.
   */
  readonly requestTimeoutMs?: number;
  /** Ranges (CIDR) of proxies whose `X-Forwarded-For` says who asks. Default: nobody's is believed. */
  readonly trustedProxies?: readonly string[];
  /** What connections may cost. Default: `CONNECTION_LIMITS`. */
  readonly connections?: Partial<ConnectionLimits>;
  readonly now: () => number;
  /** Why this process is not ready to do its work; undefined when it is. */
  readonly notReady: () => Promise<string | undefined>;
}

export interface OpsServer extends AsyncDisposable {
  readonly url: string;
}

/** Larger than any endpoint's settings with its certificates. */
const MAX_BODY_BYTES = 256 * 1_024;
const REQUEST_MS = 30_000;
/** A connection without a request. Longer than proxies keep theirs (a minute), so that they are the first to let go. */
const IDLE_MS = 72_000;

/**
 * On every answer, also on what is found wrong before there is a route. Pages say more exactly what they may do, and what is the same for
 * everybody that it may be kept.
 */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * `/health/*` is open, and so is the documentation, `/docs`. `/v1` wants a token, or a browser that is signed in. `/ops/` is the
 * dashboard: its files are open, and what it shows it asks `/v1` for. `/metrics` and `/ops/queues` are for operators.
 */
export async function startOpsServer(options: OpsOptions): Promise<OpsServer> {
  const server = createServer(options);
  server.get("/health/live", async () => ({ status: "live" }));
  server.get("/health/ready", async (_request, reply) => {
    const reason = await options.notReady();
    if (reason === undefined) return { status: "ready" };
    return await reply.code(503).send({ status: "not_ready", reason });
  });
  // One count for every place that takes a credential.
  const reports = options.api && createFailureReports({ ...options, ...options.api.base });
  const guard = createSignInGuard(options.now, (failed, weight) => reports?.note(failed, weight));
  reports?.tell(guard);
  const { api, metrics, notReady, queues, token } = options;
  if (token || api) {
    await server.register(async (scope) => {
      await registerOperatorPages(scope, {
        opsToken: token,
        base: api?.base,
        metrics,
        queues,
        guard,
        notReady,
      });
    });
  }
  if (api) await registerApiAndDashboard(server, options, api, guard);

  const { host, port } = options;
  const url = await server.listen({ host, port }).catch((error: unknown) => {
    throw explainListen(error, { what: "ops", host, port }, OPS_PLACE);
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      await server.close();
      void reports?.flush();
      reports?.[Symbol.dispose]();
    },
  };
}

async function registerApiAndDashboard(
  server: FastifyInstance,
  { dashboardFolder = BUILT_DASHBOARD, docsFolder = BUILT_DOCS, notReady }: OpsOptions,
  api: NonNullable<OpsOptions["api"]>,
  guard: SignInGuard,
): Promise<void> {
  const { base } = api;
  registerKeySet(server, { base, notReady });
  await server.register(
    async (scope) => {
      await registerApi(scope, { ...api, guard, notReady });
    },
    { prefix: "/v1" },
  );
  await server.register(
    async (scope) => {
      await registerSessionRoutes(scope, { base, guard, notReady });
    },
    { prefix: "/ops/session" },
  );
  const { publicUrl } = base.config.ops;
  const faults: FaultDeps = { notReady, onFault: reportTo(base) };
  await server.register(
    async (scope) => {
      await registerDashboard(scope, { folder: dashboardFolder, publicUrl, faults });
    },
    { prefix: "/ops" },
  );
  await server.register(async (scope) => {
    registerDocs(scope, { folder: docsFolder, publicUrl, faults });
  });
  const below = pathBefore(publicUrl);
  for (const path of ["/", "/ops"]) {
    server.get(path, async (_request, reply) => await reply.redirect(`${below}/ops/`, 302));
  }
}

function createServer(options: OpsOptions): FastifyInstance {
  const { notReady, now, requestTimeoutMs = REQUEST_MS, trustedProxies = [] } = options;
  const unexpected: FaultDeps = { notReady, onFault: () => undefined };
  const connections = createConnections(
    now,
    { ...CONNECTION_LIMITS, ...options.connections },
    trustedProxies,
  );
  const below = pathBefore(options.api?.base.config.ops.publicUrl);
  const server = fastify({
    logger: false,
    // A proxy may take the path away before it asks us, or leave it.
    rewriteUrl: ({ url = "/" }) => withoutPath(url, below),
    forceCloseConnections: true,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    bodyLimit: MAX_BODY_BYTES,
    serverFactory: (answer) =>
      createHttpServer({
        IncomingMessage: boundedRequests((socket) => connections.endIfFull(socket)),
        requestTimeout: requestTimeoutMs,
        headersTimeout: requestTimeoutMs,
        keepAliveTimeout: IDLE_MS,
        connectionsCheckingInterval: requestTimeoutMs / 2,
      })
        .on("connection", (socket) => {
          connections.opened(socket);
        })
        .on("request", (request, response) => {
          connections.take(request, response, answer);
        }),
    genReqId: requestIdOf,
    // What is found wrong before there is a route, like a path that cannot be decoded.
    clientErrorHandler: answerNoise,
    frameworkErrors: (error, request, reply) => {
      void answerError(unexpected, error, request, reply.headers(HEADERS));
    },
  });
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(HEADERS);
    const fault = headFault(request.raw);
    if (fault === undefined) return;
    // What another reader takes for something else must not be followed by more.
    reply.header("connection", "close");
    await sendProblem(reply, new ApiError("bad_request", fault), request.id);
  });
  server.addHook("preHandler", async ({ caller, raw }) => {
    if (caller) connections.vouchFor(raw.socket);
  });
  server.addHook("onClose", async () => {
    connections[Symbol.dispose]();
  });
  answerNotFound(server);
  return server;
}

/** `/cliniko/ops/?a=b` below `/cliniko` is `/ops/?a=b`; `/clinikoo` is not below it. */
function withoutPath(url: string, below: string): string {
  if (below === "" || !url.startsWith(below)) return url;
  const rest = url.slice(below.length);
  if (rest.startsWith("/")) return rest;
  return rest === "" || rest.startsWith("?") ? `/${rest}` : url;
}

/** In the API's shape, also outside it: `//v1/endpoints` is not under /v1. */
function answerNotFound(server: FastifyInstance): void {
  const routes: { readonly method: string; readonly url: string }[] = [];
  server.addHook("onRoute", ({ method, url }) => {
    // Fastify adds HEAD to every GET.
    for (const each of [method].flat()) if (each !== "HEAD") routes.push({ method: each, url });
  });
  server.setNotFoundHandler(async (request, reply) => {
    await sendProblem(reply, explainNotFound(routes, request), request.id);
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
    ...Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`),
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
