/**
 * What it costs to prove that nothing has vanished: requests of the hourly count over 50,000 records, with nothing
 * missing, and with some records gone from every list. Over real HTTP and a real Redis: node scripts/bench.mjs sweep
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createKeys } from "../src/store/redis/keys.ts";
import { findRedisProgram, startPrivateRedis } from "../src/store/redis/private-redis.ts";
import { connectRedis } from "../src/store/redis/redis.ts";
import { createPollBench } from "../test/support/poll-bench.ts";
import { printMachine } from "./support/machine.ts";

const RECORDS = 50_000;
const HOUR_MS = 3_600_000;

const program = findRedisProgram(process.env["PATH"]);
if (!program) throw new Error("no redis-server or valkey-server: npm test installs one");
const folder = await mkdtemp(join(tmpdir(), "cw-bench-"));
const server = await startPrivateRedis(folder, program);
const redis = await connectRedis({ socketPath: server.socketPath }, 10_000);
const bench = await createPollBench({
  redis,
  keys: createKeys("bench"),
  seed: { patients: 20, appointments: 5 },
  reconcile: { nearMs: Number.MAX_SAFE_INTEGER, walkMs: Number.MAX_SAFE_INTEGER },
});
for (let record = 0; record < RECORDS - 20; record++)
  bench.clinic.plant.patient({ first_name: `Patient ${record}` });
await bench.poll("patients");
bench.tick(HOUR_MS);
await bench.poll("patients");

printMachine();
console.log(`${RECORDS} patients; the scan's own request left out`);
const ids = bench.clinic.desk.patients().map(({ id }) => id);
for (const missing of [0, 1, 10]) {
  const step = Math.floor(ids.length / (missing + 1));
  for (let index = 1; index <= missing; index++) {
    const id = ids[index * step + missing] ?? "";
    bench.clinic.desk.archivePatient(id);
    bench.clinic.desk.deletePatientForGood(id);
  }
  bench.tick(HOUR_MS);
  const before = bench.requests();
  await bench.poll("patients");
  const spent = bench.requests() - before - 1;
  const suspects = (await bench.reading.suspects("northside", "patients")).size;
  console.log(
    `hidden deletions ${missing}: ${spent} requests to find ${suspects} (a full read: ${RECORDS / 100})`,
  );
  for (let poll = 0; poll < 6; poll++) {
    bench.tick(61_000);
    await bench.poll("patients");
  }
}
const told = (await bench.events()).filter(({ type }) => type === "patient.deleted").length;
console.log(`patient.deleted told: ${told}`);
await bench[Symbol.asyncDispose]();
redis.disconnect();
await server[Symbol.asyncDispose]();
await rm(folder, { recursive: true, force: true });
