import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { MOST_KEPT_BYTES } from "../../../src/store/access/kept-bytes.ts";
import { type ApiHarness, type Answer, startApi } from "../../support/api-harness.ts";
import { operationsOf } from "../../support/api-world.ts";
import { outboxEventOf } from "../../support/outbox-setup.ts";
import { disposedAfter, test as base } from "../../support/redis-test.ts";

const test = base.extend("world", async ({ address, prefix }, { onCleanup }) =>
  disposedAfter(onCleanup, await open(address, prefix)),
);

const HOOK = { url: "https://crm.example.com/hooks", events: ["*"], accounts: ["northside"] };
const EVENT = "evt_000000000000000000000001";

interface World {
  readonly api: ApiHarness;
  readonly token: string;
  /** The token's id. */
  readonly id: string;
  /** An endpoint of the subscriber. */
  readonly endpoint: string;
  /** Another one, at an address that is refused at once: no name is looked up in the network. */
  readonly tested: string;
  readonly ask: (method: string, path: string, body?: unknown, key?: string) => Promise<Answer>;
}

/** Does an operation the n-th time. Every one that is not a GET and that a subscriber may call stands here. */
type Act = (world: World, n: number) => Promise<unknown>;
const ACTS: Readonly<Record<string, Act>> = {
  createEndpoint: async ({ ask }, n) => {
    const { body } = await ask("POST", "/v1/endpoints", HOOK, `create-${n}`);
    return await ask("DELETE", `/v1/endpoints/${String(body["id"])}`);
  },
  deleteEndpoint: async ({ ask }, n) => {
    const { body } = await ask("POST", "/v1/endpoints", HOOK);
    expect((await ask("DELETE", `/v1/endpoints/${String(body["id"])}`)).status, String(n)).toBe(204);
  },
  updateEndpoint: async ({ ask, endpoint }, n) =>
    await ask("PATCH", `/v1/endpoints/${endpoint}`, { payload: n % 2 === 0 ? "ids" : "full" }),
  pauseEndpoint: async ({ ask, endpoint }) => {
    await ask("POST", `/v1/endpoints/${endpoint}/pause`);
    return await ask("POST", `/v1/endpoints/${endpoint}/enable`);
  },
  enableEndpoint: async ({ ask, endpoint }) => await ask("POST", `/v1/endpoints/${endpoint}/enable`),
  rotateEndpoint: async ({ ask, endpoint }) =>
    await ask("POST", `/v1/endpoints/${endpoint}/rotate`, { overlap_seconds: 3_600 }),
  testEndpoint: async ({ ask, tested }) => await ask("POST", `/v1/endpoints/${tested}/test`),
  retryDelivery: async ({ ask, endpoint }) =>
    await ask("POST", `/v1/endpoints/${endpoint}/deliveries/${EVENT}/retry`),
  startRecovery: async ({ ask, endpoint }, n) =>
    await ask(
      "POST",
      `/v1/endpoints/${endpoint}/recoveries`,
      { types: Array.from({ length: 100 }, () => "patient.created") },
      `recover-${n}`,
    ),
  previewRecovery: async ({ ask, endpoint }) =>
    await ask("POST", `/v1/endpoints/${endpoint}/recoveries/preview`, {}),
  dryRun: async ({ ask }) => await ask("POST", "/v1/dry-run", { events: ["*"] }),
  createSignInLink: async ({ ask }) => await ask("POST", "/v1/sign-in-links"),
};

/** What has a bound of its own, whatever is done: so many sessions, codes of ten minutes, one job an endpoint, a stream of so many,
 * the log of who saw what. */
const BOUNDED =
  /:(sign-in-code|sessions?(-of)?|installation:marks|access[a-z-]*|history|process(es)?|token-uses|clock|write-probe):?|:queue:\{[a-z]+\}:[a-z]+:(events|meta|id|stalled-check)$/;

