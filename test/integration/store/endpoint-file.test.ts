import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import type { EndpointConfig } from "../../../src/config/config.ts";
import { Secret } from "../../../src/config/secret.ts";
import { ConfigError } from "../../../src/shared/errors.ts";
import { syncFileEndpoints } from "../../../src/store/outbox/endpoint-file.ts";
import { type EndpointStore, createEndpointStore } from "../../../src/store/outbox/endpoint-store.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { contentsOf } from "../../support/redis-contents.ts";
import { test as base } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";
import { testConfig } from "../../support/test-config.ts";

const test = base.extend("store", ({ redis, keys }) => storeOf(redis, keys));

const CLINIC = { northside: { key: "MS4xLTEyMzQ1-au1", baseUrl: "http://127.0.0.1:9/v1" } };
const NOTHING = { created: [], changed: [], leftOut: [], paused: [], unreadable: [] };

/** Endpoints as the file's parser makes them. */
function configured(endpoints: Readonly<Record<string, object>>): readonly EndpointConfig[] {
  const given = Object.entries(endpoints).map(([name, settings]) => [
    name,
    { url: `https://${name}.example/hooks`, settings },
  ]);
  return testConfig({ accounts: CLINIC, endpoints: Object.fromEntries(given) }).endpoints;
}

function storeOf(redis: Redis, keys: Keys, now = 1_000): EndpointStore {
  return createEndpointStore(redis, keys, keyringOf("k1"), () => now);
}

const at = (now: number) => (): number => now;

test("the file's endpoints are brought in, and a second start writes nothing", async ({
  store,
  redis,
  keys,
  prefix,
}) => {
  const file = configured({ crm: { headers: { "X-Team": "north" } }, erp: {} });

  expect(await syncFileEndpoints(store, file, at(1_000))).toEqual({ ...NOTHING, created: ["crm", "erp"] });
  const before = await contentsOf(redis, prefix);
  expect(await syncFileEndpoints(storeOf(redis, keys), file, at(2_000))).toEqual(NOTHING);

  expect(await contentsOf(redis, prefix)).toEqual(before);
  expect(await store.list()).toMatchObject([
    { id: "crm", source: "file", revision: 1, settings: { headers: { "x-team": "north" } } },
    { id: "erp", source: "file", signingKeys: [{ kind: "v1", createdAt: 1_000 }] },
  ]);
});

test("what differs in the file is taken over; when it was made and that it is paused stay", async ({
  store,
  redis,
  keys,
}) => {
  await syncFileEndpoints(store, configured({ crm: {}, erp: {} }), at(1_000));
  await store.update("crm", () => ({ pausedAt: 1_500 }));
  const later = storeOf(redis, keys, 2_000);

  const done = await syncFileEndpoints(later, configured({ crm: { payload: "ids" }, erp: {} }), at(2_000));

  expect(done).toEqual({ ...NOTHING, changed: ["crm"], paused: ["crm"] });
  expect(await store.read("crm")).toMatchObject({
    settings: { payload: "ids" },
    createdAt: 1_000,
    updatedAt: 2_000,
    pausedAt: 1_500,
  });
  expect(await store.read("erp")).toMatchObject({ revision: 1 });
});

test("a setting that is taken out of the file goes back to its default", async ({ store }) => {
  await syncFileEndpoints(store, configured({ crm: { rate_limit: 2 } }), at(1));
  expect(await store.read("crm")).toHaveProperty("settings.rateLimit", 2);

  expect(await syncFileEndpoints(store, configured({ crm: {} }), at(2))).toMatchObject({ changed: ["crm"] });
  expect(await store.read("crm")).not.toHaveProperty("settings.rateLimit");
});

