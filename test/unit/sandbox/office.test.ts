import { expect, test } from "vitest";

import { createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { fillCabinets } from "../../../src/sandbox/staff/office-acts.ts";
import { createReceptionist } from "../../../src/sandbox/staff/receptionist.ts";
import { seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";

const CABINETS = [
  "billable_items",
  "communications",
  "invoice_items",
  "products",
  "stock_adjustments",
] as const;

test("a day in the office brings about what its cabinets are for", () => {
  let now = Date.parse("2026-11-23T00:00:00Z");
  const clinic = createClinic({ now: () => now, seed: 3 });
  seedClinic(clinic, { patients: 20, appointments: 0, groupAppointments: 0 });
  fillCabinets(clinic, CABINETS);
  const visits = Object.fromEntries(
    ["bookVisit", "bookCourse", "registerNewcomer", "correctDetails", "mergeDuplicates"].map((kind) => [
      kind,
      0,
    ]),
  );
  const lines = new Set<string>();
  const receptionist = createReceptionist({
    clinic,
    seed: 5,
    cabinets: CABINETS,
    weights: visits,
    onAct: ({ line }) => void lines.add(line.replaceAll(/\d+|….*/g, "")),
  });
  for (let step = 0; step < 600; step += 1) {
    now += 60_000;
    receptionist.step();
  }
  const told = clinic.ledger.entries
    .filter(({ baseline, noise }) => !baseline && !noise)
    .flatMap(({ resource, facts }) => facts.map((fact) => `${resource} ${fact}`));
  expect([...new Set(told)]).toEqual(
    expect.arrayContaining([
      "communications sent",
      "communications received",
      "communications created",
      "stock_adjustments created",
      "products out_of_stock",
      "products back_in_stock",
      "invoice_items archived",
      "invoice_items created",
      "billable_items price_changed",
    ]),
  );
  // To everybody at once.
  expect([...lines].filter((line) => line.includes("bulk e-mail"))).not.toEqual([]);
});

test("what has no stamp is left alone for a quarter of an hour, and what has one is not", () => {
  let now = Date.parse("2026-11-23T00:00:00Z");
  const clinic = createClinic({ now: () => now, seed: 3 });
  seedClinic(clinic, { patients: 20, appointments: 0, groupAppointments: 0 });
  const cabinets = ["settings", "billable_items"] as const;
  fillCabinets(clinic, ["billable_items"]);
  const receptionist = createReceptionist({ clinic, seed: 5, cabinets, minGapMs: 12_000 });
  const gapsMs: Record<(typeof cabinets)[number], number[]> = { settings: [], billable_items: [] };
  const lastAt = new Map<string, number>();
  for (let minute = 0; minute < 600; minute += 1) {
    now += 60_000;
    const before = clinic.ledger.entries.length;
    receptionist.step();
    for (const { id, resource } of clinic.ledger.entries.slice(before)) {
      const known = lastAt.get(id);
      for (const name of cabinets)
        if (resource === name && known !== undefined) gapsMs[name].push(now - known);
      lastAt.set(id, now);
    }
  }
  expect(Math.min(...gapsMs.settings)).toBeGreaterThanOrEqual(900_000);
  expect(gapsMs.settings.length).toBeGreaterThan(3);
  expect(Math.min(...gapsMs.billable_items)).toBeLessThan(900_000);
});

test("whose key is in use is never made inactive, and others are", () => {
  let now = Date.parse("2026-11-23T00:00:00Z");
  const clinic = createClinic({ now: () => now, seed: 3 });
  seedClinic(clinic, { patients: 20, appointments: 0, groupAppointments: 0 });
  fillCabinets(clinic, ["users"]);
  const receptionist = createReceptionist({ clinic, seed: 5, cabinets: ["users"] });
  for (let minute = 0; minute < 600; minute += 1) {
    now += 60_000;
    receptionist.step();
  }
  const left = clinic.ledger.entries.filter(({ facts }) => facts.includes("deactivated")).map(({ id }) => id);
  expect(left.length).toBeGreaterThan(10);
  expect(left).not.toContain(clinic.ownerId);
});
