import { stripVTControlCharacters } from "node:util";

import { expect, test } from "vitest";

import { formatSpan } from "../../../src/admin/format-span.ts";
import { PLAIN, createPaint, paintState } from "../../../src/cli/terminal/paint.ts";
import { formatTable } from "../../../src/cli/terminal/table.ts";
import { toIsoSeconds } from "../../../src/shared/iso-time.ts";

const [RED, YELLOW, PLAIN_AGAIN] = ["\u001B[31m", "\u001B[33m", "\u001B[39m"];

test("on a terminal a state has its colour", () => {
  expect(paintState(createPaint({ isTTY: true }, {}), "FAIL")).toBe(`${RED}FAIL${PLAIN_AGAIN}`);
  expect(paintState(createPaint({ isTTY: true }, { NO_COLOR: "" }), "FAIL")).toBe(`${RED}FAIL${PLAIN_AGAIN}`);
});

test("elsewhere, or where NO_COLOR asks for it, there is none", () => {
  expect(paintState(createPaint({}, {}), "FAIL")).toBe("FAIL");
  expect(paintState(createPaint({ isTTY: false }, {}), "FAIL")).toBe("FAIL");
  expect(paintState(createPaint({ isTTY: true }, { NO_COLOR: "1" }), "FAIL")).toBe("FAIL");
});

test("a state is known by its first words, and what is none stays as it is", () => {
  const paint = createPaint({ isTTY: true }, {});

  expect(paintState(paint, "failing since 3 min (connect)")).toContain(YELLOW);
  expect(paintState(paint, "failingly")).toBe("failingly");
  expect(paintState(PLAIN, "live")).toBe("live");
});

test("colour takes no room in a table", () => {
  const paint = createPaint({ isTTY: true }, {});
  const rows = (state: string): string =>
    formatTable([
      ["state", "what"],
      [state, "redis"],
    ]);

  expect(stripVTControlCharacters(rows(paintState(paint, "ok")))).toBe(rows("ok"));
});

test.each([
  [-5, "0 s"],
  [4_400, "4 s"],
  [119_000, "119 s"],
  [180_000, "3 min"],
  [5 * 3_600_000, "5 h"],
  [12 * 86_400_000, "12 d"],
])("%i ms are %s", (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});

test("a moment is told to the second, in UTC", () => {
  expect(toIsoSeconds(Date.UTC(2026, 10, 22, 3, 0, 0, 123))).toBe("2026-11-22T03:00:00Z");
});
