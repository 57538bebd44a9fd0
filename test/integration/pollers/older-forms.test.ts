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
