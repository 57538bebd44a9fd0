import { expect } from "vitest";

import { test } from "../../support/poll-test.ts";

const MINUTE_MS = 60_000;

test.for([
  [1, 10],
  [1, 30],
  [2, 10],
  [2, 30],
  [5, 600],
  [2, 60 * 24 * 30],
] as const)(
  "%i answers whose clock is %i minutes ahead hide nothing from a resource that is read once in a quarter of an hour",
  async ([answers, ahead], { bench }) => {
    const { clinic } = bench;
    const cases = clinic.desk.of("patient_cases");
    const id = clinic.plant.record("patient_cases");
    for (let poll = 0; poll < 3; poll += 1) {
      bench.tick(15 * MINUTE_MS);
      await bench.poll("patient_cases");
    }
    // A node whose clock is ahead answers.
    bench.tick((ahead - 15) * MINUTE_MS);
    for (let poll = 0; poll < answers; poll += 1) {
      bench.tick(15 * MINUTE_MS);
      await bench.poll("patient_cases");
    }
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

test.for([30, 60 * 24])(
  "a first sync that begins while a clock is %i minutes ahead hides nothing of what comes after it",
  async (ahead, { bench }) => {
    const id = bench.clinic.plant.record("patient_cases");
    bench.tick(ahead * MINUTE_MS);
    await bench.poll("patient_cases");
    bench.tick(-ahead * MINUTE_MS);

    bench.tick(MINUTE_MS);
    bench.clinic.desk.of("patient_cases").change(id, { name: "Right knee" });
    // More than may appear at once without a person's word.
    const later = Array.from({ length: 60 }, () => bench.clinic.plant.record("patient_cases"));
    bench.tick(14 * MINUTE_MS);
    await bench.poll("patient_cases");
    bench.tick(15 * MINUTE_MS);
    await bench.poll("patient_cases");
    expect(new Map((await bench.events()).map(({ type, subject }) => [subject.id, type]))).toEqual(
      new Map([
        [id, "patient_case.updated"],
        ...later.map((made) => [made, "patient_case.created"] as const),
      ]),
    );
  },
);
