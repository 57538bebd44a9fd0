import { expect, test } from "vitest";

import { fromLocalInput, toLocalInput } from "../../../../dashboard/components/format/local-moment.ts";

test("a moment comes back as it was given, to the minute", () => {
  const local = toLocalInput("2026-11-22T03:15:00Z");

  expect(local).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:15$/);
  expect(fromLocalInput(local)).toBe("2026-11-22T03:15:00Z");
});

test.for(["", "yesterday"])("%j is no moment, either way", (text) => {
  expect([toLocalInput(text), fromLocalInput(text)]).toEqual(["", ""]);
});
