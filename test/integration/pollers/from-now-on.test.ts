import { expect } from "vitest";

import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const NAME = "treatment_notes";
const DAY_MS = 86_400_000;
/** More than may appear in a day without a person's word. */
const OLD = 130;

function file(bench: PollBench): readonly string[] {
  const { plant } = bench.clinic;
  const ids = Array.from({ length: OLD }, () => plant.record(NAME, { title: "before" }));
  bench.tick(600_000);
  return ids;
}

async function pollAgain(bench: PollBench, times = 1): Promise<number> {
  const before = bench.requests();
  for (let poll = 0; poll < times; poll += 1) {
    bench.tick(61_000);
    await bench.poll(NAME);
  }
  return bench.requests() - before;
}

test("a list that begins now costs one request, and what is older is first seen and never created", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({
    redis,
    keys,
    seed: { patients: 2, appointments: 0, groupAppointments: 0 },
    fromNowOn: [NAME],
  });
  const old = file(bench);
  const desk = bench.clinic.desk.of(NAME);
  const asked: string[] = [];
  bench.beforeAnswer((path) => void (path.includes(NAME) && asked.push(path)));
  await bench.poll(NAME);
  expect(asked).toHaveLength(1);
  expect(bench.scans.at(-1)).toMatchObject({ kind: "completed", baseline: true, records: 0 });
  await pollAgain(bench);
  expect(await bench.events()).toEqual([]);

  for (const id of old.slice(0, 40)) desk.change(id, { title: "after" });
  const made = desk.create({ ...desk.rows()[0] });
  await pollAgain(bench, 2);
  const told = await bench.events();
  const words = new Map(told.map(({ subject, type, data }) => [subject.id, { type, ...data }]));
  expect(words.size).toBe(41);
  expect(words.get(made)?.type).toBe("treatment_note.created");
  for (const id of old.slice(0, 40))
    expect(words.get(id)).toMatchObject({
      type: "treatment_note.updated",
      transitions: ["updated", "first_seen"],
      changed: [],
    });
  expect([...(await bench.keeper.read("northside")).problems.values()]).toEqual([]);

  const [again = "", gone = ""] = old;
  desk.change(again, { title: "once more" });
  await pollAgain(bench);
  expect((await bench.events()).at(-1)?.data).toMatchObject({
    transitions: ["content_changed"],
    changed: ["title"],
  });
  desk.remove(gone);
  bench.tick(DAY_MS);
  // Looking whether all is still there asks for what is known, and does not read the rest.
  await pollAgain(bench, 6);
  const ends = (await bench.events()).slice(42).map(({ subject, type }) => `${type} ${subject.id}`);
  expect(ends).toEqual([`treatment_note.deleted ${gone}`]);
  const [, unread = ""] = old.slice(99);
  desk.change(unread, { title: "after all" });
  await pollAgain(bench);
  expect((await bench.events()).at(-1)?.data.transitions).toEqual(["updated", "first_seen"]);
});

test("without it everything is read, and what is older and changes is told as what it is", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({
    redis,
    keys,
    seed: { patients: 2, appointments: 0, groupAppointments: 0 },
  });
  const [id = ""] = file(bench);
  await bench.poll(NAME);
  expect(bench.scans.at(-1)).toMatchObject({ kind: "completed", baseline: true, records: OLD });
  bench.clinic.desk.of(NAME).change(id, { title: "after" });
  await pollAgain(bench);
  expect((await bench.events()).at(-1)?.data).toMatchObject({
    transitions: ["content_changed"],
    changed: ["title"],
  });
});

test("a list that begins now while the clock is ahead tells what is made after the clock came back, and nothing older", async ({
  redis,
  keys,
}) => {
  const seed = { patients: 2, appointments: 0, groupAppointments: 0 };
  await using bench = await createPollBench({ redis, keys, seed, fromNowOn: [NAME] });
  file(bench);
  bench.tick(DAY_MS);
  await bench.poll(NAME);
  bench.tick(-DAY_MS);
  await pollAgain(bench, 2);
  expect(await bench.events()).toEqual([]);

  const desk = bench.clinic.desk.of(NAME);
  const made = desk.create({ ...desk.rows()[0] });
  await pollAgain(bench, 2);
  expect((await bench.events()).map(({ subject, type }) => [subject.id, type])).toEqual([
    [made, "treatment_note.created"],
  ]);
});
