import { expect, test } from "vitest";

import { type Turn, createPlaces, placesFor } from "../../../src/pollers/scan/places.ts";

const PATIENTS = { account: "northside", resource: "patients" };
const ATTENDEES = { account: "northside", resource: "attendees" };
const VISITS = { account: "northside", resource: "individual_appointments" };
const ELSEWHERE = { account: "southside", resource: "patients" };

/** Work that lasts until it is told what it came to. */
function work(): {
  readonly run: (turn: Turn) => Promise<"read" | undefined>;
  readonly end: (result?: "read") => void;
  readonly turn: () => Turn;
} {
  let end: (result: "read" | undefined) => void = () => undefined;
  let turn: Turn | undefined;
  const ended = new Promise<"read" | undefined>((resolve) => {
    end = resolve;
  });
  return {
    run: async (given) => {
      turn = given;
      return await ended;
    },
    end: (result) => end(result),
    turn: () => {
      if (!turn) throw new Error("it has not begun");
      return turn;
    },
  };
}

function setUp(): { places: ReturnType<typeof createPlaces>; woken: object[]; pass: (ms: number) => void } {
  const woken: object[] = [];
  let time = 0;
  const wake = async (target: object): Promise<void> => {
    woken.push(target);
  };
  return { places: createPlaces(wake, () => time), woken, pass: (ms) => (time += ms) };
}

test.each([
  [1, 16],
  [8, 16],
  [40, 80],
  [1_000, 2_000],
  [10_000, 4_000],
])("%i accounts have %i places", (accounts, places) => {
  expect(placesFor(accounts)).toBe(places);
});

test("a poll that finds no place is woken when another of its account has ended", async () => {
  const { places, woken } = setUp();
  const held = work();
  const first = places.hold(PATIENTS, false, held.run);
  expect(await places.hold(ATTENDEES, false, async () => undefined)).toBeUndefined();
  expect(woken).toEqual([]);

  held.end("read");
  expect(await first).toBe("read");
  expect(woken).toEqual([ATTENDEES]);
});

test("who finds that the account has moved wakes nobody: two that wait would wake each other without end", async () => {
  const { places, woken } = setUp();
  await places.hold(ATTENDEES, false, async () => undefined);

  expect(await places.hold(PATIENTS, false, async () => "moved")).toBe("moved");
  expect(woken).toEqual([]);
});

test("one of another account is not woken, and one that has had its place is not woken again", async () => {
  const { places, woken } = setUp();
  await places.hold(ELSEWHERE, false, async () => undefined);
  await places.hold(ATTENDEES, false, async () => undefined);
  await places.hold(ATTENDEES, false, async () => "read");
  await places.hold(PATIENTS, false, async () => "read");

  expect(woken).toEqual([]);
});

test("polls that failed are made one at a time, those that did not go beside them", async () => {
  const { places, woken } = setUp();
  const hanging = work();
  const first = places.hold(PATIENTS, true, hanging.run);

  expect(await places.hold(ATTENDEES, true, async () => "read")).toBeUndefined();
  expect(await places.hold(VISITS, false, async () => "read")).toBe("read");
  expect(await places.hold(ELSEWHERE, true, async () => "read")).toBe("read");
  hanging.end("read");
  await first;
  expect(woken).toContainEqual(ATTENDEES);
  expect(await places.hold(ATTENDEES, true, async () => "read")).toBe("read");
});

test("work that throws gives its place back", async () => {
  const { places } = setUp();
  const fault = async (): Promise<undefined> => await Promise.reject(new Error("Redis is away"));
  await expect(places.hold(PATIENTS, true, fault)).rejects.toThrow("Redis is away");

  expect(await places.hold(ATTENDEES, true, async () => "read")).toBe("read");
});

test("a turn lasts ten seconds, and two while others wait", async () => {
  const { places, pass } = setUp();
  const held = work();
  const running = places.hold(PATIENTS, false, held.run);
  pass(9_999);
  expect(held.turn().mayGoOn()).toBe(true);
  await places.hold(ELSEWHERE, false, async () => undefined);
  expect(held.turn().mayGoOn()).toBe(true);
  pass(1);
  expect(held.turn().mayGoOn()).toBe(false);
  held.end("read");
  await running;

  const again = work();
  const second = places.hold(PATIENTS, false, again.run);
  await places.hold(ATTENDEES, false, async () => undefined);
  pass(1_999);
  expect(again.turn().mayGoOn()).toBe(true);
  pass(1);
  expect(again.turn().mayGoOn()).toBe(false);
  again.end("read");
  await second;
});
