import { expect } from "vitest";

import { test } from "../../support/poll-test.ts";

const MINUTE_MS = 60_000;

test.for([10, 30])(
  "one answer whose clock is %i minutes ahead hides nothing from a resource that is read once in a quarter of an hour",
  async (ahead, { bench }) => {
    const { clinic } = bench;
    const cases = clinic.desk.of("patient_cases");
    const id = clinic.plant.record("patient_cases");
    for (let poll = 0; poll < 3; poll += 1) {
      bench.tick(15 * MINUTE_MS);
      await bench.poll("patient_cases");
    }
    // A node whose clock is ahead answers once.
    bench.tick(ahead * MINUTE_MS);
    await bench.poll("patient_cases");
    bench.tick(-ahead * MINUTE_MS);

    bench.tick(2 * MINUTE_MS);
    cases.change(id, { name: "Right knee" });
    bench.tick(13 * MINUTE_MS);
    await bench.poll("patient_cases");
    bench.tick(15 * MINUTE_MS);
    await bench.poll("patient_cases");
    expect((await bench.events()).map(({ type, subject }) => [type, subject.id])).toEqual([
      ["patient_case.updated", id],
    ]);
  },
);
