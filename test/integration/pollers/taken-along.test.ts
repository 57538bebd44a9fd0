import { expect } from "vitest";

import type { ResourceName } from "../../../src/resources/registry.ts";
import type { Row, TableName } from "../../../src/sandbox/tables/tables.ts";
import { type PollBench, type PollBenchOptions, createPollBench } from "../../support/poll-bench.ts";
import { disposedAfter, test as base } from "../../support/redis-test.ts";

const test = base.extend("bench", async ({ redis, keys }, { onCleanup }) =>
  disposedAfter(onCleanup, await open({ redis, keys })),
);

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const SEED = { patients: 8, appointments: 0, groupAppointments: 0 };

async function open(given: Pick<PollBenchOptions, "redis" | "keys">): Promise<PollBench> {
  return await createPollBench({ ...given, seed: SEED });
}

function plant<Name extends TableName>(
  { clinic }: PollBench,
  name: Name,
  count: number,
  row: Partial<Row<Name>> = {},
): string[] {
  return Array.from({ length: count }, () => clinic.plant.record(name, row));
}

async function read(
  bench: PollBench,
  names: readonly ResourceName[],
  polls: number,
  everyMs = 61_000,
): Promise<void> {
  for (let poll = 0; poll < polls; poll += 1) {
    for (const name of names) await bench.poll(name);
    bench.tick(everyMs);
  }
}

async function deletedOf(bench: PollBench, subject: string): Promise<string[]> {
  return (await bench.events())
    .filter(({ type }) => type === `${subject}.deleted`)
    .map(({ subject: { id } }) => id)
    .toSorted();
}

async function isHeld({ keeper }: PollBench): Promise<boolean> {
  return [...(await keeper.read("northside")).problems.values()].some(({ quarantined }) => quarantined);
}

test.for([
  ["the patient is read first", ["patients", "medical_alerts"]],
  ["the alerts are read first", ["medical_alerts", "patients"]],
] as const)(
  "a patient who is deleted for good takes all alerts along, when %s",
  async ([, names], { bench }) => {
    const { desk } = bench.clinic;
    const [patient = ""] = bench.seeded.patientIds;
    const alerts = plant(bench, "medical_alerts", 4, { patient_id: patient });
    await read(bench, names, 2, DAY_MS);
    if (desk.patients().some(({ archived_at, id }) => id === patient && archived_at === null))
      desk.archivePatient(patient);
    desk.deletePatientForGood(patient);
    bench.tick(HOUR_MS);
    await read(bench, names, 14);
    await read(bench, names, 3, HOUR_MS);
    expect(await isHeld(bench)).toBe(false);
    expect(await deletedOf(bench, "patient")).toEqual([patient]);
    expect(await deletedOf(bench, "medical_alert")).toEqual(alerts.toSorted());
  },
);

test("one with more notes than are believed to be gone at once takes them along", async ({ bench }) => {
  const { desk } = bench.clinic;
  const [patient = "", other = ""] = bench.seeded.patientIds;
  const notes = plant(bench, "treatment_notes", 27, { patient_id: patient });
  plant(bench, "treatment_notes", 30, { patient_id: other });
  const names = ["treatment_notes", "patients"] as const;
  await read(bench, names, 2, DAY_MS);
  if (desk.patients().some(({ archived_at, id }) => id === patient && archived_at === null))
    desk.archivePatient(patient);
  desk.deletePatientForGood(patient);
  bench.tick(HOUR_MS);
  await read(bench, names, 24);
  expect(await isHeld(bench)).toBe(false);
  expect(await deletedOf(bench, "treatment_note")).toEqual(notes.toSorted());
});

test("as many notes that are not shown, of a patient who is there, hold the account", async ({ bench }) => {
  const [patient = "", other = ""] = bench.seeded.patientIds;
  const notes = plant(bench, "treatment_notes", 27, { patient_id: patient });
  plant(bench, "treatment_notes", 30, { patient_id: other });
  const names = ["treatment_notes", "patients"] as const;
  await read(bench, names, 2, DAY_MS);
  bench.clinic.faults.restrict("treatment_notes", { hiddenIds: notes });
  bench.tick(HOUR_MS);
  await read(bench, names, 24);
  expect(await isHeld(bench)).toBe(true);
  expect(await deletedOf(bench, "treatment_note")).toEqual([]);
});

test("of four alerts two are believed to be gone within a day, and a third holds the account", async ({
  bench,
}) => {
  const alerts = bench.seeded.patientIds
    .slice(0, 4)
    .flatMap((patient) => plant(bench, "medical_alerts", 1, { patient_id: patient }));
  const names = ["medical_alerts", "patients"] as const;
  await read(bench, names, 2, DAY_MS);
  for (const [count, id] of alerts.slice(0, 3).entries()) {
    bench.clinic.desk.of("medical_alerts").remove(id);
    bench.tick(HOUR_MS);
    await read(bench, names, 6);
    expect([count, await isHeld(bench)]).toEqual([count, count === 2]);
  }
  expect(await deletedOf(bench, "medical_alert")).toEqual(alerts.slice(0, 2).toSorted());
});

test("of three taxes, which go no other way, two may", async ({ bench }) => {
  const taxes = plant(bench, "taxes", 3);
  await read(bench, ["taxes"], 2, DAY_MS);
  for (const id of taxes.slice(0, 2)) bench.clinic.desk.of("taxes").remove(id);
  await read(bench, ["taxes"], 4);
  expect(await isHeld(bench)).toBe(false);
  expect(await deletedOf(bench, "tax")).toEqual(taxes.slice(0, 2).toSorted());
});

test("lines that vanish from invoices as others take their place are told, however many, and lines that just vanish hold the account", async ({
  bench,
}) => {
  const { clinic } = bench;
  const desk = clinic.desk.of("invoice_items");
  const invoices = plant(bench, "invoices", 12);
  const lines = invoices.map((invoice) => plant(bench, "invoice_items", 3, { invoice_id: invoice }));
  await read(bench, ["invoice_items"], 2, DAY_MS);
  for (const former of lines.slice(0, 9))
    for (const id of former) {
      const row = desk.rows().find((known) => known.id === id);
      desk.remove(id);
      const { id: _id, ...rest } = row ?? { id };
      desk.create(rest);
    }
  bench.tick(HOUR_MS);
  await read(bench, ["invoice_items"], 30);
  await read(bench, ["invoice_items"], 4, HOUR_MS);
  expect(await isHeld(bench)).toBe(false);
  expect(await deletedOf(bench, "invoice_item")).toEqual(lines.slice(0, 9).flat().toSorted());

  // The last two of each: what is left on an invoice was there before them, and stands in nobody's place.
  for (const invoice of invoices)
    for (const { id } of desk
      .rows()
      .filter(({ invoice_id }) => invoice_id === invoice)
      .slice(1))
      desk.remove(id);
  bench.tick(DAY_MS);
  await read(bench, ["invoice_items"], 4, HOUR_MS);
  expect(await isHeld(bench)).toBe(true);
});
