import { expect } from "vitest";

import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const HOUR_MS = 3_600_000;

test.for([true, false])(
  "an invoice that is paid, left as a credit or opened again is told within the hour, whether that moves its stamp: %s",
  async (paymentMovesInvoice, { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys, unknowns: { paymentMovesInvoice } });
    const { clinic } = bench;
    const desk = clinic.desk.of("invoices");
    const make = (): string => clinic.plant.record("invoices");
    const [paid, credited, reopened, idle] = [make(), make(), make(), make()];
    desk.perform(reopened, "pay");
    await bench.poll("invoices");
    bench.tick(HOUR_MS);
    await bench.poll("invoices");
    desk.perform(paid, "pay");
    desk.perform(credited, "credit");
    desk.perform(reopened, "reopen");
    const happenedAt = Math.floor(bench.now() / 1_000) * 1_000;

    for (let poll = 0; poll < 70; poll += 1) {
      bench.tick(60_000);
      await bench.poll("invoices");
    }
    const events = await bench.events();
    const told = events.map(({ type, subject }) => `${type} ${subject.id}`);
    for (const { observed, timestamp } of events) {
      expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(happenedAt);
      if (paymentMovesInvoice) expect(Date.parse(timestamp)).toBe(happenedAt);
      expect(Date.parse(observed.after)).toBeLessThan(happenedAt);
    }
    expect(told.toSorted()).toEqual(
      [`invoice.paid ${paid}`, `invoice.credited ${credited}`, `invoice.reopened ${reopened}`].toSorted(),
    );
    expect(told.join()).not.toContain(idle);
  },
);

test("what a merge moves is told when a list shows it late, and the duplicate is not asked for for ever", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, unknowns: { mergeMovesUpdatedAt: false } });
  const { desk, faults } = bench.clinic;
  const read = async (): Promise<void> => {
    await bench.poll("individual_appointments");
    await bench.poll("invoices");
  };
  const visits = desk.appointments();
  const [loser = "", survivor = ""] = desk
    .patients()
    .filter(({ archived_at }) => archived_at === null)
    .map(({ id }) => id)
    .toSorted((left, right) => countOf(right) - countOf(left));
  function countOf(patient: string): number {
    return visits.filter(({ patient_id }) => patient_id === patient).length;
  }
  const invoice = bench.clinic.plant.record("invoices");
  desk.of("invoices").change(invoice, { patient_id: loser });
  await bench.poll("patients");
  await read();
  bench.tick(400_000);
  await bench.poll("patients");
  await read();
  const before = (await bench.events()).length;
  desk.mergePatients(loser, survivor);
  bench.tick(2_000);
  await bench.poll("patients");
  faults.staleLists({ minMs: 30_000, maxMs: 30_000 });
  await read();
  bench.tick(20_000);
  await read();
  faults.heal();
  bench.tick(60_000);
  await read();
  const told = (await bench.events()).slice(before).map(({ type }) => type);
  expect(told.filter((type) => type === "appointment.updated")).toHaveLength(countOf(loser));
  expect(told.filter((type) => type === "invoice.updated")).toHaveLength(1);
  for (const resource of ["individual_appointments", "invoices"] as const)
    expect(await bench.reading.rereads("northside", resource)).toEqual([]);
});

test("a duplicate whose records stay is asked for no longer than a cache may be old", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, unknowns: { mergeMovesUpdatedAt: false } });
  const { desk, faults } = bench.clinic;
  const visits = desk.appointments();
  const [loser = "", survivor = ""] = desk
    .patients()
    .filter(({ archived_at, id }) => archived_at === null && visits.some((row) => row.patient_id === id))
    .map(({ id }) => id);
  await bench.poll("patients");
  await bench.poll();
  bench.tick(400_000);
  desk.mergePatients(loser, survivor);
  await bench.poll("patients");
  faults.staleLists({ minMs: 250_000, maxMs: 250_000 });
  await bench.poll();
  expect((await bench.reading.rereads("northside", "individual_appointments")).toSorted()).toEqual(
    [loser, survivor].toSorted(),
  );
  faults.heal();
  for (const { id, patient_id } of visits)
    if (patient_id === loser) desk.of("individual_appointments").scribble(id, { patient_id: loser }, false);
  bench.tick(901_000);
  await bench.poll();
  expect(await bench.reading.rereads("northside", "individual_appointments")).toEqual([]);
});
