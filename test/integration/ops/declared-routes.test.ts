import { fastify } from "fastify";
import { type ZodTypeProvider, serializerCompiler } from "fastify-type-provider-zod";
import { expect, test } from "vitest";
import { z } from "zod";

import { answerError } from "../../../src/ops/api/answer-errors.ts";
import type { ApiScope } from "../../../src/ops/api/api-scope.ts";
import { declareRoutes } from "../../../src/ops/api/document/declared-routes.ts";
import { startOpsServer } from "../../../src/ops/ops-server.ts";
import { openAdmin } from "../../support/admin-setup.ts";
import { test as redisTest } from "../../support/redis-test.ts";
import { validatorCompiler } from "../../../src/ops/api/validate.ts";

const OPEN = { operation: { roles: "anyone" } } as const;

function scopeWith(faults: Error[] = []): ApiScope {
  const scope: ApiScope = fastify().withTypeProvider<ZodTypeProvider>();
  scope.setValidatorCompiler(validatorCompiler);
  scope.setSerializerCompiler(serializerCompiler);
  scope.setErrorHandler(async (error, request, reply) => {
    const deps = { onFault: (fault: Error) => void faults.push(fault), notReady: async () => undefined };
    await answerError(deps, error, request, reply);
  });
  declareRoutes(scope);
  return scope;
}

test("a route that does not say who may call it does not start", async () => {
  const scope = scopeWith();

  expect(() => scope.get("/open-by-mistake", async () => "everything")).toThrow(
    "GET /open-by-mistake does not say who may call it",
  );
  expect(() => scope.get("/said", { config: OPEN }, async () => "this")).not.toThrow();
  await scope.close();
});

test("an answer that is not as its schema says is a fault, and nothing of it is told", async () => {
  const faults: Error[] = [];
  const scope = scopeWith(faults);
  const answer = z.strictObject({ id: z.string() });
  let given: unknown = { id: "crm", secret: "whsec_of-somebody" };
  scope.get(
    "/thing",
    { config: OPEN, schema: { response: { 200: answer } } },
    async () => given as { id: string },
  );
  const wrong = await scope.inject("/thing");

  expect(wrong.statusCode).toBe(500);
  expect(wrong.json()).toMatchObject({ code: "internal" });
  expect(wrong.body).not.toContain("whsec");
  expect(faults).toHaveLength(1);

  given = { id: "crm" };
  const right = await scope.inject("/thing");
  expect([right.statusCode, right.json()]).toEqual([200, { id: "crm" }]);
  await scope.close();
});

redisTest("while Redis is away a caller is told so at once", async ({ address, prefix }) => {
  await using setup = await openAdmin({ address, prefix });
  let reason: string | undefined = "Redis does not answer";
  await using server = await startOpsServer({
    host: "127.0.0.1",
    port: 0,
    token: undefined,
    metrics: { render: async () => "", signInFailed: () => undefined },
    queues: setup.base.queues,
    now: Date.now,
    notReady: async () => reason,
    api: {
      base: setup.base,
      watch: { wait: async () => undefined },
      test: async () => await Promise.reject(new Error("nothing is tested here")),
      requestsPerMinute: 600,
    },
  });
  const { secret } = await setup.base.tokens.create({ name: "x", role: "viewer", sensitive: false });
  const ask = async () =>
    await fetch(`${server.url}/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
  const away = await ask();

  expect([away.status, away.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await away.json()).toMatchObject({ code: "unavailable" });
  reason = undefined;
  expect((await ask()).status).toBe(200);
});
