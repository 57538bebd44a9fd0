import { expect, test } from "vitest";

import { createRechecks } from "../../../src/pollers/scan/rechecks.ts";

const T = 1_795_317_304;
const SHOWN = new Map([["42", "older"]]);
const older = { id: "42", fingerprint: "older", knownStamp: T - 2_000 };

test("an older version is believed a minute after a reading that showed the same one, and not before", () => {
  const rechecks = createRechecks({ rechecks: "" });
  expect(rechecks.isBelieved({ ...older, readAt: T })).toBe(false);
  rechecks.shown(["42"], SHOWN, T, false);

  expect(rechecks.isBelieved({ ...older, readAt: T + 59 })).toBe(false);
  expect(rechecks.isBelieved({ ...older, readAt: T + 60 })).toBe(true);
  expect(rechecks.isBelieved({ ...older, fingerprint: "another", readAt: T + 60 })).toBe(false);
  // So soon after the known version was made, a cache may show what was before.
  expect(rechecks.isBelieved({ ...older, knownStamp: T, readAt: T + 899 })).toBe(false);
});

test("what a scan showed is looked at again, and counts for nothing", () => {
  const rechecks = createRechecks({ rechecks: "" });
  rechecks.shown(["42"], SHOWN, T, true);

  expect(rechecks.due(T + 60)).toEqual(["42"]);
  expect(rechecks.isBelieved({ ...older, readAt: T + 60 })).toBe(false);
});

test("a reading that shows the known version again, or another one, begins anew; what is kept comes back", () => {
  const rechecks = createRechecks({ rechecks: "" });
  rechecks.shown(["42"], SHOWN, T, false);
  rechecks.shown(["42"], new Map([["42", "another"]]), T + 30, false);
  const kept = createRechecks(rechecks.changes() ?? { rechecks: "" });
  expect(kept.isBelieved({ ...older, fingerprint: "another", readAt: T + 60 })).toBe(false);
  expect(kept.isBelieved({ ...older, fingerprint: "another", readAt: T + 90 })).toBe(true);

  kept.shown(["42"], new Map(), T + 100, true);
  expect(kept.changes()).toEqual({ rechecks: "" });
});

test("what stays open is asked for every minute at first, then seldom, and for no longer than a day", () => {
  const rechecks = createRechecks({ rechecks: "" });
  rechecks.add(["42"], T);
  const askedAt: number[] = [];
  for (let at = T; rechecks.has("42"); at += 20) {
    if (rechecks.due(at).length === 0) continue;
    askedAt.push(at - T);
    rechecks.asked(["42"], at);
  }
  expect(askedAt.slice(0, 15)).toEqual(Array.from({ length: 15 }, (_, at) => (at + 1) * 60));
  expect(askedAt.length).toBeLessThan(100);
  expect(askedAt.at(-1)).toBeGreaterThanOrEqual(86_400);
});
