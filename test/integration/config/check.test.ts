import { expect, test } from "vitest";

import { check } from "../../../src/cli/check/check.ts";
import type { Config } from "../../../src/config/config.ts";
import { Secret } from "../../../src/config/secret.ts";
import { loadIdentityKey } from "../../../src/store/detection/installation.ts";
import { createKeys } from "../../../src/store/redis/keys.ts";
import { createKeyring } from "../../../src/store/sealing/keyring.ts";
import { createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { type ClinicServer, startClinicServer } from "../../../src/sandbox/http/clinic-server.ts";
import { seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";
import { closedPort, startHttp } from "../../support/local-servers.ts";
import { ENVIRONMENT, FILE, parseFile } from "../../support/operator-file.ts";
import { startRedisServer } from "../../support/redis-process.ts";
import { SECRET, testConfig } from "../../support/test-config.ts";

interface Checked {
  readonly passed: boolean;
  /** Verdict, what, detail. */
  readonly rows: readonly (readonly string[])[];
  readonly text: string;
}

async function run(config: Config, env: NodeJS.ProcessEnv = process.env): Promise<Checked> {
  const lines: string[] = [];
  const passed = await check(config, env, (line) => lines.push(line));
  const text = lines.join("\n");
  return { passed, text, rows: text.split("\n").map((row) => row.split(/ {2,}/)) };
}

async function startClinic(): Promise<
  AsyncDisposable & { readonly server: ClinicServer; readonly clinic: ReturnType<typeof createClinic> }
> {
  const clinic = createClinic({ now: Date.now, seed: 1 });
  const server = await startClinicServer(clinic);
  return { server, clinic, [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose]() };
}

test("when everything works, each thing is ok and the verdict is true", async () => {
  await using upstream = await startClinic();
  const { clinic, server } = upstream;
  const config = testConfig({
    accounts: { northside: { key: clinic.addKey(), baseUrl: server.url } },
    endpoints: { crm: { url: "http://127.0.0.1:4000/hooks" } },
  });

  const { passed, rows } = await run(config);

  expect(passed).toBe(true);
  expect(rows).toEqual([
    ["ok", "configuration", "1 account, 1 endpoint"],
    ["ok", "redis", expect.stringMatching(/^REDIS_URL is not set: .*-server will be started in \.\/data$/)],
    [
      "ok",
      "account northside",
      expect.stringMatching(
        `^127.0.0.1:${server.port} knows the key: user ${clinic.ownerId}; reads 4 of 4 resources, 0 records; first sync 4 requests, about 1 min, then about 240 of our 6000 requests a minute$`,
      ),
    ],
    ["ok", "endpoint crm", "127.0.0.1:4000 resolves to 127.0.0.1; wants *"],
  ]);
});

test("what the key may not read is named, and what can be is counted with what hides", async () => {
  await using upstream = await startClinic();
  const { clinic, server } = upstream;
  clinic.setRateLimit(1_000);
  seedClinic(clinic, { patients: 240, appointments: 5 });
  clinic.faults.restrict("attendees", "forbidden");
  clinic.faults.restrict("group_appointments", "missing");
  const config = testConfig({
    accounts: { northside: { key: clinic.addKey(), baseUrl: server.url } },
    endpoints: {},
  });

  const { passed, rows, text } = await run(config);

  expect(passed).toBe(true);
  const records = clinic.desk.patients().length + clinic.desk.appointments().length;
  expect(text).toContain(`reads 2 of 4 resources, ${records} records; first sync 4 requests`);
  expect(rows.filter(([, what]) => what?.startsWith("northside/"))).toEqual([
    [
      "warn",
      "northside/group_appointments",
      expect.stringMatching(/^HTTP 404.*: the account has none: leave it/),
    ],
    ["warn", "northside/attendees", expect.stringMatching(/^HTTP 403.*: the key's user may not see it: let/)],
  ]);
});

test("what could begin from now on is named with what it would spare, and what does with what is left", async () => {
  await using upstream = await startClinic();
  const { clinic, server } = upstream;
  for (let count = 0; count < 5_100; count += 1) clinic.plant.record("stock_adjustments");
  const given = { northside: { key: clinic.addKey(), baseUrl: server.url } };
  const config = testConfig({ accounts: given, endpoints: {} });
  const ask = async (fromNowOn: readonly string[]): Promise<string> => {
    const accounts = config.accounts.map((account) => ({
      ...account,
      resources: ["stock_adjustments", "taxes"],
      fromNowOn,
    }));
    return (await run({ ...config, accounts })).text;
  };
  expect(await ask([])).toContain(
    "first sync 52 requests, about 1 min (51 of them for stock_adjustments: from_now_on leaves those out)",
  );
  expect(await ask(["stock_adjustments"])).toContain(
    "first sync 2 requests, about 1 min (without stock_adjustments, which begin now)",
  );
});

test("what is read whole costs all its pages and lists at each poll", async () => {
  await using upstream = await startClinic();
  const { clinic, server } = upstream;
  for (let count = 0; count < 250; count += 1) clinic.plant.record("taxes");
  const given = { northside: { key: clinic.addKey(), baseUrl: server.url } };
  const config = testConfig({ accounts: given, endpoints: {} });
  const accounts = config.accounts.map((account) => ({ ...account, resources: ["taxes", "practitioners"] }));
  const { text } = await run({ ...config, accounts });
  // Three pages of taxes and two lists of practitioners, each second.
  expect(text).toContain("first sync 5 requests, about 1 min, then about 300 of our 6000 requests a minute");
});

test("a revoked key fails its account and not the others, with what to do", async () => {
  await using upstream = await startClinic();
  const { clinic, server } = upstream;
  const [good, revoked] = [clinic.addKey(), clinic.addKey()];
  clinic.revokeKey(revoked);
  const config = testConfig({
    accounts: {
      northside: { key: good, baseUrl: server.url },
      southbank: { key: revoked, baseUrl: server.url },
    },
    endpoints: {},
  });

  const { passed, rows, text } = await run(config);

  expect(passed).toBe(false);
  expect(
    rows.filter(([, what]) => what?.startsWith("account")).map(([verdict, what]) => [verdict, what]),
  ).toEqual([
    ["ok", "account northside"],
    ["FAIL", "account southbank"],
  ]);
  expect(text).toMatch(
    /HTTP 401 .*the key is wrong, revoked, or of another shard: make a new one in Cliniko/,
  );
});

test("an endpoint whose name nobody knows fails, and one that is known does not", async () => {
  const config = testConfig({
    accounts: {},
    endpoints: {
      crm: { url: "https://crm.invalid/hooks?token=hunter2" },
      local: { url: "http://[::1]:4000/" },
    },
    settings: { delivery: { allow_http: true, allow_private: ["::1/128"] } },
  });

  const { passed, rows, text } = await run(config);

  expect(passed).toBe(false);
  expect(rows.slice(2)).toEqual([
    ["FAIL", "endpoint crm", expect.stringMatching(/^crm\.invalid: .+: check the URL and your DNS$/)],
    ["ok", "endpoint local", "[::1]:4000 resolves to ::1; wants *"],
  ]);
  expect(text).not.toContain("hunter2");
});

test("neither keys nor secrets are printed, whatever the findings", async () => {
  await using upstream = await startClinic();
  const { clinic, server } = upstream;
  const [good, revoked] = [clinic.addKey(), clinic.addKey()];
  clinic.revokeKey(revoked);
  const port = await closedPort();
  const config = testConfig({
    accounts: {
      good: { key: good, baseUrl: server.url },
      revoked: { key: revoked, baseUrl: server.url },
      gone: { key: good, baseUrl: `http://127.0.0.1:${port}/v1` },
    },
    endpoints: { crm: { url: "http://127.0.0.1:4000/" } },
  });

  const { rows, text } = await run(config);

  expect(rows.map(([verdict]) => verdict)).toEqual(["ok", "ok", "ok", "FAIL", "FAIL", "ok"]);
  for (const secret of [good, revoked, SECRET, ...config.encryptionKeys.map(({ key }) => key.reveal())]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(secret.slice(0, 12));
  }
});

test.each([
  [403, "forbidden", "the key's user may not use the API: ask the clinic's administrator"],
  [404, "not found", "this does not look like Cliniko's API: check base_url"],
  [429, "limited", "another tool has used up the key's requests: try again in a minute"],
  [503, "unwell", "check the network, a proxy or status.cliniko.com"],
])("an upstream that answers %i (%s) is told with a remedy", async (status, _what, remedy) => {
  await using server = await startHttp((_request, response) => response.writeHead(status).end());
  const config = testConfig({
    accounts: { northside: { key: "MS4xLWtleQ-au1", baseUrl: `${server.url}/v1` } },
    endpoints: {},
  });

  const { passed, text } = await run(config);

  expect(passed).toBe(false);
  expect(text).toContain(`127.0.0.1:${server.port}: HTTP ${status}; ${remedy}`);
  expect(server.received).toHaveLength(1);
});

test("a Redis that cannot be reached fails, without its password", async () => {
  const port = await closedPort();
  const config = parseFile(FILE, {
    ...ENVIRONMENT,
    REDIS_URL: `redis://user:hunter2@127.0.0.1:${port}/0`,
  });

  const { passed, rows, text } = await run({ ...config, accounts: [], endpoints: [] });

  expect(passed).toBe(false);
  expect(rows[1]).toEqual([
    "FAIL",
    "redis",
    `Redis at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED 127.0.0.1:${port}`,
  ]);
  expect(text).not.toContain("hunter2");
});

test("a Redis that answers is ok, and what could lose data is a warning that fails nothing", async () => {
  const port = await closedPort();
  await using _redis = await startRedisServer({
    port: String(port),
    bind: "127.0.0.1",
    save: "",
    "maxmemory-policy": "allkeys-lru",
  });
  const config = parseFile(FILE, { ...ENVIRONMENT, REDIS_URL: `redis://127.0.0.1:${port}` });

  const { passed, rows } = await run({ ...config, accounts: [], endpoints: [] });

  expect(passed).toBe(true);
  expect(rows.map(([verdict, what]) => `${verdict} ${what}`)).toEqual([
    "ok configuration",
    "ok redis",
    "warn redis",
    "warn redis",
    "ok ops",
    // The file's: it listens for everybody, and its key is one of a kind of byte.
    "warn ops",
    "warn encryption key k1",
  ]);
  expect(rows[1]?.[2]).toBe(`127.0.0.1:${port} answers`);
});

test("no Redis and none to start fails, with both ways out", async () => {
  const config = testConfig({ accounts: {}, endpoints: {} });

  const { passed, rows } = await run(config, { PATH: "/nowhere" });

  expect(passed).toBe(false);
  expect(rows[1]).toEqual(["FAIL", "redis", "set REDIS_URL, or install redis-server or valkey-server"]);
});

test("a Redis that takes no writes fails, and so does one of another installation", async () => {
  const port = await closedPort();
  await using server = await startRedisServer({ port: String(port), bind: "127.0.0.1" });
  const config = parseFile(FILE, { ...ENVIRONMENT, REDIS_URL: `redis://127.0.0.1:${port}` });
  const ours = { ...config, accounts: [], endpoints: [] };
  const keyring = createKeyring([{ id: "k1", key: new Secret(Buffer.alloc(32, 9).toString("base64")) }]);
  await loadIdentityKey(server.redis, createKeys("cliniko-webhooks"), keyring);
  await server.redis.config("SET", "maxmemory", "1");

  const { passed, rows } = await run(ours);

  expect(passed).toBe(false);
  expect(rows.slice(1, 3)).toEqual([
    ["FAIL", "redis", `127.0.0.1:${port} takes no writes: Redis is full: raise maxmemory`],
    ["FAIL", "encryption keys", expect.stringContaining("no configured encryption key opens") as string],
  ]);
  // The twin: with that key it is ours, and it can be written again.
  await server.redis.config("SET", "maxmemory", "0");
  const theirs = [{ id: "k1", key: new Secret(Buffer.alloc(32, 9).toString("base64")) }];
  expect((await run({ ...ours, encryptionKeys: theirs })).rows[1]?.[0]).toBe("ok");
  // Half of it may be sealed with a key that is not configured any more.
  await server.redis.hset(createKeys("cliniko-webhooks").installation, "rotating", "k9 k1");
  expect((await run({ ...ours, encryptionKeys: theirs })).rows[2]).toEqual([
    "FAIL",
    "encryption keys",
    expect.stringContaining('with key "k9", which is not configured') as string,
  ]);
});
