import { existsSync } from "node:fs";

import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import type { Caller } from "../admin/access/caller.ts";
import { findSessionCaller } from "../admin/access/sessions.ts";
import type { Base } from "../admin/base.ts";
import { pathBefore } from "../config/http-url.ts";
import type { Secret } from "../config/secret.ts";
import type { Queues } from "../queues/queues.ts";
import { packageFile } from "../shared/package-file.ts";
import { isTokenText } from "../store/access/token-store.ts";
import { crossSiteFault } from "./browser-rules.ts";
import { checkCredential } from "./check-credential.ts";
import type { SignInGuard } from "./sign-ins/sign-in-guard.ts";
import type { Metrics } from "./metrics.ts";
import { type SessionCookie, readSessionCookie } from "./session-cookie.ts";

export interface OperatorPagesOptions {
  readonly opsToken: Secret | undefined;
  /** Where tokens and sessions are kept; undefined: there is the ops token alone. */
  readonly base: Pick<Base, "config" | "sessions" | "tokens"> | undefined;
  readonly metrics: Pick<Metrics, "render">;
  readonly queues: Pick<Queues, "board">;
  readonly guard: SignInGuard;
  readonly notReady: () => Promise<string | undefined>;
}

/** Where a browser signs in. It goes on to `then` afterwards; that it stays here is for the dashboard to see to. */
const SIGN_IN = "/ops/sign-in?then=/ops/queues";
const BOARD = "/ops/queues";

const BUILT_BOARD = packageFile("dist/board");

/** The board's page asks for fonts from elsewhere: nothing leaves, or is let in from, another host. */
const PAGE_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    // The page and its components carry styles of their own.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'self'",
  ].join("; "),
};

/** Who is at the door. `refused` carries the whole answer. */
type Admission =
  | { readonly kind: "known"; readonly caller: Caller }
  | { readonly kind: "nobody"; readonly hasEnded?: true }
  | {
      readonly kind: "refused";
      readonly status: 401 | 403 | 429 | 503;
      readonly error: string;
      readonly message: string;
      readonly retryAfterMs?: number;
    };

/**
 * `/metrics` and the queue board, for operators: the ops token, or a token of role admin or viewer, behind `Bearer` or as the
 * password of `Basic`. The board opens to a browser that is signed in as well.
 */
export async function registerOperatorPages(
  scope: FastifyInstance,
  options: OperatorPagesOptions,
): Promise<void> {
  const { base, metrics, queues } = options;
  const below = pathBefore(base?.config.ops.publicUrl);
  scope.addHook("onSend", async (_request, reply) => {
    reply.headers(PAGE_HEADERS);
  });
  await scope.register(async (machines) => {
    machines.addHook("onRequest", async (request, reply) => {
      await answerAdmission(reply, await admitByToken(options, request));
    });
    machines.get("/metrics", async (_request, reply) => {
      return await reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics.render());
    });
  });
  await scope.register(async (people) => {
    people.addHook("onRequest", async (request, reply) => {
      const cookie = readSessionCookie(request.headers, options.base?.config.ops.publicUrl);
      const admission =
        cookie && request.headers.authorization === undefined
          ? await admitBySession(options, request, cookie)
          : await admitByToken(options, request);
      if (admission.kind === "nobody" && isNavigation(request)) {
        await reply.redirect(below + SIGN_IN, 302);
        return;
      }
      await answerAdmission(reply, admission);
    });
    people.addHook("onRequest", async ({ method }, reply) => {
      if (method === "GET" || method === "HEAD") return;
      await reply
        .code(405)
        .header("allow", "GET, HEAD")
        .send({ error: "method_not_allowed", message: "this page only shows" });
    });
    const board = new FastifyAdapter();
    board.setBasePath(below + BOARD);
    createBullBoard({
      // To look at: emptying a queue here would lose what is still to be delivered, and a poll would not come back.
      queues: queues.board.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
      serverAdapter: board,
      options: {
        // Its pages are looked for in its package where the build has not put them.
        ...(existsSync(BUILT_BOARD) ? { uiBasePath: BUILT_BOARD } : {}),
        uiConfig: { boardTitle: "cliniko-webhooks" },
      },
    });
    await people.register(board.registerPlugin(), { prefix: BOARD });
  });
}

/** A person who has typed an address or followed a link, in a browser. */
function isNavigation({ method, headers }: FastifyRequest): boolean {
  return (
    method === "GET" && headers.authorization === undefined && (headers.accept ?? "").includes("text/html")
  );
}

async function admitByToken(
  { opsToken, base, guard, notReady }: OperatorPagesOptions,
  request: FastifyRequest,
): Promise<Admission> {
  const text = passwordOf(request.headers.authorization);
  // A browser asks once without, and is told to ask the person.
  if (text === "") {
    if (request.headers.authorization !== undefined) guard.failed("pages", request, "told");
    return { kind: "nobody" };
  }
  // The ops token needs no Redis: that Redis is away is just what the metrics are to tell then.
  if (isTokenText(text) && (await notReady()) !== undefined) return UNAVAILABLE;
  const found = await checkCredential({ tokens: base?.tokens, opsToken, guard }, text, "pages", request);
  switch (found.kind) {
    case "known":
      return { kind: "known", caller: found.caller };
    case "unknown":
      return { kind: "nobody" };
    case "blocked":
      return {
        kind: "refused",
        status: 429,
        error: "too_many_requests",
        message: "too many wrong tokens came from this address",
        retryAfterMs: found.forMs,
      };
  }
}

async function admitBySession(
  { base, guard, notReady }: OperatorPagesOptions,
  request: FastifyRequest,
  { secret }: SessionCookie,
): Promise<Admission> {
  if (!base) return { kind: "nobody" };
  const fault = crossSiteFault(request, base.config.ops.publicUrl);
  if (fault !== undefined) return { kind: "refused", status: 403, error: "forbidden", message: fault };
  if ((await notReady()) !== undefined) return UNAVAILABLE;
  const found = await findSessionCaller(base, secret, request.id);
  if (found) return { kind: "known", caller: found.caller };
  guard.failed("cookie", request, "told");
  return { kind: "nobody", hasEnded: true };
}

const UNAVAILABLE: Admission = {
  kind: "refused",
  status: 503,
  error: "unavailable",
  message: "the service cannot reach its store at the moment: try again",
};

/** Lets an operator pass; answers everybody else. */
async function answerAdmission(reply: FastifyReply, admission: Admission): Promise<void> {
  switch (admission.kind) {
    case "known":
      if (admission.caller.role !== "subscriber") return;
      await reply.code(403).send({
        error: "forbidden",
        message: "this page is for operators: it tells of every subscriber's deliveries",
      });
      return;
    case "nobody":
      // Without the challenge where a session has ended: the page's own scripts would make the browser ask for a password.
      if (!admission.hasEnded) {
        reply.header("www-authenticate", 'Basic realm="cliniko-webhooks: the ops token is the password"');
      }
      await reply
        .code(401)
        .send({ error: "unauthorized", message: "send the ops token: Authorization: Bearer <token>" });
      return;
    case "refused":
      if (admission.retryAfterMs !== undefined) {
        reply.header("retry-after", String(Math.ceil(admission.retryAfterMs / 1_000)));
      }
      await reply.code(admission.status).send({ error: admission.error, message: admission.message });
  }
}

/** What is offered as a token: behind `Bearer`, or as the password of `Basic`. */
function passwordOf(authorization: string | undefined): string {
  const [scheme = "", value = ""] = (authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "basic") return value;
  return Buffer.from(value, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
}
