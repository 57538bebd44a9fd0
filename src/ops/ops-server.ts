import { createHash, timingSafeEqual } from "node:crypto";

import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import { type FastifyPluginAsync, fastify } from "fastify";

import type { Secret } from "../config/secret.ts";
import type { Queues } from "../queues/queues.ts";
import type { Metrics } from "./metrics.ts";

export interface OpsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Undefined: only `/health/*` is served. */
  readonly token: Secret | undefined;
  readonly metrics: Pick<Metrics, "render">;
  readonly queues: Pick<Queues, "board">;
  /** Why this process is not ready to do its work; undefined when it is. */
  readonly notReady: () => Promise<string | undefined>;
}

export interface OpsServer extends AsyncDisposable {
  readonly url: string;
}

/** `/health/*` is open; `/metrics` and `/ops/*` want the token, as a bearer token or as the password of a browser's prompt. */
export async function startOpsServer(options: OpsOptions): Promise<OpsServer> {
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get("/health/live", async () => ({ status: "live" }));
  server.get("/health/ready", async (_request, reply) => {
    const reason = await options.notReady();
    if (reason === undefined) return { status: "ready" };
    return await reply.code(503).send({ status: "not_ready", reason });
  });
  if (options.token) await server.register(guardedRoutes(options, options.token));

  const url = await server.listen({ host: options.host, port: options.port });
  return {
    url,
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  };
}

/** The board's page asks for fonts from elsewhere: nothing leaves, or is let in from, another host. */
const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function guardedRoutes({ metrics, queues }: OpsOptions, token: Secret): FastifyPluginAsync {
  return async (scope) => {
    scope.addHook("onRequest", async (request, reply) => {
      if (isAllowed(request.headers.authorization, token)) return;
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

function isAllowed(authorization: string | undefined, token: Secret): boolean {
  const [scheme = "", value = ""] = (authorization ?? "").split(" ");
  const given =
    scheme.toLowerCase() === "basic"
      ? Buffer.from(value, "base64")
          .toString("utf8")
          .replace(/^[^:]*:/, "")
      : value;
  // Hashed first: both sides then have one length, and comparing tells nothing about it.
  return timingSafeEqual(digest(given), digest(token.reveal()));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
