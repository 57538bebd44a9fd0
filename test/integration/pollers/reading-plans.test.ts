import { describe, expect } from "vitest";

import { type ReadingPlan, readingPlans } from "../../../src/cliniko/reading-plan.ts";
import { type ResourceName, resources } from "../../../src/resources/registry.ts";
import { type Clinic, createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../../src/sandbox/http/clinic-server.ts";
import { seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";
import type { Unknowns } from "../../../src/sandbox/clinic/unknowns.ts";
import { test } from "../../support/redis-test.ts";
import { createScanBench } from "../../support/scan-bench.ts";

function clockedClinic(unknowns: Partial<Unknowns>): { clinic: Clinic; tick: (ms: number) => void } {
  let time = Date.parse("2026-11-23T10:00:00.200Z");
  const clinic = createClinic({ now: () => time, seed: 7, unknowns });
  clinic.setRateLimit(100_000);
  const tick = (ms: number): void => {
    time += ms;
  };
  return { clinic, tick };
}

function planOf(resource: ResourceName, name: string): ReadingPlan {
  const plan = readingPlans(resources[resource]).find((candidate) => candidate.name === name);
  if (!plan) throw new Error(`there is no plan ${name}`);
  return plan;
}

const REFUSING: [string, Partial<Unknowns>][] = [
  ["combined", {}],
  ["combined-by-created", { sortById: false, compareIds: false }],
  ["apart", { wildcardsCombine: false }],
  ["apart-by-created", { wildcardsCombine: false, sortById: false, compareIds: false }],
];

describe.each(REFUSING)("an account that is read by the plan %s", (name, unknowns) => {
  test("tells created, moved, cancelled and archived visits once each, over several pages", async ({
    redis,
    keys,
  }) => {
    const { clinic, tick } = clockedClinic(unknowns);
    const { appointmentIds } = seedClinic(clinic, { patients: 40, appointments: 230 });
    await using server = await startClinicServer(clinic);
    await using bench = createScanBench(redis, keys, server.url, clinic.addKey());
    const plan = planOf("individual_appointments", name);
    expect(await bench.scan({ plan })).toMatchObject({ kind: "completed", baseline: true, events: 0 });
    // Read by the best plan, nothing is missing: the other plan took over the same records.
    const known = await bench.store.loadSnapshots("northside", "individual_appointments", appointmentIds);
    expect(known.size).toBe(230);

    tick(300_000);
    const standing = clinic.desk
      .appointments()
      .filter((row) => row.cancelled_at === null && row.archived_at === null);
    const moved = standing.slice(0, 150).map(({ id }) => id);
    const [cancelled = "", archived = "", both = ""] = standing.slice(150, 153).map(({ id }) => id);
    clinic.desk.bulkMove(moved, 86_400_000);
    tick(1_000);
    clinic.desk.cancel(cancelled, { reason: 30 });
    clinic.desk.archive(archived);
    clinic.desk.cancel(both, { reason: 40 });
    clinic.desk.archive(both);
    expect(await bench.scan({ plan })).toMatchObject({ kind: "completed", events: 153 });
    tick(5_000);
    expect(await bench.scan({ plan })).toMatchObject({ kind: "completed", events: 0 });
    const types = new Map((await bench.events()).map(({ subject, type }) => [subject.id, type]));
    expect(types.get(cancelled)).toBe("appointment.cancelled");
    expect(types.get(archived)).toBe("appointment.archived");
    expect(types.get(both)).toBe("appointment.archived");
    expect(moved.every((id) => types.get(id) === "appointment.rescheduled")).toBe(true);
  });
});

test("by creation, more rows in one second than fit a page are read page by page", async ({
  redis,
  keys,
}) => {
  const { clinic, tick } = clockedClinic({ sortById: false, compareIds: false });
  const { appointmentIds } = seedClinic(clinic, { patients: 40, appointments: 250 });
  await using server = await startClinicServer(clinic);
  await using bench = createScanBench(redis, keys, server.url, clinic.addKey());
  const plan = planOf("individual_appointments", "combined-by-created");
  await bench.scan({ plan });
  tick(300_000);
  clinic.desk.bulkMove(appointmentIds, 86_400_000);
  tick(2_000);
  await bench.scan({ plan });
  expect(new Set((await bench.events()).map(({ subject }) => subject.id)).size).toBe(250);
});

describe.each([
  ["old-lists", {}],
  ["old-lists-by-created", { sortById: false, compareIds: false }],
] as const)("patients of an account that does not filter by archived_at, by the plan %s", (name, order) => {
  test("are told when they are archived and brought back", async ({ redis, keys }) => {
    const { clinic, tick } = clockedClinic({ patientsArchivedAtFilterable: false, ...order });
    const { patientIds } = seedClinic(clinic, { patients: 120, appointments: 5 });
    await using server = await startClinicServer(clinic);
    await using bench = createScanBench(redis, keys, server.url, clinic.addKey(), "patients");
    const plan = planOf("patients", name);
    expect(await bench.scan({ plan })).toMatchObject({ kind: "completed", baseline: true, events: 0 });
    const [id = ""] = patientIds.filter((one) =>
      clinic.desk.patients().some((row) => row.id === one && row.archived_at === null),
    );
    tick(300_000);
    clinic.desk.archivePatient(id);
    await bench.scan({ plan });
    tick(10_000);
    clinic.desk.unarchivePatient(id);
    await bench.scan({ plan });
    expect((await bench.events()).map(({ type }) => type)).toEqual([
      "patient.archived",
      "patient.unarchived",
    ]);
  });
});
