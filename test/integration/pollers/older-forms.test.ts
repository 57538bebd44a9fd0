import { expect } from "vitest";

import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const SEED = { patients: 3, appointments: 0, groupAppointments: 0 };

test.for([true, false])(
  "a case is closed and opened again where closed_at is served: %s",
  async (closedAtServed, { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys, seed: SEED, unknowns: { closedAtServed } });
    const { clinic } = bench;
    const desk = clinic.desk.of("patient_cases");
    const [first, second] = [clinic.plant.record("patient_cases"), clinic.plant.record("patient_cases")];
    const read = async (): Promise<void> => {
      bench.tick(5_000);
      await bench.poll("patient_cases");
    };
    await read();
    bench.tick(300_000);
    const changedAt = Math.floor(bench.now() / 1_000) * 1_000;
    desk.perform(first, "close");
    await read();
    desk.change(second, { notes: "Left knee, again" });
    await read();
    desk.perform(first, "reopen");
    await read();
    const events = await bench.events();
    expect(events.map(({ subject, type, data }) => [subject.id, type, data.changed])).toEqual([
      [first, "patient_case.closed", [closedAtServed ? "closed_at" : "closed"]],
      [second, "patient_case.updated", ["notes"]],
      [first, "patient_case.reopened", [closedAtServed ? "closed_at" : "closed"]],
    ]);
    expect(Date.parse(events[0]?.timestamp ?? "")).toBe(changedAt);
    // One that is closed when it is first seen says so.
    const third = desk.create({
      ...desk.rows().find(({ id }) => id === second),
      closed_at: changedAt / 1_000,
    });
    await read();
    expect((await bench.events()).at(-1)).toMatchObject({
      type: "patient_case.created",
      subject: { id: third },
      data: { transitions: ["created", "closed"] },
    });
  },
);

test.for([true, false])(
  "how patients came to the clinic is told, by its own id or its patient's, where it has one: %s",
  async (referralSourcesHaveIds, { redis, keys }) => {
    await using bench = await createPollBench({
      redis,
      keys,
      seed: { ...SEED, patients: 6 },
      unknowns: { referralSourcesHaveIds },
    });
    const { clinic } = bench;
    const desk = clinic.desk.of("referral_sources");
    const [first = "", second = "", third = ""] = bench.seeded.patientIds
      .slice(0, 3)
      .map((patient_id) => clinic.plant.record("referral_sources", { patient_id }));
    const named = (id: string): string => {
      const row = desk.rows().find((known) => known.id === id);
      return referralSourcesHaveIds ? id : (row?.patient_id ?? "");
    };
    const names = { first: named(first), second: named(second), third: named(third) };
    const read = async (polls: number): Promise<void> => {
      for (let poll = 0; poll < polls; poll += 1) {
        await bench.poll("referral_sources");
        bench.tick(61_000);
      }
    };
    await read(3);
    expect(bench.scans.at(-1)?.kind).toBe("completed");
    expect(await bench.events()).toEqual([]);
    bench.tick(3_600_000);
    desk.change(first, { subcategory: "Radio" });
    await read(1);
    desk.perform(second, "archive");
    await read(1);
    desk.remove(third);
    bench.tick(3_600_000);
    await read(4);
    const told = (await bench.events()).map(({ subject, type }) => [type, subject.id]);
    // Where nothing can be asked for, one that is archived leaves the list, as one that is gone does.
    expect(told).toEqual([
      ["referral_source.updated", names.first],
      ...(referralSourcesHaveIds ? [["referral_source.archived", names.second]] : []),
      ...(referralSourcesHaveIds ? [] : [["referral_source.deleted", names.second]]),
      ["referral_source.deleted", names.third],
    ]);
    expect(bench.notices.map(({ transition }) => transition)).toEqual(["baseline_completed"]);
  },
);

test("an account that stops serving their ids is not believed to have others", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: SEED });
  bench.clinic.plant.record("referral_sources");
  await bench.poll("referral_sources");
  bench.tick(3_600_000);
  bench.clinic.faults.spell({ withheldField: "id" });
  for (let poll = 0; poll < 3; poll += 1) {
    bench.clinic.desk
      .of("referral_sources")
      .rows()
      .forEach(({ id }) => bench.clinic.desk.of("referral_sources").scribble(id));
    await bench.poll("referral_sources");
    bench.tick(61_000);
  }
  expect(bench.scans.at(-1)?.kind).not.toBe("completed");
  expect((await bench.reading.read("northside", "referral_sources")).isBare).toBe(false);
  expect(await bench.events()).toEqual([]);
});
