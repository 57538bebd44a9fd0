import { expect } from "vitest";

import { createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../../src/sandbox/http/clinic-server.ts";
import { seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";
import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/poll-test.ts";

type Other = ReturnType<typeof createClinic>;

/** Another clinic at the same hour, with changes that a scan would show. */
function createOther(
  bench: PollBench,
  options: { seed?: number; name?: string; integerIds?: boolean } = {},
): Other {
  const { seed = 99, name = "Southside Practice", integerIds = false } = options;
  const other = createClinic({ now: bench.now, seed, name, unknowns: { integerIds } });
  other.setRateLimit(1_000_000);
  seedClinic(other, { seed, patients: 40, appointments: 60 });
  return other;
}

function change(clinic: Other, name = "Ada"): void {
  for (const { id } of clinic.desk
    .patients()
    .filter((row) => row.archived_at === null)
    .slice(0, 5)) {
    clinic.desk.renamePatient(id, name, `Quill ${id.slice(-4)}`);
  }
}

async function isHeld(bench: PollBench): Promise<boolean> {
  const { problems } = await bench.keeper.read("northside");
  return [...problems.values()].some(({ cause, quarantined }) => quarantined && cause === "another_clinic");
}

function told(bench: PollBench): string[] {
  const seen = bench.notices.map(({ transition }) => transition);
  return [...new Set(seen)].filter((transition) => transition !== "baseline_completed");
}

async function readOnce(bench: PollBench): Promise<void> {
  await bench.poll("patients");
  await bench.poll("individual_appointments");
}

test("a key or an address of another clinic is quarantined before anything of it is told, and heals when it is corrected", async ({
  redis,
  keys,
}) => {
  for (const name of ["Southside Practice", "Northside Practice"]) {
    for (const integerIds of [false, true]) {
      await redis.flushdb();
      await using bench = await createPollBench({ redis, keys, unknowns: { integerIds } });
      await readOnce(bench);
      const other = createOther(bench, { name, integerIds });
      await using server = await startClinicServer(other);
      bench.tick(30_000);
      change(other);
      const right = { key: bench.clinic.addKey(), baseUrl: bench.baseUrl };
      bench.restart({ key: other.addKey(), baseUrl: server.url });
      await readOnce(bench);
      expect(await isHeld(bench)).toBe(true);
      expect(told(bench)).toEqual(["degraded"]);
      // Nothing more is asked of it.
      const asked = other.traffic.total;
      for (let poll = 0; poll < 5; poll += 1) {
        bench.tick(60_000);
        await readOnce(bench);
      }
      expect(other.traffic.total).toBe(asked);
      expect(await bench.events()).toEqual([]);

      change(bench.clinic);
      bench.restart(right);
      await readOnce(bench);
      expect(await isHeld(bench)).toBe(false);
      expect(told(bench)).toEqual(["degraded", "recovered"]);
      expect((await bench.events()).length).toBeGreaterThanOrEqual(5);
    }
  }
});

test("the same key and address that begin to serve another clinic tell nothing of it", async ({ bench }) => {
  await readOnce(bench);
  bench.tick(30_000);
  change(bench.clinic);
  await readOnce(bench);
  const events = (await bench.events()).length;
  expect(events).toBeGreaterThanOrEqual(5);
  bench.tick(30_000);

  const other = createOther(bench);
  change(other);
  bench.clinic.answerAs(other);
  await readOnce(bench);
  expect(await isHeld(bench)).toBe(true);
  expect(await bench.events()).toHaveLength(events);

  bench.clinic.answerAs(undefined);
  change(bench.clinic, "Bea");
  bench.restart();
  await readOnce(bench);
  expect(await isHeld(bench)).toBe(false);
  expect((await bench.events()).length).toBeGreaterThan(events);
});

test("another user's key, a moved account and a clinic without records are the same clinic", async ({
  bench,
  redis,
  keys,
}) => {
  await readOnce(bench);
  const before = bench.scans.length;
  const user = bench.clinic.plant.user();
  bench.restart({ key: bench.clinic.addKey(user) });
  await readOnce(bench);
  bench.clinic.faults.restrict("settings", "forbidden");
  bench.clinic.faults.restrict("settings/public", "forbidden");
  bench.restart({ key: bench.clinic.addKey(bench.clinic.plant.user()) });
  await readOnce(bench);
  bench.clinic.faults.heal();
  await using elsewhere = await startClinicServer(bench.clinic);
  bench.restart({ baseUrl: elsewhere.url });
  await readOnce(bench);
  expect(told(bench)).toEqual([]);
  expect(bench.scans.slice(before).every(({ kind }) => kind === "completed")).toBe(true);

  await redis.flushdb();
  await using empty = await createPollBench({ redis, keys, seed: { patients: 0, appointments: 0 } });
  await readOnce(empty);
  empty.restart({ key: empty.clinic.addKey(empty.clinic.plant.user()) });
  await readOnce(empty);
  expect(told(empty)).toEqual([]);
});

test("an operator who says that it is the same clinic is believed, once", async ({ bench }) => {
  await readOnce(bench);
  const other = createOther(bench);
  await using server = await startClinicServer(other);
  bench.restart({ key: other.addKey(), baseUrl: server.url });
  await readOnce(bench);
  expect(await isHeld(bench)).toBe(true);
  const say = async (adopted: boolean): Promise<void> => {
    await bench.keeper.update("northside", ({ owner }) => ({
      change: { owner: { keyHash: "", ...owner, asked: true, adopted } },
    }));
  };
  await say(false);
  await readOnce(bench);
  expect(await isHeld(bench)).toBe(true);
  await say(true);
  await readOnce(bench);
  expect(await isHeld(bench)).toBe(false);
  expect(told(bench)).toEqual(["degraded", "recovered"]);
});

test("a fault while it is found out is no verdict", async ({ bench }) => {
  await readOnce(bench);
  bench.clinic.faults.failNext({ kind: "status", status: 503 }, { count: 2 });
  bench.restart({ key: bench.clinic.addKey() });
  await bench.poll("patients");
  expect(await isHeld(bench)).toBe(false);
  bench.tick(10_000);
  await readOnce(bench);
  expect(bench.scans.at(-1)).toMatchObject({ kind: "completed" });
  expect(told(bench)).toEqual([]);
});

test("polls that come while it is found out whose account it is sleep, and are woken when it is known", async ({
  bench,
}) => {
  await readOnce(bench);
  bench.tick(30_000);
  bench.restart();
  const before = bench.woken.length;
  const first = bench.poll("patients");
  const nextAt = (await bench.poll("individual_appointments")) ?? 0;
  await first;
  expect(nextAt - bench.now()).toBeGreaterThan(1_000);
  expect(bench.woken.slice(before)).toEqual(["individual_appointments"]);

  // Where it stays unknown nobody is woken: each looks again, and one of them asks.
  bench.restart();
  bench.clinic.faults.failRandomly({ kind: "status", status: 503 }, 1);
  const again = bench.poll("patients");
  await bench.poll("individual_appointments");
  await again;
  expect(bench.woken).toHaveLength(before + 1);
});
