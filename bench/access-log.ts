/*
 * The access log of a working day: how many lines it has, what they take, and whether it shows when somebody who can write to Redis
 * changes it. Exit code 1 when a change goes unseen. See bench/README.md.
 */
import { setTimeout as delay } from "node:timers/promises";

import {
  type AccessFault,
  type AccessMark,
  readAccess,
  verifyAccess,
} from "../src/admin/access/verify-access.ts";
import { OPS_TOKEN } from "../test/support/api-harness.ts";
import { startClinicDay } from "../test/support/clinic-day.ts";
import { startBenchRedis } from "./support/bench-redis.ts";
import { printMachine } from "./support/machine.ts";

/** As in the latency bench: a clinic's edits on an average day. */
const EDITS = Number(process.env["BENCH_EDITS"] ?? 145);
/** Records that people look at on the dashboard. */
const LOOKED_AT = 200;
/** A program that reads the feed once a minute, from 8 to 18. */
const FEED_READS = 600;
const TRIALS = 200;
const ACCOUNT = "northside";

printMachine();
await using server = await startBenchRedis();
const { redis } = server;
await using day = await startClinicDay({ address: { socketPath: server.socketPath }, prefix: "bench" });
const { base, clinic, seeded } = day;
const visits = seeded.appointmentIds;
for (let edit = 0; edit < EDITS; edit += 1) {
  clinic.desk.editNote(visits[edit % visits.length] ?? "", `edit ${edit}`);
  // Two edits of one record in one reading are one event.
  if ((edit + 1) % visits.length === 0) await day.settled();
}
await day.settled();
for (let look = 0; look < LOOKED_AT; look += 1)
  await ask(`/v1/accounts/${ACCOUNT}/records/patient/${seeded.patientIds[look % seeded.patientIds.length]}`);
let after = "";
for (let read = 0; read < FEED_READS; read += 1) {
  const { next } = await ask(`/v1/feed?limit=10${after}`);
  after = `&after=${String(next)}`;
}
// The last deliveries, and what a log line waits for others.
await delay(5_000);
const head = await base.accessLog.readHead();
const before = await verifyAccess(base);
console.log(
  `${EDITS} edits to 6 endpoints (5 of them bad), ${LOOKED_AT} records looked at, ${FEED_READS} readings of the feed`,
);
let named = 0;
for await (const { subjects } of readAccess(base)) named += subjects.length;
console.log(
  `${head.lines} lines, naming ${named} records, in ${head.batches} batches, ${head.bytes} B sealed: ${(head.bytes / Math.max(1, head.lines)).toFixed(0)} B a line; faults: ${before.faults.length}`,
);

const key = base.keys.accessLog;
const whole = await redis.hgetallBuffer(key);
const mark: AccessMark = { lines: head.lines, hash: head.hash };
const pick = (count: number): number => Math.floor(Math.random() * count);
const batches = Object.keys(whole).filter((name) => name !== "head");
const any = (): string => batches[pick(batches.length)] ?? "0";
const changes: Readonly<Record<string, () => Promise<unknown>>> = {
  "a bit of a batch": async () => await flip(any()),
  "a bit of the head": async () => await flip("head"),
  "a batch left out": async () => await redis.hdel(key, any()),
  "one put in another's place": async () => {
    const [from, to] = [any(), any()];
    await redis.hset(key, to, whole[from === to ? "head" : from] ?? "");
  },
  "one put behind the end": async () => await redis.hset(key, String(head.batches), whole[any()] ?? ""),
  "the last ones cut off": async () => await redis.hdel(key, ...lastOnes()),
  "the head gone": async () => await redis.hdel(key, "head"),
  "all of it gone, against the head that was kept": async () => await redis.del(key),
};
let unseen = 0;
for (const [what, change] of Object.entries(changes)) {
  let found = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    await change();
    const { faults }: { readonly faults: readonly AccessFault[] } = await verifyAccess(
      base,
      what.includes("kept") ? mark : undefined,
    );
    if (faults.length > 0) found += 1;
    await redis.del(key);
    await redis.hset(key, whole);
  }
  unseen += TRIALS - found;
  console.log(`  ${what.padEnd(48)} found ${found} of ${TRIALS}`);
}
process.exitCode = unseen === 0 && before.faults.length === 0 ? 0 : 1;

async function flip(name: string): Promise<void> {
  const bytes = Buffer.from(whole[name] ?? "");
  const at = pick(bytes.length);
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << pick(8)), at);
  await redis.hset(key, name, bytes);
}

function lastOnes(): [string, ...string[]] {
  const last = head.batches - 1;
  return [String(last), ...Array.from({ length: pick(3) }, (_, back) => String(last - 1 - back))];
}

async function ask(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${day.app.opsUrl ?? ""}${path}`, {
    headers: { authorization: `Bearer ${OPS_TOKEN}` },
  });
  if (response.status === 429) {
    await delay(1_000 * Number(response.headers.get("retry-after")));
    return await ask(path);
  }
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}