async function open(
  address: Parameters<typeof startApi>[0]["address"],
  prefix: string,
): Promise<World & AsyncDisposable> {
  const api = await startApi({ address, prefix });
  const made = await api.base.tokens.create({
    name: "a hostile one",
    role: "subscriber",
    subscriber: "crm",
    accounts: ["northside"],
    sensitive: false,
  });
  const ask: World["ask"] = async (method, path, body, key) =>
    await api.ask(method, path, {
      token: made.secret,
      ...(body === undefined ? {} : { body }),
      ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
    });
  const { body } = await ask("POST", "/v1/endpoints", HOOK);
  const endpoint = String(body["id"]);
  const tested = String((await ask("POST", "/v1/endpoints", HOOK)).body["id"]);
  await api.base.endpoints.update(tested, ({ settings }) => ({
    settings: { ...settings, url: "http://127.0.0.1:9/hooks" },
  }));
  await api.base.outbox.add(endpoint, "northside", [outboxEventOf(EVENT, { at: api.base.now() })]);
  return {
    api,
    token: made.secret,
    id: made.token.id,
    endpoint,
    tested,
    ask,
    [Symbol.asyncDispose]: async () => await api[Symbol.asyncDispose](),
  };
}

async function keysOf(redis: Redis, prefix: string): Promise<readonly string[]> {
  const found = new Set<string>();
  let cursor = "0";
  do {
    const [next, names] = await redis.scan(cursor, "MATCH", `${prefix}:*`, "COUNT", 1_000);
    for (const name of names) if (!BOUNDED.test(name)) found.add(name);
    cursor = next;
  } while (cursor !== "0");
  return [...found];
}

/** Bytes in Redis, by kind of key. */
async function bytesOf(redis: Redis, prefix: string): Promise<number> {
  let bytes = 0;
  for (const name of await keysOf(redis, prefix)) {
    bytes += Number((await redis.call("MEMORY", "USAGE", name, "SAMPLES", "0")) ?? 0);
  }
  return bytes;
}

/** One after the other, but for tests of an endpoint: a subscriber is not told at once that nothing answered. */
async function actTimes(world: World, name: string, act: Act, from: number, times: number): Promise<void> {
  const rounds = Array.from({ length: times }, (_, index) => from + index);
  if (name === "testEndpoint") await Promise.all(rounds.map(async (n) => await act(world, n)));
  else for (const n of rounds) await act(world, n);
}

async function chargedTo({ api, id }: World): Promise<number> {
  const hours = await api.base.redis.hvals(api.base.keys.kept(id));
  return hours.reduce((sum, bytes) => sum + Number(bytes), 0);
}

test("everything that a subscriber leaves behind, by whatever operation, is counted against its token", async ({
  world,
  prefix,
}) => {
  const { redis } = world.api.base;
  const operations = operationsOf(world.api.document)
    .filter(({ method, operation }) => method !== "GET" && operation["x-roles"].includes("subscriber"))
    .map(({ operation }) => operation.operationId);
  expect(Object.keys(ACTS).toSorted()).toEqual(operations.toSorted());

  for (const [name, act] of Object.entries(ACTS)) {
    // What is there once, for the first time, is not what grows.
    await actTimes(world, name, act, 0, 8);
    const [bytes, charged] = [await bytesOf(redis, prefix), await chargedTo(world)];
    const rounds = 24;
    await actTimes(world, name, act, 8, rounds);
    const growth = (await bytesOf(redis, prefix)) - bytes;
    const paid = (await chargedTo(world)) - charged;
    // The audit stream takes its memory by the block.
    expect(growth, `${name}: ${growth} B stay, ${paid} are counted`).toBeLessThanOrEqual(paid + 9_000);
    expect(paid / rounds, name).toBeLessThan(20_000);
  }
});

/** All that is kept, but for what every request touches. */
async function contentsOf({ api }: World, prefix: string): Promise<ReadonlyMap<string, string>> {
  const { redis } = api.base;
  const contents = new Map<string, string>();
  for (const name of await keysOf(redis, prefix)) {
    if (name.includes(":queue:")) continue;
    contents.set(name, (await redis.dumpBuffer(name))?.toString("base64") ?? "");
  }
  return contents;
}

