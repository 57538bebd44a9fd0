import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { Secret } from "../../../src/config/secret.ts";
import { type MetricSources, type Metrics, createMetrics } from "../../../src/ops/metrics.ts";
import { type OpsOptions, startOpsServer } from "../../../src/ops/ops-server.ts";
import type { MetricState } from "../../../src/ops/state-gauges.ts";
import { JOB_NAMES } from "../../../src/queues/job-catalogue.ts";
import { readQueueFacts } from "../../../src/queues/queue-facts.ts";
import type { Queues } from "../../../src/queues/queues.ts";
import { contentsOf } from "../../support/redis-contents.ts";
import { createQueueSetup } from "../../support/queue-setup.ts";
import { test } from "../../support/queue-test.ts";
import { watchRoutes } from "../../support/watch-routes.ts";

const TOKEN = "a-long-random-word-of-ours";
const GUARDED = [
  "/metrics",
  "/ops/queues",
  "/ops/queues/",
  "/ops/queues/api/queues",
  "/ops/queues/static/x.js",
];

interface Setup extends AsyncDisposable {
  readonly queues: Queues;
  get(path: string, authorization?: string): Promise<Response>;
  send(method: string, path: string, type: string, body: string): Promise<Response>;
}

const DAY = 24 * 60 * 60_000;
const NOTHING: MetricState = {
  verdict: { severity: "ok", issues: [] },
  accounts: [],
  endpoints: [],
  logs: [],
  queues: [],
  redis: { usedBytes: undefined, maxBytes: undefined, latencyMs: 1 },
};

const WORKING: MetricState["accounts"][number] = {
  account: "northside",
  connection: { key: undefined, problems: new Map() },
  budget: { taken: 0, blockedUntil: undefined, share: 1, configuredShare: 1 },
  resources: [],
};

function metricsOf(readState: MetricSources["readState"]): Metrics {
  return createMetrics({ now: Date.now, readState, retention: { eventsMs: 30 * DAY, attemptsMs: 90 * DAY } });
}

/** The server over the real queues. */
async function setUp(redis: Redis, prefix: string, options: Partial<OpsOptions> = {}): Promise<Setup> {
  const { queues, ...setup } = createQueueSetup(redis, prefix);
  const server = await startOpsServer({
    host: "127.0.0.1",
    port: 0,
    token: new Secret(TOKEN),
    metrics: metricsOf(undefined),
    queues,
    api: undefined,
    now: Date.now,
    notReady: async () => undefined,
    ...options,
  });
  return {
    queues,
    get: async (path, authorization) =>
      await fetch(server.url + path, { headers: authorization ? { authorization } : {} }),
    send: async (method, path, type, body) =>
      await fetch(server.url + path, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": type },
        body,
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await setup[Symbol.asyncDispose]();
    },
  };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

test("whether the process lives is told to anyone", async ({ redis, prefix }) => {
  await using ops = await setUp(redis, prefix);
  const response = await ops.get("/health/live");

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "live" });
});

test("whether the process is ready is told to anyone, and why not", async ({ redis, prefix }) => {
  let reason: string | undefined;
  await using ops = await setUp(redis, prefix, { notReady: async () => reason });
  const ready = await ops.get("/health/ready");
  expect([ready.status, await ready.json()]).toEqual([200, { status: "ready" }]);

  reason = "Redis does not answer";
  const notReady = await ops.get("/health/ready");

  expect([notReady.status, await notReady.json()]).toEqual([503, { status: "not_ready", reason }]);
});

test.for(GUARDED)("%s wants the token, and says so to a browser", async (path, { redis, prefix }) => {
  await using ops = await setUp(redis, prefix);
  const response = await ops.get(path);

  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
  expect(await response.json()).toEqual({
    error: "unauthorized",
    message: "send the ops token: Authorization: Bearer <token>",
  });
});