test("a new secret in the file signs first, and the former one keeps its age", async ({ store }) => {
  const [crm] = configured({ crm: {} });
  if (!crm) throw new Error("one endpoint is configured");
  const [former] = crm.signingKeys;
  if (!former) throw new Error("an endpoint has a secret");
  await syncFileEndpoints(store, [crm], at(1_000));
  const fresh = {
    kind: "v1" as const,
    secret: new Secret(`whsec_${Buffer.alloc(32, 1).toString("base64")}`),
  };

  await syncFileEndpoints(store, [{ ...crm, signingKeys: [fresh, former] }], at(2_000));

  expect((await store.read("crm"))?.signingKeys).toEqual([
    { kind: "v1", secret: fresh.secret.reveal(), createdAt: 2_000 },
    { kind: "v1", secret: former.secret.reveal(), createdAt: 1_000 },
  ]);
  await syncFileEndpoints(store, [{ ...crm, signingKeys: [fresh] }], at(3_000));
  expect((await store.read("crm"))?.signingKeys).toHaveLength(1);
});

test("an endpoint that leaves the file is paused once and not deleted; one made at run time is left alone", async ({
  store,
}) => {
  const [crm, erp] = configured({ crm: {}, erp: {} });
  if (!crm || !erp) throw new Error("two endpoints are configured");
  await syncFileEndpoints(store, [crm, erp], at(1_000));
  const { settings } = erp;
  await store.create({
    id: "made",
    source: "api",
    settings,
    signingKeys: [{ kind: "v1", secret: "s", createdAt: 1 }],
  });

  expect(await syncFileEndpoints(store, [crm], at(2_000))).toEqual({ ...NOTHING, leftOut: ["erp"] });
  expect(await syncFileEndpoints(store, [crm], at(3_000))).toEqual(NOTHING);

  expect(await store.list()).toMatchObject([
    { id: "crm", revision: 1 },
    { id: "erp", pausedAt: 2_000, revision: 2 },
    { id: "made", revision: 1 },
  ]);
  expect(await store.read("made")).not.toHaveProperty("pausedAt");
});

test("an endpoint that comes back into the file stays paused, and that is told at every start", async ({
  store,
}) => {
  const file = configured({ crm: {} });
  await syncFileEndpoints(store, file, at(1));
  await syncFileEndpoints(store, [], at(2));

  expect(await syncFileEndpoints(store, file, at(3))).toEqual({ ...NOTHING, paused: ["crm"] });
  expect(await syncFileEndpoints(store, file, at(4))).toEqual({ ...NOTHING, paused: ["crm"] });
  expect(await store.read("crm")).toMatchObject({ pausedAt: 2 });
});

test("a name that was taken at run time is refused before anything is written", async ({
  store,
  redis,
  prefix,
}) => {
  const file = configured({ aaa: {}, crm: {}, erp: {} });
  const { settings } = file[0] ?? { settings: undefined };
  if (!settings) throw new Error("three endpoints are configured");
  for (const id of ["crm", "erp"]) {
    await store.create({
      id,
      source: "api",
      settings,
      signingKeys: [{ kind: "v1", secret: "s", createdAt: 1 }],
    });
  }
  const before = await contentsOf(redis, prefix);

  const error: unknown = await syncFileEndpoints(store, file, at(1)).catch((error_: unknown) => error_);

  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).problems.map(({ path }) => path)).toEqual(["endpoints.crm", "endpoints.erp"]);
  expect((error as ConfigError).problems[0]?.remedy).toContain("endpoints delete crm");
  expect(await contentsOf(redis, prefix)).toEqual(before);
});

test("several processes that start at once bring in each endpoint once", async ({ redis, keys }) => {
  const connections = [redis, redis.duplicate(), redis.duplicate()];
  const file = configured({ a: {}, b: {}, c: {}, d: {} });

  const done = await Promise.all(
    connections.map(async (connection) => await syncFileEndpoints(storeOf(connection, keys), file, at(1))),
  );
  for (const connection of connections.slice(1)) connection.disconnect();

  expect(done.flatMap(({ created }) => created).toSorted()).toEqual(["a", "b", "c", "d"]);
  expect(done.flatMap(({ changed }) => changed)).toEqual([]);
  expect((await storeOf(redis, keys).list()).map(({ revision }) => revision)).toEqual([1, 1, 1, 1]);
});
