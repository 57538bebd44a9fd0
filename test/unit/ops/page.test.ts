import { expect, test } from "vitest";
import { z } from "zod";

import { ApiError } from "../../../src/ops/api/api-error.ts";
import { cutPage, parseCursor, toCursor } from "../../../src/ops/api/page.ts";

const ITEMS = ["a", "b", "c", "d"];

test("the last page says that it is the last, also when it is full", () => {
  const first = cutPage(ITEMS, { limit: 2 }, (item) => item);
  const second = cutPage(ITEMS, { limit: 2, cursor: first.next ?? "" }, (item) => item);

  expect([first.items, second.items, second.next]).toEqual([["a", "b"], ["c", "d"], null]);
  expect(first.next).not.toBeNull();
  expect(cutPage([], { limit: 2 }, (item) => String(item))).toEqual({ items: [], next: null });
});

test("what was taken away meanwhile does not break a list that is being followed", () => {
  const { next } = cutPage(ITEMS, { limit: 2 }, (item) => item);

  expect(cutPage(["a", "c", "d"], { limit: 2, cursor: next ?? "" }, (item) => item).items).toEqual([
    "c",
    "d",
  ]);
});

test.for(["", "%%%", "aaaa", toCursor(5), toCursor({ place: "a" })])(
  "%j is no cursor of this list",
  (cursor) => {
    expect(() => parseCursor(cursor, z.string())).toThrow(ApiError);
    expect(parseCursor(toCursor("a"), z.string())).toBe("a");
  },
);
