/*
 * The HTTP API, under /v1.
 *
 * To add a route:
 *
 *  1. What it does stands in src/admin/: a function over `Base` that takes the `Caller` first or second, shows a
 *     subscriber its own things only, resolves to a union, and writes changes down with `noteChange`. The command line
 *     calls the same function.
 *  2. Here, a file `<things>-routes.ts` with `add<Things>Routes(scope: ApiScope, deps: ApiDeps): void`, called in
 *     `addRoutes` below. One route is
 *
 *       scope.route({
 *         method: "GET",
 *         url: "/things/:id",
 *         config: {
 *           operation: {
 *             roles: ["admin", "viewer", "subscriber"],      // or "anyone"; without it the service does not start
 *             problems: ["not_found"],                       // besides those that every route may answer with
 *             examples: { answer: EXAMPLE },                 // and `body`, where it takes one
 *             answers: { 200: "The thing." },                // optional: what the status means here
 *           },
 *         },
 *         schema: {
 *           operationId: "readThing", tags: ["Things"], summary: "Read a thing", description: "…",
 *           params: z.object({ id: z.string().meta({ description: "…", examples: ["…"] }) }),
 *           response: { 200: thingSchema },                  // 204: z.undefined()
 *         },
 *         handler: async (request) => …,
 *       });
 *
 *     Schemas of answers are `z.strictObject` in snake_case with `.meta({ id: "Thing", description })`: the id becomes the
 *     component's name. What an answer holds besides is a 500, not a leak. Times are ISO, UTC; nothing to say is null.
 *     Objects of a query or of headers are `z.strictObject` and `z.object`.
 *  3. The handler asks `callerOf(request)` for whom it works, and throws `ApiError` (api-error.ts) to say no:
 *     `throw notFound("thing", id)`, `throw toApiError(refusal, "thing", id)` (refuse.ts). A list takes `pageQuery` and
 *     answers `pageOf(item, "ThingPage")` (page.ts). What makes something goes through `once` (idempotency.ts).
 *  4. A tag that is new gets its sentence in openapi.ts. The tests under test/integration/ops/api exercise every operation
 *     and walk every route with every role: a route that they do not know fails them.
 */
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type ZodTypeProvider, serializerCompiler } from "fastify-type-provider-zod";

import { pathBefore } from "../../config/http-url.ts";
import type { Caller } from "../../admin/access/caller.ts";
import { noteReading } from "../../admin/accounts/note-reading.ts";
import type { Refusal } from "../../admin/access/refusal.ts";
import type { TestResult } from "../../admin/endpoints/test-endpoint.ts";
import type { Base } from "../../admin/base.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { LogWatch } from "../../store/events/log-watch.ts";
import { networkOf } from "../network-of.ts";
import type { SignInGuard } from "../sign-ins/sign-in-guard.ts";
import { addAccessRoutes } from "./access/access-routes.ts";
import { addAccountRoutes } from "./accounts/account-routes.ts";
import { type FaultDeps, answerError, sendProblem, unavailable } from "./answer-errors.ts";
import { ApiError } from "./api-error.ts";
import type { ApiScope } from "./api-scope.ts";
import { addAuditRoutes } from "./access/audit-routes.ts";
import { authenticate } from "./authenticate.ts";
import { declareRoutes } from "./document/declared-routes.ts";
import { addDeliveryRoutes } from "./deliveries/delivery-routes.ts";
import { addDocumentRoutes } from "./document/document-route.ts";
import { addDryRunRoute } from "./endpoints/dry-run-route.ts";
import { addEndpointActions } from "./endpoints/endpoint-actions.ts";
import { addEndpointRoutes } from "./endpoints/endpoint-routes.ts";
import { addEventRoutes } from "./events/event-routes.ts";
import { addEventTypeRoutes } from "./events/event-type-routes.ts";
import { addFeedRoutes } from "./events/feed-routes.ts";
import { addHistoryRoutes } from "./overview/history-routes.ts";
import { limitConcurrency } from "./limit-concurrency.ts";
import { limitKept } from "./limit-kept.ts";
import { addMeRoute } from "./access/me-route.ts";
import { explainNotFound } from "./not-found.ts";
import { describeApi } from "./document/openapi.ts";
import { addOverviewRoutes } from "./overview/overview-routes.ts";
import { readBodies } from "./parse-body.ts";
import { namedBy, operationOf, wayOf } from "./records/reading-of.ts";
import { addReadingRoutes } from "./accounts/reading-routes.ts";
import { addRecordRoutes } from "./records/record-routes.ts";
import { addRecordSearchRoute } from "./records/record-search-route.ts";
import { addRecoveryRoutes } from "./deliveries/recovery-routes.ts";
import { addSystemRoutes } from "./overview/system-routes.ts";
import { addSignInLinkRoute } from "./access/sign-in-link-route.ts";
import { addTokenRoutes } from "./access/token-routes.ts";
import { validatorCompiler } from "./validate.ts";

