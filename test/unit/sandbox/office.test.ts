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
