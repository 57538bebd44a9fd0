import { assert, bigInt, property } from "fast-check";
import { expect, test } from "vitest";

import type { PageRequest } from "../../../src/cliniko/list-query.ts";
import { compareIds, parsePage } from "../../../src/cliniko/parse-page.ts";
import { resources } from "../../../src/resources/registry.ts";
import { realBooking } from "../../fixtures/real-booking.ts";
import { pageRequest } from "../../support/page-request.ts";

const STAMP = "2025-11-22T03:14:51Z";
const SECONDS = 1_763_781_291;
const EVERYTHING = pageRequest();

function row(id: unknown, more: object = {}): Record<string, unknown> {
  return { id, created_at: STAMP, updated_at: STAMP, ...more };
}

function parse(list: unknown, request: Partial<PageRequest> = {}, links: unknown = { self: "x" }) {
  const body = { patients: list, total_entries: 1, links };
  return parsePage(resources.patients, { ...EVERYTHING, ...request }, body, 42);
}

function rows(count: number, from = 1): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => row(String(from + index)));
}

test("a page keeps each record as it came, with its id and stamps read out", () => {
  const booking = realBooking();
  const body = { individual_appointments: [booking], total_entries: 1, links: { self: "x" } };

  expect(parsePage(resources.individual_appointments, EVERYTHING, body, 1_712_088_300)).toEqual({
    kind: "ok",
    page: {
      rows: [
        {
          id: "1390726237298631770",
          createdAt: 1_712_088_286,
          updatedAt: 1_712_088_286,
          record: booking,
        },
      ],
      date: 1_712_088_300,
      next: undefined,
      totalEntries: 1,
    },
  });
});

test("an empty list is a page, and the last one", () => {
  expect(parse([])).toMatchObject({ kind: "ok", page: { rows: [], date: 42, next: undefined } });
});

test.each([
  ["a full page", rows(100), { self: "x" }, "100"],
  ["a full page that names a next one", rows(100), { next: "y" }, "100"],
  ["a short page", rows(99), { self: "x" }, undefined],
  ["a short page that names a next one", rows(3), { next: "y" }, "3"],
  ["a short page whose next is null", rows(3), { next: null }, undefined],
  ["a short page without links", rows(3), undefined, undefined],
])("after %s comes the right place: %#", (_what, list, links, next) => {
  expect(parse(list, {}, links)).toMatchObject({ kind: "ok", page: { next } });
});

test("an empty page that names a next one is not believed", () => {
  expect(parse([], {}, { next: "y" })).toEqual({
    kind: "malformed",
    detail: "an empty page names a next one",
  });
});

test("more rows than were asked for mean that per_page was ignored", () => {
  expect(parse(rows(101))).toEqual({ kind: "bad_filter", detail: "per_page was ignored" });
});

test.each([
  ["falls", [row("5"), row("4")], undefined],
  ["stands still", [row("5"), row("5")], undefined],
  ["falls by value though not by letters", [row("10"), row("9")], undefined],
  ["is the one asked to start behind", [row("7")], "7"],
  ["is before the one asked to start behind", [row("6"), row("8")], "7"],
])("an id that %s shows that the order was ignored", (_what, list, afterId) => {
  expect(parse(list, { after: afterId })).toEqual({
    kind: "bad_filter",
    detail: "rows are not in order of id: sort=id or id:> was ignored",
  });
});

test("ids rise by value, not by letters", () => {
  const result = parse([row("9"), row("10"), row("1390726237298631770")], { after: "8" });

  expect(result).toMatchObject({ kind: "ok" });
});

test("a row older than asked for shows that the filter was ignored, one of that very second does not", () => {
  expect(parse([row("1")], { since: SECONDS + 1 })).toEqual({
    kind: "bad_filter",
    detail: "a row is older than asked for: updated_at:>= was ignored",
  });
  expect(parse([row("1")], { since: SECONDS })).toMatchObject({ kind: "ok" });
});

test.each([
  ["42", "42"],
  [42, "42"],
  ["0042", "42"],
  ["0", "0"],
  [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  ["9223372036854775807", "9223372036854775807"],
])("the id %j is read as %j", (wire, id) => {
  expect(parse([row(wire)])).toMatchObject({ kind: "ok", page: { rows: [{ id }] } });
});

test.each([
  2 ** 53,
  Number("1390726237298631770"),
  1.5,
  0,
  -1,
  "",
  "-1",
  "12a",
  "1".repeat(21),
  null,
  undefined,
  true,
])("an id of %j makes the page malformed: records could be mixed up", (id) => {
  expect(parse([row("1"), row(id)])).toEqual({
    kind: "malformed",
    detail: "row 1: id is missing or not of its kind",
  });
});

test.each([
  ["2025-11-22T03:14:51Z", SECONDS],
  ["2025-11-22T03:14:51.900Z", SECONDS],
  ["2025-11-22T13:14:51+10:00", SECONDS],
])("the stamp %s is read as %i", (stamp, seconds) => {
  expect(parse([row("1", { updated_at: stamp, created_at: stamp })])).toMatchObject({
    kind: "ok",
    page: { rows: [{ updatedAt: seconds, createdAt: seconds }] },
  });
});

test.each([
  ["updated_at", undefined],
  ["updated_at", null],
  ["updated_at", ""],
  ["updated_at", "yesterday"],
  ["updated_at", "2025-11-22"],
  ["updated_at", SECONDS],
  ["created_at", undefined],
] as const)("a row whose %s is %j makes the page malformed, without its value", (field, value) => {
  expect(parse([row("1", { [field]: value })])).toEqual({
    kind: "malformed",
    detail: `row 0: ${field} is missing or not of its kind`,
  });
});

test.each([null, "row", 7, [row("1")]])("a row that is %j makes the page malformed", (item) => {
  expect(parse([item])).toMatchObject({ kind: "malformed", detail: expect.stringMatching(/^row 0: /) });
});

test.each([
  ["a list", []],
  ["null", null],
  ["words", "maintenance"],
  ["another resource's list", { individual_appointments: [] }],
  ["a record in the place of the list", { patients: {} }],
  ["a message", { message: "oops" }],
])("%s is no page of patients", (_what, body) => {
  expect(parsePage(resources.patients, EVERYTHING, body, 42)).toEqual({
    kind: "malformed",
    detail: 'no list "patients" in the answer',
  });
});

test("ids compare as the numbers they stand for", () => {
  const id = bigInt({ min: 0n, max: 2n ** 64n });

  assert(
    property(id, id, (left, right) => {
      const expected = left < right ? -1 : Number(left > right);
      expect(Math.sign(compareIds(String(left), String(right)))).toBe(expected);
    }),
  );
  expect(compareIds("1390726237298631770", "1390726237298631771")).toBeLessThan(0);
});
