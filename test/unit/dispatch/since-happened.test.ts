import { expect, test } from "vitest";

import { sinceHappened } from "../../../src/dispatch/routing/since-happened.ts";
import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import { eventOf } from "../../support/stored-things.ts";

const HAPPENED = Date.parse("2026-11-22T03:15:00Z");
const ENDED = HAPPENED + 12_300;
const ALONE = { manual: false, recovered: false };

test.each(["live", "sweep"] as const)("a change found by a %s reading is as old as it is", (origin) => {
  expect(sinceHappened(ALONE, eventOf({ origin }), ENDED)).toBe(12_300);
});

test.each([
  ["the present state of a record", ALONE, eventOf({ origin: "backfill" })],
  ["a test", ALONE, eventOf({ origin: "test" })],
  ["what a person asked for once more", { ...ALONE, manual: true }, eventOf()],
  ["what was recovered", { ...ALONE, recovered: true }, eventOf()],
  ["news of the connection", ALONE, eventOf({ subject: { type: "connection", id: "northside" } })],
  ["news of an endpoint", ALONE, eventOf({ subject: { type: "endpoint", id: "crm" } })],
  ["what cannot be read", ALONE, new UnreadableRecordError("evt_1")],
] as const)("%s says nothing of how fast changes are told", (_what, delivery, event) => {
  expect(sinceHappened(delivery, event, ENDED)).toBeUndefined();
});

test("a clock behind the upstream's makes no change come before it happened", () => {
  expect(sinceHappened(ALONE, eventOf(), HAPPENED - 5_000)).toBe(0);
});