test("what changes nothing writes nothing: no line, no state, no event", async ({ world, prefix }) => {
  const { ask, endpoint } = world;
  const path = `/v1/endpoints/${endpoint}`;
  const { body: settings } = await ask("GET", path);
  const same: readonly (readonly [method: string, path: string, body?: unknown])[] = [
    ["POST", `${path}/enable`],
    ["PATCH", path, { payload: settings["payload"], events: settings["events"], url: settings["url"] }],
    ["PATCH", path, {}],
    ["POST", "/v1/dry-run", { events: ["*"] }],
    ["POST", `${path}/recoveries/preview`, {}],
    ["DELETE", "/v1/endpoints/ep_unknown"],
    ["POST", "/v1/endpoints/ep_unknown/pause"],
    ["POST", `${path}/deliveries/evt_unknown/retry`],
    ["POST", "/v1/endpoints", { ...HOOK, url: "ftp://nowhere" }],
  ];
  await ask("POST", `${path}/enable`);
  const before = await contentsOf(world, prefix);
  for (const [method, at, body] of same) {
    await ask(method, at, body);
    expect(await contentsOf(world, prefix), `${method} ${at}`).toEqual(before);
  }
  await ask("POST", `${path}/pause`);
  const paused = await contentsOf(world, prefix);
  expect(paused).not.toEqual(before);
  await ask("POST", `${path}/pause`);
  expect(await contentsOf(world, prefix)).toEqual(paused);
  await ask("POST", `${path}/enable`);
  expect(await contentsOf(world, prefix)).not.toEqual(paused);
});

test("who has left too much behind waits, and may read, pause and delete meanwhile; others are not held up", async ({
  world,
}) => {
  const { api, ask, endpoint, id } = world;
  await api.base.keptBytes.note(id, MOST_KEPT_BYTES);
  const path = `/v1/endpoints/${endpoint}`;
  const allowed: readonly string[] = ["previewRecovery", "dryRun"];

  for (const { method, operation, template } of operationsOf(api.document)) {
    const name = operation.operationId;
    if (!(name in ACTS) || [...allowed, "pauseEndpoint", "deleteEndpoint"].includes(name)) continue;
    const at = template.replace("{id}", endpoint).replace("{event}", EVENT);
    const { status, body, headers } = await ask(method, at, name === "createEndpoint" ? HOOK : {});
    expect([name, status, body["code"]]).toEqual([name, 429, "too_much_kept"]);
    expect(body["detail"]).toMatch(/has left 4 MiB behind .* from 20\d\d-.*Z\./);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(22 * 3_600);
  }
  for (const name of allowed) await ACTS[name]?.(world, 0);
  expect((await ask("GET", path)).status).toBe(200);
  expect((await ask("POST", `${path}/pause`)).status).toBe(200);

  const signIn = await fetch(`${api.url}/ops/session`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-dashboard": "1" },
    body: JSON.stringify({ token: world.token }),
  });
  expect(signIn.status).toBe(429);
  const second = await api.token({ role: "subscriber", subscriber: "crm", accounts: ["northside"] });
  expect((await api.ask("POST", `${path}/enable`, { token: second })).status).toBe(200);
  // Nor is who looks after the service.
  expect((await api.ask("PATCH", path, { body: { payload: "ids" } })).status).toBe(200);
  expect((await ask("DELETE", path)).status).toBe(204);
});

test("a subscriber's endpoints have room together, and no more; what becomes smaller always has", async ({
  world,
}) => {
  const { ask } = world;
  // The largest settings that the API takes.
  const headers = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`x-header-${index}`, "a".repeat(4_000)]),
  );
  const answers: Answer[] = [];
  for (let made = 0; made < 40; made += 1) {
    const answer = await ask("POST", "/v1/endpoints", { ...HOOK, headers });
    answers.push(answer);
    if (answer.status !== 201) break;
  }
  const refused = answers.at(-1);
  expect([refused?.status, refused?.body["code"]]).toEqual([409, "conflict"]);
  expect(refused?.text).toContain("the endpoints of this subscriber would take");
  const large = `/v1/endpoints/${String(answers[0]?.body["id"])}`;
  expect((await ask("PATCH", `/v1/endpoints/${world.endpoint}`, { headers })).status).toBe(409);
  expect((await ask("PATCH", large, { headers: { "x-header-0": "a" } })).status).toBe(200);
  expect((await ask("PATCH", `/v1/endpoints/${world.endpoint}`, { headers })).status).toBe(200);
});
