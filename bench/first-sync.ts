/*
 * The first sync of a large clinic of which everything is read, then an edit of many of its appointments at once, beside clinics in
 * which nothing happens: requests, and minutes at the default share; the memory of the service; for how long nothing else had a turn;
 * how the others' polls fared; bytes in Redis of each record, by resource. The clinic's limit is 50 times as wide as Cliniko's, so
 * that nobody waits for it. See bench/README.md.
 */
import { setTimeout as delay } from "node:timers/promises";

import { RESOURCE_NAMES } from "../src/resources/registry.ts";
import { createClinic } from "../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../src/sandbox/http/clinic-server.ts";
import { seedClinic } from "../src/sandbox/staff/seed-clinic.ts";
import type { TableName } from "../src/sandbox/tables/tables.ts";
import { createKeys } from "../src/store/redis/keys.ts";
import type { ClinicsAnswer, ClinicsRequest } from "./support/clinics-process.ts";
import { startBenchRedis, usedMemory } from "./support/bench-redis.ts";
import { startChild } from "./support/child.ts";
import { writeConfig } from "./support/delivery-setup.ts";
import { printMachine } from "./support/machine.ts";
import type { ReceiverAnswer, ReceiverRequest } from "./support/receiver-process.ts";
import type { ServiceAnswer, ServiceRequest } from "./support/service-process.ts";

const RECORDS = Number(process.env["BENCH_RECORDS"] ?? 150_000);
/** A quarter of the 200 that Cliniko allows. */
const DEFAULT_PER_MINUTE = 50;
const WIDER = 50;
/** Edited at once, and each of it to be told. */
const EDITED = Math.min(5_000, Math.round(RECORDS / 30));
const HOUR_MS = 3_600_000;
/** What the others' polls are compared with. */
const QUIET_MS = 40_000;
const OTHERS = Array.from({ length: 10 }, (_, index) => `other-${index}`);
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
const { appointmentIds } = seedClinic(clinic, {
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
await using others = startChild<ClinicsRequest, ClinicsAnswer>("clinics-process");
await using receiver = startChild<ReceiverRequest, ReceiverAnswer>("receiver-process");
await using service = startChild<ServiceRequest, ServiceAnswer>("service-process");
const { port } = await others.ask({ kind: "listen" });
const { ports } = await receiver.ask({ kind: "listen" });
const before = await usedMemory(redis.redis);
const written = writeConfig(
  ["clinic", ...OTHERS],
  { crm: { url: `http://127.0.0.1:${ports?.healthy ?? 0}/crm`, events: ["appointment.rescheduled"] } },
  {
    account: (name) => ({
      api_key: { env: name === "clinic" ? "API_KEY" : `KEY_${name}` },
      base_url: name === "clinic" ? server.url : `http://127.0.0.1:${port}/${name}/v1`,
      resources: name === "clinic" ? "all" : ["individual_appointments", "patients"],
    }),
    file: { roles: ["poll", "dispatch"], polling: { requests_per_minute: 200 * WIDER } },
    env: {
      API_KEY: clinic.addKey(),
      ...Object.fromEntries(OTHERS.map((name, index) => [`KEY_${name}`, `MS4xLWJlbmNo${index}-au1`])),
    },
  },
);

/** What the service takes until `done`, and how long the others wait between two polls meanwhile. Resolves to seconds. */
async function watch(what: string, done: (look: ServiceAnswer) => boolean): Promise<number> {
  await others.ask({ kind: "reset" });
  const startedAt = performance.now();
  const first = await service.ask({ kind: "look" });
  let rssBytes = 0;
  let heldMs = 0;
  for (;;) {
    await delay(250);
    const look = await service.ask({ kind: "look" });
    rssBytes = Math.max(rssBytes, look.rssBytes);
    heldMs = Math.max(heldMs, look.heldMs);
    if (!done(look)) continue;
    const { report } = await others.ask({ kind: "report" });
    const cpuMs = look.cpuMs - first.cpuMs;
    const inSeconds = (ms = 0): string => (ms / 1_000).toFixed(1);
    const seconds = (performance.now() - startedAt) / 1_000;
    console.log(
      `${what}: ${seconds.toFixed(0)} s, at most ${(rssBytes / 1e6).toFixed(0)} MB, ${inSeconds(cpuMs)} s of processor, nothing else had a turn for ${heldMs.toFixed(0)} ms at most; others' polls ${inSeconds(report?.gapP50Ms)} s apart, p95 ${inSeconds(report?.gapP95Ms)}, at most ${inSeconds(report?.gapMaxMs)}`,
    );
    return seconds;
  }
}

// What the program's own loading takes is not the sync's.
await service.ask({ kind: "glance" });
await service.ask({ kind: "start", socketPath: redis.socketPath, written });
const seconds = await watch(
  "first sync",
  ({ live }) => Object.values(live).length > 0 && Object.values(live).every(Boolean),
);
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
console.log(`Redis: ${(((await usedMemory(redis.redis)) - before) / 1e6).toFixed(1)} MB\n`);
console.log(rows.join("\n"));

const quietUntil = performance.now() + QUIET_MS;
await watch("quiet", () => performance.now() > quietUntil);
await receiver.ask({ kind: "reset" });
let told = false;
const waitForAll = async (): Promise<void> => {
  await receiver.ask({ kind: "wait", count: EDITED });
  told = true;
};
const all = waitForAll();
clinic.desk.bulkMove(appointmentIds.slice(-EDITED), HOUR_MS);
await watch(`${EDITED.toLocaleString("en")} appointments moved at once, each told`, () => told);
await all;
const { report } = await receiver.ask({ kind: "report" });
console.log(`${report?.first.length ?? 0} callbacks, ${report?.repeated ?? 0} repeated`);
