import { expect, test } from "vitest";

import { createOpenedEvents } from "../../../src/store/events/opened-events.ts";
import { eventOf } from "../../support/stored-things.ts";

/** Counts how often something is opened; what is erased is said by the test. */
function setUp(erased: ReadonlySet<string> = new Set()) {
  let opened = 0;
  const open = createOpenedEvents(
    { isErased: (sealed) => erased.has(sealed.toString()) },
    (account, id, sealed) => {
      if (erased.has(sealed.toString())) throw new Error("it has been erased");
      opened += 1;
      return eventOf({ id: `${account} ${id} ${sealed.toString()}` });
    },
  );
  return { open, opened: () => opened };
}

test("an event that many are given is opened twice, however many they are", () => {
  const { open, opened } = setUp();
  for (let endpoint = 0; endpoint < 64; endpoint += 1) {
    expect(open("northside", "evt_1", Buffer.from("sealed")).id).toBe("northside evt_1 sealed");
  }
  expect(opened()).toBe(2);
});

test("bytes that have changed, another event and another account's are opened for themselves", () => {
  const { open } = setUp();
  for (let call = 0; call < 3; call += 1) open("northside", "evt_1", Buffer.from("sealed"));
  expect(open("northside", "evt_1", Buffer.from("anew")).id).toBe("northside evt_1 anew");
  expect(open("northside", "evt_2", Buffer.from("sealed")).id).toBe("northside evt_2 sealed");
  expect(open("southbank", "evt_1", Buffer.from("sealed")).id).toBe("southbank evt_1 sealed");
});

test("what was erased is not at hand any more", () => {
  const erased = new Set<string>();
  const { open } = setUp(erased);
  for (let call = 0; call < 3; call += 1) open("northside", "evt_1", Buffer.from("sealed"));
  erased.add("sealed");
  expect(() => open("northside", "evt_1", Buffer.from("sealed"))).toThrow("erased");
});

test("no more is kept than what many ask for at the same time", () => {
  const { open, opened } = setUp();
  const ask = (id: number): void => void open("northside", `evt_${id}`, Buffer.from("sealed"));
  for (let round = 0; round < 3; round += 1) for (let id = 0; id < 600; id += 1) ask(id);
  expect(opened()).toBe(1_800);
});
