/*
 * What the dashboard's first page costs: the overview of a large installation, and the history behind its plots. See
 * bench/README.md.
 */
import { createKeptFacts } from "../src/admin/accounts/kept-facts.ts";
import { targetsOf } from "../src/config/config.ts";
import { promiseMsOf } from "../src/pollers/schedule/promise.ts";
import { SCORE_PER_MS } from "../src/queues/queue-facts.ts";
import { overviewFor, readInstallation } from "../src/admin/accounts/overview.ts";
import type { Base } from "../src/admin/base.ts";
import { toOverview } from "../src/ops/api/overview/overview-answer.ts";
import { RESOURCE_NAMES } from "../src/resources/registry.ts";
import { createReleaseStack } from "../src/shared/release-stack.ts";
import { INTERVALS_A_HASH } from "../src/store/history/history-layout.ts";
import { startHistoryRecorder } from "../src/store/history/history-recorder.ts";
import { createKeys } from "../src/store/redis/keys.ts";
import { type BenchRedis, startBenchRedis, usedMemory } from "./support/bench-redis.ts";
import { openBench, writeConfig } from "./support/delivery-setup.ts";
import { median, spread } from "./support/figures.ts";
import { printMachine } from "./support/machine.ts";

const ACCOUNTS = 1_000;
const ENDPOINTS = 200;
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 20);
const given = process.argv.slice(2);
/** `all`: every account reads everything. `reading`: the history is left out. */
const [readsAll, isReadingAlone] = [given.includes("all"), given.includes("reading")];
const SETTINGS = readsAll ? { account: { resources: "all" } } : {};
const KINDS = readsAll ? RESOURCE_NAMES.length : 4;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Of one endpoint, in each interval that is written: enough to meet most of its usual latencies. */
const ATTEMPTS = 60;

printMachine();
await using server = await startBenchRedis();
console.log(`${server.version}, ${ACCOUNTS} accounts × ${KINDS} resources, ${ENDPOINTS} endpoints`);
await using stack = createReleaseStack();
const names = Array.from({ length: ACCOUNTS }, (_, index) => `clinic-${index}`);
const ids = Array.from({ length: ENDPOINTS }, (_, index) => `endpoint-${index}`);
const written = writeConfig(
  names,
  Object.fromEntries(ids.map((id) => [id, { url: `http://127.0.0.1:9/${id}` }])),
  SETTINGS,
);
const base = await openBench(stack, written, server.socketPath);
if (!isReadingAlone) await fillHistory(server);
await fillState(base);
await measureOverview(base);
if (!isReadingAlone) await measureHistory(base);

/** Eight days of 200 busy endpoints: only what would still be kept stays. */
async function fillHistory({ redis }: BenchRedis): Promise<void> {
  const keys = createKeys("cliniko-webhooks");
  const before = await usedMemory(redis);
  const end = Date.now();
  const steps = [
    ...stepsOf(end - 192 * HOUR_MS, end - 26 * HOUR_MS, HOUR_MS),
    ...stepsOf(end - 26 * HOUR_MS, end - 2 * HOUR_MS, 10 * MINUTE_MS),
    ...stepsOf(end - 2 * HOUR_MS, end, MINUTE_MS),
  ];
  const writeMs: number[] = [];
  for (const at of steps) {
    const recorder = startHistoryRecorder({ redis, keys, now: () => at, onTrouble: console.error });
    for (const endpoint of ids) {
      for (let left = ATTEMPTS; left > 0; left -= 1) {
        const [account, owned] = ["clinic-0", false];
        recorder.attemptEnded({ endpoint, account, owned, delivered: left > 1, sinceHappenedMs: latency() });
      }
    }
    const startedAt = performance.now();
    await recorder[Symbol.asyncDispose]();
    writeMs.push(performance.now() - startedAt);
  }
  await removeOld(redis, end);
  const bytes = (await usedMemory(redis)) - before;
  console.log(
    `history of 8 days: ${kilobytes(bytes)} in all, ${await sizeOf(redis, "{endpoint:endpoint-0}")}`,
  );
  console.log(`all of it together: ${await sizeOf(redis, "{_service}")}`);
  console.log(`one write of all ${ENDPOINTS}: ${median(writeMs).toFixed(0)} ms`);
}

function stepsOf(from: number, until: number, stepMs: number): number[] {
  return Array.from({ length: Math.floor((until - from) / stepMs) }, (_, index) => from + index * stepMs);
}

/** Log-normal: median 11 s, and a long tail. */
function latency(): number {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return 11_000 * Math.exp(0.6 * normal);
}

/** What Redis would have let go by then: it is a bench's clock that went through these days. */
async function removeOld(redis: BenchRedis["redis"], now: number): Promise<void> {
  const keptMs = new Map([
    ["60", 2 * HOUR_MS],
    ["600", 26 * HOUR_MS],
    ["3600", 192 * HOUR_MS],
  ]);
  for (const key of await redis.keys("*:history:*")) {
    const [step = "", chunk = ""] = key.split(":").slice(-2);
    const endsAt = (Number(chunk) + 1) * INTERVALS_A_HASH * Number(step) * 1_000;
    if (endsAt + (keptMs.get(step) ?? 0) <= now) await redis.unlink(key);
  }
}

