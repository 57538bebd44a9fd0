import { expect, test } from "vitest";

import { formatAge } from "../../../../dashboard/components/format/format-age.ts";
import { formatClock } from "../../../../dashboard/components/format/format-clock.ts";
import { formatCount } from "../../../../dashboard/components/format/format-count.ts";
import { formatDuration } from "../../../../dashboard/components/format/format-duration.ts";
import { formatSpan } from "../../../../dashboard/components/format/format-span.ts";

test.for([
  [400, "0 s"],
  [4_900, "4 s"],
  [42_000, "42 s"],
  [200_000, "3 min 20 s"],
  [7_500_000, "2 h 5 min"],
] as const)("%i ms go on for %s", ([ms, words]) => {
  expect(formatSpan(ms)).toBe(words);
});

test.for([
  [340, "340 ms"],
  [1_890, "1.8 s"],
  [86_400_000 * 12, "12 d"],
] as const)("%i ms take %s", ([ms, words]) => {
  expect(formatDuration(ms)).toBe(words);
});

test.for([
  [500, "now"],
  [-500, "now"],
  [4_900, "4 s ago"],
  [-240_000, "in 4 min"],
] as const)("what was %i ms ago was %s", ([ms, words]) => {
  expect(formatAge(1_000_000_000_000, 1_000_000_000_000 + ms)).toBe(words);
});

test("a moment of today has no day, one of this week its name, an older one its date", () => {
  const at = new Date(2026, 10, 23, 3, 12).getTime();
  const day = 86_400_000;
  expect(formatClock(at, at + 60_000)).toBe("03:12");
  expect(formatClock(at, at + day)).toBe("Mon 03:12");
  expect(formatClock(at, at + 7 * day)).toBe("23 Nov 03:12");
});

test("one is not many, and thousands are set apart", () => {
  expect(formatCount(1, "source")).toBe("1 source");
  expect(formatCount(3_980, "source")).toBe("3,980 sources");
  expect(formatCount(2, "delivery waits", "deliveries wait")).toBe("2 deliveries wait");
});
