/*
 * The first sync of a large clinic of which everything is read: requests, and minutes at the default share; the memory of the service;
 * bytes in Redis of each record, by resource. The clinic's limit is 50 times as wide as Cliniko's, so that nobody waits for it.
 * See bench/README.md.
 */
import { setTimeout as delay } from "node:timers/promises";

import { RESOURCE_NAMES } from "../src/resources/registry.ts";
import { createClinic } from "../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../src/sandbox/http/clinic-server.ts";
import { seedClinic } from "../src/sandbox/staff/seed-clinic.ts";
import type { TableName } from "../src/sandbox/tables/tables.ts";
import { createKeys } from "../src/store/redis/keys.ts";
import { startBenchRedis, usedMemory } from "./support/bench-redis.ts";
import { startChild } from "./support/child.ts";
import { writeConfig } from "./support/delivery-setup.ts";
import { printMachine } from "./support/machine.ts";
import type { ServiceAnswer, ServiceRequest } from "./support/service-process.ts";

const RECORDS = Number(process.env["BENCH_RECORDS"] ?? 150_000);
/** A quarter of the 200 that Cliniko allows. */
const DEFAULT_PER_MINUTE = 50;
const WIDER = 50;
/** Of a record without long texts. */
const GOAL_BYTES = 260;

/** How the records of a clinic are divided, in parts of the whole. */
const PARTS: readonly (readonly [TableName, number])[] = [
  ["communications", 0.2],
  ["treatment_notes", 0.14],
  ["invoices", 0.1],
  ["invoice_items", 0.12],
  ["patient_forms", 0.03],
  ["patient_attachments", 0.03],
  ["contacts", 0.01],
  ["stock_adjustments", 0.01],
  ["medical_alerts", 0.01],
];
const APPOINTMENTS = 0.2;
const PATIENTS = 0.1;

printMachine();
const clinic = createClinic({ now: Date.now, seed: 7 });
clinic.setRateLimit(100_000);
const count = (part: number): number => Math.round(RECORDS * part);
seedClinic(clinic, {
  practitioners: 6,
  patients: count(PATIENTS),
  appointments: count(APPOINTMENTS),
  groupAppointments: 200,
});
for (const [name, part] of PARTS) {
  for (let left = count(part); left > 0; left -= 1) clinic.plant.record(name);
}
await using server = await startClinicServer(clinic);
await using redis = await startBenchRedis();
await using service = startChild<ServiceRequest, ServiceAnswer>("service-process");
const before = await usedMemory(redis.redis);
const written = writeConfig(
  ["clinic"],
  {},
  {
    account: { base_url: server.url, resources: "all" },
    file: { roles: ["poll"], polling: { requests_per_minute: 200 * WIDER } },
    env: { API_KEY: clinic.addKey() },
  },
);
const startedAt = performance.now();
await service.ask({ kind: "start", socketPath: redis.socketPath, written });
let rssBytes = 0;
let heldMs = 0;
let cpuMs = 0;
for (;;) {
  await delay(250);
  const look = await service.ask({ kind: "look" });
  rssBytes = Math.max(rssBytes, look.rssBytes);
  // What the program's own loading held is not the sync's.
  if (cpuMs > 0) heldMs = Math.max(heldMs, look.heldMs);
  ({ cpuMs } = look);
  if (Object.values(look.live).length > 0 && Object.values(look.live).every(Boolean)) break;
}
const seconds = (performance.now() - startedAt) / 1_000;
const requests = clinic.traffic.total;
const keys = createKeys("cliniko-webhooks");
let known = 0;
const rows: string[] = [];
for (const resource of RESOURCE_NAMES) {
  const key = keys.snapshots("clinic", resource);
  const records = await redis.redis.hlen(key);
  known += records;
  if (records < 100) continue;
  const bytes = ((await redis.redis.memory("USAGE", key, "SAMPLES", "0")) ?? 0) / records;
  rows.push(
    `${resource.padEnd(28)} ${String(records).padStart(8)} ${bytes.toFixed(0).padStart(6)} B${bytes > GOAL_BYTES ? `  above ${GOAL_BYTES}` : ""}`,
  );
}
console.log(`${known.toLocaleString("en")} records of ${RESOURCE_NAMES.length} resources`);
console.log(
  `${requests.toLocaleString("en")} requests in ${seconds.toFixed(0)} s: ${(requests / DEFAULT_PER_MINUTE).toFixed(0)} minutes at the default share`,
);
console.log(
  `service: at most ${(rssBytes / 1e6).toFixed(0)} MB, ${(cpuMs / 1_000).toFixed(1)} s of processor, nothing else had a turn for ${heldMs.toFixed(0)} ms at most`,
);
console.log(`Redis: ${(((await usedMemory(redis.redis)) - before) / 1e6).toFixed(1)} MB\n`);
console.log(rows.join("\n"));