async function sizeOf(redis: BenchRedis["redis"], part: string): Promise<string> {
  const found = await redis.keys(`*${part}:history:*`);
  let bytes = 0;
  let fields = 0;
  const encodings = new Set<string>();
  for (const key of found) {
    bytes += (await redis.memory("USAGE", key, "SAMPLES", 0)) ?? 0;
    fields = Math.max(fields, await redis.hlen(key));
    encodings.add(String(await redis.object("ENCODING", key)));
  }
  return `${part} ${kilobytes(bytes)} in ${found.length} hashes of at most ${fields} fields (${[...encodings].join(", ")})`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_024).toFixed(0)} KiB`;
}

async function fillState({ config, keys, queues, redis }: Base): Promise<void> {
  const targets = targetsOf(config.accounts).map((target) => ({
    target,
    delayMs: Math.random() * promiseMsOf(config.polling, target.resource),
  }));
  await queues.ensurePolls(targets);
  const watermark = Math.floor(Date.now() / 1_000);
  for (const { name, resources } of config.accounts) {
    const pipeline = redis.pipeline();
    for (const resource of resources) {
      pipeline.hset(keys.cursor(name, resource), "phase", "live", "watermark", watermark);
    }
    const key = { state: "ok", since: 0, checkedAt: Date.now(), detail: "", keyHash: "0" };
    pipeline.hset(keys.connection(name), "key", JSON.stringify(key), "version", 1);
    await pipeline.exec();
  }
}

/** The polls that run within `withinMs`, in a service that keeps its promises: from now on they sleep for something else. */
async function runPolls({ config, now, queues, redis }: Base, withinMs: number): Promise<void> {
  const [queue] = queues.board;
  const ran = targetsOf(config.accounts).flatMap(({ account, resource }) => {
    const promiseMs = promiseMsOf(config.polling, resource);
    if (Math.random() * promiseMs > withinMs) return [];
    return [[(now() + Math.random() * promiseMs) * SCORE_PER_MS, `${account}.${resource}`] as const];
  });
  for (let from = 0; from < ran.length; from += 1_000) {
    await redis.zadd(queue?.toKey("delayed") ?? "", ...ran.slice(from, from + 1_000).flat());
  }
}

/** @param before what happens between two readings; it is not counted */
async function measureReading(what: string, opened: Base, before: () => Promise<unknown>): Promise<void> {
  const { redis } = opened;
  const [times, own, theirs, commands]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < ROUNDS + 2; round += 1) {
    await before();
    const [commandsBefore, cpuBefore, theirsBefore] = [
      await commandsOf(redis),
      process.cpuUsage(),
      await cpuMsOf(redis),
    ];
    const startedAt = performance.now();
    await readInstallation(opened);
    const took = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    // Until it runs fast.
    if (round < 2) continue;
    times.push(took);
    own.push((user + system) / 1_000);
    theirs.push((await cpuMsOf(redis)) - theirsBefore);
    commands.push((await commandsOf(redis)) - commandsBefore);
  }
  console.log(
    `${what}: ${spread(times, 1)} ms, ${median(commands).toFixed(0)} commands; processor: ${spread(own, 1)} ms of the service, ${spread(theirs, 1)} ms of Redis`,
  );
}

async function measureOverview(opened: Base): Promise<void> {
  const startedAt = opened.now();
  // All is well, however long the bench takes.
  const still = { ...opened, now: () => startedAt };
  await measureReading(
    "one reading, of which nothing is known",
    { ...still, keptFacts: createKeptFacts(() => Infinity) },
    async () => undefined,
  );
  for (const seconds of [15, 1]) {
    await measureReading(`one reading, ${seconds} s after another`, still, async () => {
      await runPolls(still, seconds * 1_000);
    });
  }

  const caller = { id: "bench", name: "bench", role: "viewer" } as const;
  const reading = await readInstallation(still);
  const shared: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = performance.now();
    const found = overviewFor(reading, opened, caller);
    JSON.stringify(toOverview(caller, found, opened.config.polling));
    shared.push(performance.now() - from);
  }
  console.log(`for each who shares it: ${spread(shared, 1)} ms`);
}

async function cpuMsOf(redis: Base["redis"]): Promise<number> {
  const info = await redis.info("cpu");
  const seconds = ["used_cpu_user", "used_cpu_sys"].map((name) =>
    Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1]),
  );
  return seconds.reduce((sum, part) => sum + part * 1_000, 0);
}

async function commandsOf(redis: Base["redis"]): Promise<number> {
  return Number(/^total_commands_processed:(\d+)/m.exec(await redis.info("stats"))?.[1]);
}

async function measureHistory({ history, now }: Base): Promise<void> {
  const everything = { detectedOf: [{}], deliveredOf: [{}] };
  /** The most that anybody can ask for: nobody but a subscriber with all of them does. */
  const addedUp = {
    detectedOf: names.map((account) => ({ account })),
    deliveredOf: ids.map((endpoint) => ({ endpoint })),
  };
  for (const [what, selection] of [
    ["everything", everything],
    [`${ENDPOINTS} endpoints and ${ACCOUNTS} accounts added up`, addedUp],
  ] as const) {
    for (const range of ["hour", "day", "week"] as const) {
      console.log(
        `a ${range} of ${what}: ${await timed(async () => await history.read(range, selection, now()))} ms`,
      );
    }
  }
  const page = ids.slice(0, 100);
  console.log(`a page of activity: ${await timed(async () => await history.hourly(page, now()))} ms`);
}

async function timed(read: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    await read();
    times.push(performance.now() - startedAt);
  }
  return spread(times, 1);
}
