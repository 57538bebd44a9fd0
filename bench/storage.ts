/**
 * Bytes in Redis for each appointment that is remembered: 100,000 of them, encrypted, committed through the real store.
 * Goal: at most 260 (their raw JSON: about 1,700).
 */
import { randomBytes } from "node:crypto";

import { type Snapshot, adopt } from "../src/diff/adopt.ts";
import { createAccountStore } from "../src/store/detection/account-store.ts";
import { createKeys } from "../src/store/redis/keys.ts";
import { createLeases } from "../src/store/detection/lease.ts";
import { resources } from "../src/resources/registry.ts";
import { NOW, inventAppointments } from "./support/appointments.ts";
import { createBenchKeyring } from "./support/bench-keyring.ts";
import { startBenchRedis, usedMemory } from "./support/bench-redis.ts";

const COUNT = Number(process.env["BENCH_RECORDS"] ?? 100_000);
const PAGE_SIZE = 100;
const GOAL_BYTES = 260;
const RESOURCE = "individual_appointments";

await using server = await startBenchRedis();
const { redis } = server;
const keys = createKeys("bench");
const keyring = await createBenchKeyring();
const store = createAccountStore(redis, keys, keyring);
const lease = await createLeases(redis, keys, 3_600_000).acquire("northside", RESOURCE);
if (!lease) throw new Error("the lease is free");
const context = {
  account: "northside",
  resource: RESOURCE,
  projection: resources[RESOURCE],
  identityKey: randomBytes(32),
  baselineStartedAt: NOW,
};

const before = await usedMemory(redis);
const startedMs = performance.now();
let page = new Map<string, Snapshot>();
let rawBytes = 0;
let valueBytes = 0;
const flush = async (): Promise<void> => {
  const outcome = await store.commit(lease, { snapshots: page, events: [], cursor: undefined });
  if (outcome !== "committed") throw new Error(`the commit was ${outcome}`);
  page = new Map();
};
for (const record of inventAppointments(COUNT)) {
  const id = String(record["id"]);
  const updatedAt = Date.parse(String(record["updated_at"])) / 1_000;
  const observation = { id, record, createdAt: updatedAt, updatedAt, unchangedUntil: NOW, readAt: NOW };
  const adoption = adopt(context, undefined, observation);
  if (adoption.kind !== "adopted") throw new Error(`a new record is ${adoption.kind}`);
  rawBytes += Buffer.byteLength(JSON.stringify(record));
  valueBytes += Buffer.byteLength(JSON.stringify(adoption.snapshot.values()));
  page.set(id, adoption.snapshot);
  if (page.size === PAGE_SIZE) await flush();
}
await flush();
const seconds = (performance.now() - startedMs) / 1_000;
const stored = await redis.hlen(keys.snapshots("northside", RESOURCE));
const used = (await usedMemory(redis)) - before;
const sealed = await redis.hvalsBuffer(keys.snapshots("northside", RESOURCE));
const sealedBytes = sealed.reduce((sum, bytes) => sum + bytes.length, 0) / stored;

const each = used / stored;
const digits = { maximumFractionDigits: 1 };
console.log(`${server.version}, ${stored.toLocaleString("en")} appointments in ${seconds.toFixed(1)} s`);
console.log(`raw JSON as served:       ${(rawBytes / stored).toLocaleString("en", digits)} B each`);
console.log(`watched fields as JSON:   ${(valueBytes / stored).toLocaleString("en", digits)} B each`);
console.log(`sealed snapshot:          ${sealedBytes.toLocaleString("en", digits)} B each`);
console.log(`in Redis (used_memory):   ${each.toLocaleString("en", digits)} B each, goal ${GOAL_BYTES}`);
console.log(each <= GOAL_BYTES ? "goal met" : "goal missed");
if (each > GOAL_BYTES) process.exitCode = 1;
