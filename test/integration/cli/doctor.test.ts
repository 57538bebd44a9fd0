import { join } from "node:path";

import { expect, test as base } from "vitest";

import { type App, startApp } from "../../../src/app/app.ts";
import { doctor } from "../../../src/cli/doctor/doctor.ts";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { PLAIN } from "../../../src/cli/terminal/paint.ts";
import { withBase } from "../../../src/cli/with-base.ts";
import { rotateEncryption } from "../../../src/cli/privacy/rotate-encryption.ts";
import { status } from "../../../src/cli/check/status.ts";
import type { Config } from "../../../src/config/config.ts";
import { type Overview, overviewSchema } from "../../../src/ops/api/overview/overview-schemas.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { type Clinic, createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { type ClinicServer, startClinicServer } from "../../../src/sandbox/http/clinic-server.ts";
import { type Receiver, startReceiver } from "../../../src/sandbox/http/receiver.ts";
import { seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { eventually } from "../../support/harness.ts";
import { closedPort } from "../../support/local-servers.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { redisProgram, temporaryFolder } from "../../support/redis-process.ts";
import { SECRET, testConfig } from "../../support/test-config.ts";

const OLD_KEY = Buffer.alloc(32, 1).toString("base64");
const NEW_KEY = Buffer.alloc(32, 2).toString("base64");

interface Installation {
  readonly clinic: Clinic;
  readonly apiKey: string;
  readonly config: Config;
  readonly folder: string;
  readonly deadPort: number;
  /** The service, the first sync done. */
  start(): Promise<App>;
  /** The same installation with other encryption keys, the first one sealing. */
  withKeys(...keys: readonly (readonly [id: string, key: string])[]): Config;
}

/** An installation in a folder of its own, as the commands find it: a clinic, a subscriber, a Redis. */
const test = base
  .extend("folder", async ({}, { onCleanup }) => {
    const folder = temporaryFolder();
    onCleanup(() => folder[Symbol.dispose]());
    return folder.path;
  })
  .extend("clinic", async ({}, { onCleanup }): Promise<{ clinic: Clinic; server: ClinicServer }> => {
    const clinic = createClinic({ now: Date.now, seed: 1 });
    clinic.setRateLimit(100_000);
    seedClinic(clinic, { practitioners: 1, patients: 6, appointments: 8 });
    const server = await startClinicServer(clinic);
    onCleanup(async () => await server[Symbol.asyncDispose]());
    return { clinic, server };
  })
  .extend("receiver", async ({}, { onCleanup }): Promise<Receiver> => {
    const receiver = await startReceiver({ secret: SECRET });
    onCleanup(async () => await receiver[Symbol.asyncDispose]());
    return receiver;
  })
  .extend(
    "installation",
    async ({ folder, clinic: { clinic, server }, receiver }, { onCleanup }): Promise<Installation> => {
      const data = join(folder, "data");
      const redis = await startPrivateRedis(data, redisProgram());
      onCleanup(async () => await redis[Symbol.asyncDispose]());
      const [apiKey, deadPort] = [clinic.addKey(), await closedPort()];
      const configOf = (keys: readonly (readonly [string, string])[]): Config => ({
        ...testConfig({
          accounts: { northside: { key: apiKey, baseUrl: server.url } },
          endpoints: {
            crm: { url: receiver.url },
            dead: { url: `http://127.0.0.1:${deadPort}/hooks?token=hunter2` },
          },
          settings: { data_folder: data },
        }),
        encryptionKeys: keys.map(([id, key]) => {
          const made = testConfig({ accounts: {}, endpoints: {} }, key).encryptionKeys[0];
          if (!made) throw new Error("a configuration has a key");
          return { id, key: made.key };
        }),
      });
      const config = configOf([["k1", OLD_KEY]]);
      return {
        clinic,
        apiKey,
        config,
        folder,
        deadPort,
        start: async () => {
          const logger = createLogger("silent");
          const app = await startApp({ config, logger, redis: { socketPath: redis.socketPath } });
          await eventually(
            async () => (await app.status()).every(({ cursor }) => cursor?.phase === "live") || undefined,
          );
          return app;
        },
        withKeys: (...keys) => configOf(keys),
      };
    },
  );

interface Examined {
  readonly well: boolean;
  readonly findings: readonly Finding[];
  readonly of: (what: string) => Finding | undefined;
  readonly text: string;
}

async function examine(config: Config): Promise<Examined> {
  const lines: string[] = [];
  const well = await doctor(config, { json: true, paint: PLAIN }, (line) => void lines.push(line));
  const text = lines.join("\n");
  const { findings } = JSON.parse(text) as { findings: Finding[] };
  return { well, findings, text, of: (what) => findings.find((finding) => finding.what === what) };
}

interface StatusView {
  readonly well: boolean;
  readonly overview: Overview;
}

/** As the API has it, and as the exit code says. */
async function readStatus(config: Config): Promise<StatusView> {
  const lines: string[] = [];
  const well = await status(config, { json: true, paint: PLAIN }, (line) => void lines.push(line));
  return { well, overview: overviewSchema.parse(JSON.parse(lines.join("\n"))) };
}

test("of an installation that runs, everything is looked at, and only the dead receiver is to be mended", async ({
  installation,
}) => {
  await using _app = await installation.start();
  // The way to it fails at once; that it fails shows when something has been sent to it.
  await eventually(
    async () =>
      (await examine(installation.config)).of("endpoint dead")?.detail.startsWith("failing") || undefined,
  );
  const { well, findings, of, text } = await examine(installation.config);

  expect(well).toBe(false);
  expect(
    findings
      // What is published of the server that the tests find on this machine, and how quick the machine is, is not of the installation.
      .filter(({ verdict, what, detail }) => {
        return verdict !== "ok" && what !== "redis release" && !detail.endsWith("ms for one answer");
      })
      .map(({ verdict, what }) => [verdict, what]),
  ).toEqual([
    // A receiver that is restarted is back within ten minutes: until then nobody is needed.
    ["note", "endpoint dead"],
    ["FAIL", "way to dead"],
  ]);
  expect(of("way to dead")).toMatchObject({
    detail: `127.0.0.1:${installation.deadPort}: connect: 127.0.0.1: ECONNREFUSED`,
    remedy: "see docs/operations.md#connect",
  });
  for (const what of [
    "node",
    "configuration",
    "disk",
    "redis",
    "clock of redis",
    "redis memory",
    "encryption keys",
    "queue poll",
    "queue deliver",
    "account northside",
    "budget of northside",
    "northside/patients",
    "events of northside",
    "way to crm",
    "endpoint crm",
  ]) {
    expect([what, of(what)?.verdict]).toEqual([what, "ok"]);
  }
  expect(of("account northside")?.detail).toMatch(/knows the key: user \d+, reads 4 of 4 resources/);
  expect(of("encryption keys")?.detail).toMatch(
    /^\d{2,} records looked at open, all sealed with the first key/,
  );
  for (const secret of [installation.apiKey, SECRET, OLD_KEY, "hunter2"]) expect(text).not.toContain(secret);
});

test("it changes nothing but what asking Cliniko takes from the budget", async ({ installation }) => {
  const app = await installation.start();
  await app[Symbol.asyncDispose]();
  const redis = await connectRedis(
    { socketPath: join(installation.config.dataFolder, "redis.sock") },
    10_000,
  );
  // Line by line in order: Redis may put the fields of a hash in another one whenever it likes.
  const contents = async (): Promise<string[]> =>
    (await clearTextOf(redis, "cliniko-webhooks"))
      .split("\n")
      .filter((line) => !/^(empty_at|taken) /.test(line))
      .toSorted();
  // What lapses by itself, as the queues' marks of a running worker do, is not to lapse between the two looks.
  const lapsesIn = async (): Promise<number[]> =>
    await Promise.all((await redis.keys("*")).map(async (name) => await redis.pttl(name)));
  await expect.poll(async () => (await lapsesIn()).filter((ms) => ms >= 0 && ms < 600_000)).toEqual([]);
  const before = await contents();
  const { findings } = await examine(installation.config);
  await readStatus(installation.config);

  expect(await contents()).toEqual(before);
  expect(before.length).toBeGreaterThan(10);
  expect(findings.length).toBeGreaterThan(20);
  redis.disconnect();
});

test("without a service there is one thing to mend, and how", async ({ folder }) => {
  const config = testConfig({
    accounts: {},
    endpoints: {},
    settings: { data_folder: join(folder, "nowhere") },
  });
  const { well, of } = await examine(config);

  expect(well).toBe(false);
  expect(of("redis")).toMatchObject({
    verdict: "FAIL",
    detail: expect.stringContaining("start it first") as string,
  });
});

test("queues that nobody works on are named with the role that is missing, and are not while one does", async ({
  installation,
}) => {
  const app = await installation.start();
  const before = await readStatus(installation.config);
  expect(before.overview.verdict.issues.filter(({ code }) => code === "worker_missing")).toEqual([]);
  expect(before.well).toBe(true);
  await app[Symbol.asyncDispose]();

  await eventually(
    async () => (await examine(installation.config)).of("role poll")?.verdict === "FAIL" || undefined,
  );
  const { of } = await examine(installation.config);
  expect(of("role poll")?.remedy).toContain("role poll");
  expect(of("role dispatch")).toMatchObject({ verdict: "FAIL" });
  const { well, overview } = await readStatus(installation.config);
  expect(well).toBe(false);
  expect(overview.verdict).toMatchObject({ severity: "critical" });
  expect(overview.verdict.issues).toContainEqual(
    expect.objectContaining({ code: "worker_missing", severity: "critical", role: "dispatch" }),
  );
});

test("a key that Cliniko refuses fails the account, with what to do", async ({ installation }) => {
  await using _app = await installation.start();
  installation.clinic.revokeKey(installation.apiKey);
  const { of } = await examine(installation.config);

  expect(of("account northside")).toMatchObject({
    verdict: "FAIL",
    detail: expect.stringContaining("HTTP 401") as string,
  });
  expect(of("account northside")?.remedy).toContain("make a new one in Cliniko");
});

test("records that the configured key does not open are found, those of a former key named, and a rotation ends it", async ({
  installation,
}) => {
  const app = await installation.start();
  await app[Symbol.asyncDispose]();

  const lost = await examine(installation.withKeys(["k2", NEW_KEY]));
  expect(lost.of("encryption keys")).toMatchObject({ verdict: "FAIL" });
  expect(lost.of("encryption keys")?.detail).toContain('key "k1"');

  const both = installation.withKeys(["k2", NEW_KEY], ["k1", OLD_KEY]);
  expect((await examine(both)).of("encryption keys")).toMatchObject({
    verdict: "warn",
    remedy: expect.stringContaining("keys rotate") as string,
  });

  const [shown, printed]: [string[], string[]] = [[], []];
  const clean = await rotateEncryption(both, false, {
    signal: new AbortController().signal,
    print: (line) => void printed.push(line),
    progress: (line) => void shown.push(line),
  });
  expect(clean).toBe(true);
  expect(printed.at(-1)).toContain("the others can be taken out");
  expect(shown.some((line) => /^northside: \d+ looked at, \d+ sealed anew$/.test(line))).toBe(true);
  expect(shown.at(-1)).toBe("");
  const [rotated] = await withBase(both, async ({ audit }) => await audit.newest(1));
  expect(rotated).toMatchObject({ action: "encryption.rotate", target: "k2" });
  expect(rotated?.fields).toContain("northside");
  expect((await examine(both)).of("encryption keys")).toMatchObject({ verdict: "ok" });
});

test("status shows in one screen what is wrong, how far each resource is, and what waits", async ({
  installation,
}) => {
  await using _app = await installation.start();
  await eventually(
    async () =>
      (await readStatus(installation.config)).overview.verdict.issues.some(
        ({ endpoint }) => endpoint === "dead",
      ) || undefined,
  );
  // The first syncs do not end at the same time, and what tells of the last one is on its way for a moment.
  const { text, well } = await eventually(async () => {
    const lines: string[] = [];
    const wellNow = await status(
      installation.config,
      { json: false, paint: PLAIN },
      (line) => void lines.push(line),
    );
    const shown = lines.join("\n");
    return /^crm +healthy +0 +/m.test(shown) ? { text: shown, well: wellNow } : undefined;
  });

  expect(well).toBe(true);
  expect(text).toMatch(/^note +endpoint dead +failing since \d+ s \(connect\); \d+ wait/);
  expect(text).toMatch(/^northside +patients +live +20\S+Z \(\d+ s ago\)$/m);
  expect(text).toMatch(/^crm +healthy +0 +/m);
  expect(text).toMatch(/^dead +failing since \d+ s \(connect\) +[1-9]\d* +/m);
});