test.for([
  "Bearer",
  "Bearer ",
  "Bearer wrong-but-just-as-long-26ch",
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(0, -1)}`,
  TOKEN,
  basic("admin", "wrong"),
  basic(TOKEN, ""),
  basic("", ""),
  "Basic",
  "Basic !!!",
])("the authorization %j opens nothing", async (authorization, { redis, prefix }) => {
  await using ops = await setUp(redis, prefix);

  for (const path of GUARDED) expect((await ops.get(path, authorization)).status).toBe(401);
});

test.for([
  `Bearer ${TOKEN}`,
  `bearer ${TOKEN}`,
  basic("admin", TOKEN),
  basic("", TOKEN),
  basic("whoever", TOKEN).replace("Basic", "basic"),
])("the authorization %j opens metrics and board", async (authorization, { redis, prefix }) => {
  await using ops = await setUp(redis, prefix);

  for (const path of ["/metrics", "/ops/queues", "/ops/queues/api/queues"]) {
    expect((await ops.get(path, authorization)).status).toBe(200);
  }
});

test("a token with a colon in it works as a password too", async ({ redis, prefix }) => {
  await using ops = await setUp(redis, prefix, { token: new Secret("a:token:with:colons") });

  expect((await ops.get("/metrics", basic("admin", "a:token:with:colons"))).status).toBe(200);
  expect((await ops.get("/metrics", basic("admin", "with:colons"))).status).toBe(401);
});

test("without a token there is nothing to open: only health is served", async ({ redis, prefix }) => {
  await using ops = await setUp(redis, prefix, { token: undefined });

  for (const path of GUARDED) {
    expect((await ops.get(path)).status).toBe(404);
    expect((await ops.get(path, "Bearer undefined")).status).toBe(404);
  }
  expect((await ops.get("/health/live")).status).toBe(200);
});

test("the board lists every queue and what is in them", async ({ redis, prefix }) => {
  await using ops = await setUp(redis, prefix);
  await ops.queues.wakeDelivery({ endpoint: "crm" });
  const response = await ops.get("/ops/queues/api/queues", `Bearer ${TOKEN}`);
  const { queues } = (await response.json()) as { queues: { name: string; counts: { waiting: number } }[] };

  expect(new Map(queues.map(({ name, counts }) => [name, counts.waiting]))).toEqual(
    new Map(JOB_NAMES.map((name) => [name, name === "deliver" ? 1 : 0])),
  );
});

test("the board's page comes with its scripts, and may load nothing from another host", async ({
  redis,
  prefix,
}) => {
  await using ops = await setUp(redis, prefix);
  const page = await ops.get("/ops/queues", `Bearer ${TOKEN}`);
  const html = await page.text();
  const script = /src="([^"]+\.js)"/.exec(html)?.[1] ?? "";

  expect(html).toContain("cliniko-webhooks");
  expect(script).toMatch(/\.js$/);
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
  expect(page.headers.get("cache-control")).toBe("no-store");
  const address = new URL(script, "http://x/ops/queues/").pathname;
  expect((await ops.get(address, `Bearer ${TOKEN}`)).status).toBe(200);
  expect((await ops.get(address)).status).toBe(401);
});

test("the board only shows: nothing that it could change is changed, by any of its routes", async ({
  redis,
  prefix,
}) => {
  using watched = watchRoutes();
  await using ops = await setUp(redis, prefix);
  await ops.queues.wakeDelivery({ endpoint: "crm" });
  const before = await contentsOf(redis, prefix);
  const changing = watched.routes.filter(
    ({ method, url }) => url.startsWith("/ops/queues") && !["GET", "HEAD"].includes(method),
  );
  expect(changing.length).toBeGreaterThan(15);

  const body = JSON.stringify({ jobData: {}, jobName: "x", concurrency: 1, max: 1, duration: 1 });
  for (const { method, url } of changing) {
    const path = url
      .replace(":queueName", "deliver")
      .replace(":queueStatus", "waiting")
      .replaceAll(/:\w+/g, "endpoint.crm");
    // As the board's own script sends it, and as a form of another site would.
    for (const type of ["application/json", "text/plain"]) {
      const { status } = await ops.send(method, path, type, body);
      expect([method, path, type, status]).toEqual([method, path, type, 405]);
    }
  }
  expect(await contentsOf(redis, prefix)).toEqual(before);
});

test("the metrics are in Prometheus's text format, with the series that the dashboard wants", async ({
  setup,
  redis,
  prefix,
}) => {
  const { queues } = setup;
  const counts = { ready: 2, retry: 1, in_flight: 0, blocked: 0, parked: 4, failed: 0, delivered: 9 };
  const assessment = { severity: "ok" } as const;
  const status = { state: "healthy", assessment, failingSince: undefined, nextProbeAt: undefined };
  const metrics = metricsOf(async () => ({
    ...NOTHING,
    accounts: [
      {
        ...WORKING,
        resources: [
          {
            resource: "patients",
            tier: "live",
            completeUpTo: 1_763_781_291,
            ageMs: 4_000,
            failingSteps: [],
            assessment: { severity: "ok" },
          },
        ],
      },
    ],
    endpoints: [{ status: { id: "crm", ...status, counts, oldestWaitingAt: undefined } }],
    queues: await readQueueFacts(queues),
  }));
  await using ops = await setUp(redis, prefix, { metrics });
  const scan = { account: "northside", resource: "patients", durationMs: 1_200, records: 100, events: 3 };
  metrics.scanEnded({ ...scan, outcome: "completed" });
  metrics.scanEnded({ ...scan, outcome: "unavailable", records: 5, events: 0 });
  const attempt = { endpoint: "crm", durationMs: 80, sinceObservedMs: 900 };
  metrics.attemptEnded({ ...attempt, outcome: "delivered", delivered: true });
  metrics.attemptEnded({ ...attempt, outcome: "timeout", delivered: false });
  await queues.addRoute({ account: "northside" });

  const response = await ops.get("/metrics", `Bearer ${TOKEN}`);
  const lines = new Set((await response.text()).split("\n"));

  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const name = "cliniko_webhooks";
  const of = 'account="northside",resource="patients"';
  for (const line of [
    `${name}_scans_total{account="northside",outcome="completed"} 1`,
    `${name}_scans_total{account="northside",outcome="unavailable"} 1`,
    `${name}_scan_duration_seconds_count{resource="patients"} 2`,
    `${name}_scan_duration_seconds_sum{resource="patients"} 2.4`,
    `${name}_records_read_total{resource="patients"} 105`,
    `${name}_events_total{${of}} 3`,
    `${name}_complete_up_to_seconds{${of}} 1763781291`,
    `${name}_delivery_attempts_total{endpoint="crm",outcome="delivered"} 1`,
    `${name}_delivery_attempts_total{endpoint="crm",outcome="timeout"} 1`,
    `${name}_delivery_duration_seconds_count{endpoint="crm"} 2`,
    `${name}_delivery_latency_seconds_count{endpoint="crm"} 1`,
    `${name}_deliveries{endpoint="crm",state="parked"} 4`,
    `${name}_delivery_oldest_waiting_seconds{endpoint="crm"} 0`,
    `${name}_queue_jobs{queue="route",state="waiting"} 1`,
    `${name}_queue_jobs{queue="deliver",state="waiting"} 0`,
  ]) {
    expect(lines).toContain(line);
  }
});

test("an account that works again is told to be so", async () => {
  const revoked = { account: "northside", key: { state: "key_revoked" }, problems: new Map() };
  const working = { ...revoked, key: undefined };
  const accountOf = ({ account, ...connection }: typeof revoked | typeof working) =>
    ({
      ...WORKING,
      account,
      connection,
    }) as MetricState["accounts"][number];
  let account = accountOf(revoked);
  const metrics = metricsOf(async () => ({ ...NOTHING, accounts: [account] }));
  expect(await metrics.render()).toContain('connection_state{account="northside",state="key_revoked"} 1');
  account = accountOf(working);
  const text = await metrics.render();

  expect(text).toContain('connection_state{account="northside",state="ok"} 1');
  expect(text).toContain('connection_state{account="northside",state="key_revoked"} 0');
});

test("an endpoint that was deleted is not shown any more", async () => {
  const assessment = { severity: "ok" } as const;
  const crm = { id: "crm", state: "healthy", assessment, failingSince: undefined, nextProbeAt: undefined };
  const endpoint = { ...crm, counts: { parked: 1 }, oldestWaitingAt: undefined };
  let endpoints = [{ status: endpoint }];
  const metrics = metricsOf(async () => ({ ...NOTHING, endpoints }));
  expect(await metrics.render()).toContain('deliveries{endpoint="crm",state="parked"} 1');
  endpoints = [];

  expect(await metrics.render()).not.toContain('endpoint="crm"');
});

test("two services in one process count apart", async () => {
  const [one, other] = [metricsOf(undefined), metricsOf(undefined)];
  const attempt = { endpoint: "crm", durationMs: 80, sinceObservedMs: 900 };
  one.attemptEnded({ ...attempt, outcome: "delivered", delivered: true });

  expect(await one.render()).toContain('endpoint="crm"');
  expect(await other.render()).not.toContain('endpoint="crm"');
});