/** What the routes work with. */
export interface ApiDeps {
  readonly base: Base;
  /** Sends a test the way every callback goes. */
  readonly test: (caller: Caller, endpoint: Endpoint) => Promise<TestResult | Refusal>;
  /** Wakes those who wait for events. */
  readonly watch: Pick<LogWatch, "wait">;
}

export interface ApiOptions extends ApiDeps {
  readonly guard: SignInGuard;
  /** Requests a minute of one token; see `countedAs` for those of browsers. */
  readonly requestsPerMinute: number;
  readonly notReady: FaultDeps["notReady"];
}

const MINUTE_MS = 60_000;

function addRoutes(scope: ApiScope, deps: ApiDeps): void {
  addDocumentRoutes(scope);
  addMeRoute(scope, deps);
  addOverviewRoutes(scope, deps);
  addHistoryRoutes(scope, deps);
  addEndpointRoutes(scope, deps);
  addEndpointActions(scope, deps);
  addDryRunRoute(scope, deps);
  addEventRoutes(scope, deps);
  addFeedRoutes(scope, deps);
  addEventTypeRoutes(scope, deps);
  addDeliveryRoutes(scope, deps);
  addRecoveryRoutes(scope, deps);
  addRecordRoutes(scope, deps);
  addRecordSearchRoute(scope, deps);
  addAccountRoutes(scope, deps);
  addTokenRoutes(scope, deps);
  addSignInLinkRoute(scope, deps);
  addAuditRoutes(scope, deps);
  addAccessRoutes(scope, deps);
  addSystemRoutes(scope, deps);
  addReadingRoutes(scope, deps);
}

/** Adds the API to a server. Give it a scope of its own, with `/v1` before it. */
export async function registerApi(server: FastifyInstance, options: ApiOptions): Promise<void> {
  const { base, guard } = options;
  const scope: ApiScope = server.withTypeProvider<ZodTypeProvider>();
  scope.setValidatorCompiler(validatorCompiler);
  scope.setSerializerCompiler(serializerCompiler);
  scope.decorateRequest("caller", undefined);
  scope.decorateRequest("session", undefined);
  readBodies(server);
  const routes = declareRoutes(scope);
  scope.setErrorHandler(async (error, request, reply) => {
    await answerError({ notReady: options.notReady, onFault: reportTo(base) }, error, request, reply);
  });
  scope.setNotFoundHandler(async (request, reply) => {
    await sendProblem(reply, explainNotFound(routes, request), request.id);
  });
  scope.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    // What needs Redis would wait for it: the caller is told at once instead.
    if ((await options.notReady()) !== undefined) throw unavailable();
    await authenticate({ base, guard }, request);
  });
  noteReadings(scope, base);
  limitConcurrency(scope, countedAs);
  await limitRate(scope, options.requestsPerMinute);
  limitKept(scope, base);
  await describeApi(scope, routes, { below: pathBefore(base.config.ops.publicUrl) });
  addRoutes(scope, options);
}

/** Of every route: whose records an answer names is written down before it is sent. */
function noteReadings(scope: FastifyInstance, base: Pick<Base, "access" | "now">): void {
  scope.addHook("preSerialization", async (request, reply, payload: unknown) => {
    if (request.caller && reply.statusCode < 300) {
      const what = operationOf(request);
      const shown = [payload, namedBy(request.params)];
      await noteReading(base, request.caller, { via: wayOf(request), what, shown });
    }
    return payload;
  });
}

/**
 * Whose requests are counted together. Two operators may share the ops token: neither is to starve the other. A subscriber's
 * browsers have one count together, beside that of its programs: it must not get more by signing in more often.
 */
function countedAs({ caller, session, ip }: FastifyRequest): string {
  if (!caller) return `address ${networkOf(ip)}`;
  if (!session) return `token ${caller.id}`;
  return caller.role === "subscriber" ? `sessions ${caller.id}` : `session ${session.id}`;
}

/** After authentication: what a token has used up is not of the others that share its address. */
async function limitRate(scope: ApiScope, max: number): Promise<void> {
  await scope.register(rateLimit, {
    max,
    timeWindow: MINUTE_MS,
    enableDraftSpec: true,
    keyGenerator: countedAs,
    errorResponseBuilder: (_request, { ttl }) =>
      new ApiError("too_many_requests", `More than ${max} requests in a minute.`, {
        headers: { "retry-after": String(Math.ceil(ttl / 1_000)) },
      }),
  });
}

/** Tells the operator of a fault of ours. */
export function reportTo({ troubles }: Pick<Base, "troubles">): FaultDeps["onFault"] {
  return (error, { id, operation }) => {
    const facts = { err: error, requestId: id };
    troubles.happened({ message: "request failed", where: { operation }, error, facts });
  };
}
