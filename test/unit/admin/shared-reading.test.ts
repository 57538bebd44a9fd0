import { expect, test } from "vitest";

import { createSharedReading, createSharedReadings } from "../../../src/admin/accounts/shared-reading.ts";

/** A reading that ends when it is told to, under a clock that stands still. */
function setUp() {
  const clock = { ms: 0 };
  const begun: { readonly end: (value: string) => void; readonly fail: (error: Error) => void }[] = [];
  const read = createSharedReading(
    async () => await new Promise<string>((resolve, reject) => begun.push({ end: resolve, fail: reject })),
    { keptMs: 1_000, now: () => clock.ms },
  );
  return { clock, begun, read };
}

test("who asks while a reading is under way gets the same one, however long it takes", async () => {
  const { begun, clock, read } = setUp();
  const asked = [read(), read()];
  clock.ms = 60_000;
  asked.push(read());
  begun[0]?.end("first");

  expect(await Promise.all(asked)).toEqual(["first", "first", "first"]);
  expect(begun).toHaveLength(1);
});

test("a reading is good for a second from its beginning, and not for longer", async () => {
  const { begun, clock, read } = setUp();
  const first = read();
  clock.ms = 400;
  begun[0]?.end("first");
  await first;
  clock.ms = 999;
  expect(await read()).toBe("first");
  expect(begun).toHaveLength(1);

  clock.ms = 1_000;
  const second = read();
  begun[1]?.end("second");
  expect(await second).toBe("second");
});

test("a reading that takes longer than it is kept leaves four times as long for other things", async () => {
  const { begun, clock, read } = setUp();
  const first = read();
  clock.ms = 2_000;
  begun[0]?.end("first");
  await first;
  clock.ms = 9_999;
  expect(await read()).toBe("first");
  clock.ms = 10_000;
  const second = read();
  clock.ms = 110_000;
  begun[1]?.end("second");
  await second;
  // However slow it was, not for longer than a quarter of a minute.
  clock.ms = 124_999;
  expect(await read()).toBe("second");
  clock.ms = 125_000;
  void read();
  expect(begun).toHaveLength(3);
});

test("a failed reading fails for those who waited for it, and the next one begins anew", async () => {
  const { begun, read } = setUp();
  const asked = [read(), read()];
  begun[0]?.fail(new Error("Redis is away"));
  await Promise.all(asked.map(async (reading) => await expect(reading).rejects.toThrow("Redis is away")));

  const next = read();
  begun[1]?.end("second");
  expect(await next).toBe("second");
});

test("a clock that is set back does not keep a reading for ever", async () => {
  const { begun, clock, read } = setUp();
  clock.ms = 3_600_000;
  const first = read();
  begun[0]?.end("first");
  await first;

  clock.ms = 0;
  const second = read();
  begun[1]?.end("second");
  expect(await second).toBe("second");
});

test("of many things each is read once for all who ask for it, and none for who asks for another", async () => {
  const read = createSharedReadings<string>({ keptMs: 1_000, now: () => 0 });
  const begun: string[] = [];
  const ask = async (name: string): Promise<string> =>
    await read(name, async () => {
      begun.push(name);
      return `what ${name} is`;
    });

  expect(await Promise.all(["a", "b", "a", "b", "a"].map(ask))).toEqual(
    ["a", "b", "a", "b", "a"].map((name) => `what ${name} is`),
  );
  expect(begun).toEqual(["a", "b"]);
});

test("of very many things those that nobody has asked for the longest are forgotten", async () => {
  const read = createSharedReadings<number>({ keptMs: 1_000, now: () => 0 });
  let count = 0;
  const ask = async (name: string): Promise<number> => await read(name, async () => (count += 1));
  await ask("rare");
  await ask("often");
  for (let other = 0; other < 199; other += 1) {
    await ask(`other ${other}`);
    await ask("often");
  }

  expect(count).toBe(201);
  await ask("often");
  expect(count).toBe(201);
  await ask("rare");
  expect(count).toBe(202);
});
