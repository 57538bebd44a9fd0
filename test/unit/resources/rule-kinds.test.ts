import { describe, expect, test } from "vitest";

import { compare, project } from "../../../src/diff/compare.ts";
import { invoices } from "../../../src/resources/invoices.ts";
import { linkTo } from "../../../src/resources/link-to.ts";
import { patientCases } from "../../../src/resources/patient-cases.ts";
import { products } from "../../../src/resources/products.ts";
import type { Projection } from "../../../src/resources/resource.ts";

function told(projection: Projection, before: object | undefined, after: object): readonly string[] {
  const [was, is] = [before, after].map((record) => record && project(projection, { ...record }));
  return is === undefined ? [] : (compare(projection, was, is)?.transitions ?? []);
}

describe("the stock of a product", () => {
  test.each<[unknown, unknown, readonly string[]]>([
    ["12.0", "0.0", ["out_of_stock"]],
    [0.5, -1, ["out_of_stock"]],
    ["1", 0, ["out_of_stock"]],
    ["0.00", "0.25", ["back_in_stock"]],
    [-3, 2, ["back_in_stock"]],
    ["12.0", 11, ["stock_changed"]],
    ["0", "-1", ["stock_changed"]],
    [null, "0", ["stock_changed"]],
    [null, 4, ["stock_changed"]],
    ["4", null, ["stock_changed"]],
    ["12.0", 12, []],
    ["-0.0", 0, []],
  ])("from %s to %s", (from, to, expected) => {
    expect(told(products, { stock_level: from }, { stock_level: to })).toEqual(expected);
  });

  test("says nothing of a product that appears, and its price is another matter", () => {
    expect(told(products, undefined, { stock_level: "0" })).toEqual(["created"]);
    const [before, after] = [
      { stock_level: 1, price_ex_tax: "20.00" },
      { stock_level: 0, price_ex_tax: 22 },
    ];
    expect(told(products, before, after)).toEqual(["out_of_stock", "price_changed"]);
    expect(told(products, { price_ex_tax: "20.00" }, { price_ex_tax: 20 })).toEqual([]);
  });
});

describe("a column that becomes one of a few values", () => {
  test.each<[unknown, unknown, readonly string[]]>([
    [10, 20, ["paid"]],
    [10, 30, ["closed"]],
    [10, 40, ["credited"]],
    [10, "20", ["paid"]],
    [20, 10, ["reopened"]],
    [30, 40, ["credited", "reopened"]],
    [20, 30, ["closed"]],
    [40, 10, ["updated"]],
    [10, 50, ["updated"]],
    [10, 10, []],
  ])("from %s to %s", (from, to, expected) => {
    expect(told(invoices, { status: from }, { status: to })).toEqual(expected);
  });

  test("is told of a record that appears so, and what it was before is not", () => {
    expect(told(invoices, undefined, { status: 20 })).toEqual(["created", "paid"]);
    expect(told(invoices, undefined, { status: 10 })).toEqual(["created"]);
  });

  test("takes along what is set with it, and leaves the rest an update", () => {
    const settled = { status: 20, closed_at: "2026-11-20T01:00:00Z" };
    expect(told(invoices, { status: 10 }, settled)).toEqual(["paid"]);
    expect(told(invoices, { status: 10 }, { ...settled, number: 7 })).toEqual(["paid", "updated"]);
  });
});

test("a total is told unless the status says more", () => {
  const before = { status: 10, total_amount: "88.00", tax_amount: "8.00" };
  const after = { status: 10, total_amount: 110, tax_amount: 10 };
  expect(told(invoices, before, after)).toEqual(["total_changed"]);
  expect(told(invoices, before, { ...before, total_amount: "88.0" })).toEqual([]);
  expect(told(invoices, before, { ...before, tax_amount: "9.00" })).toEqual(["updated"]);
  expect(told(invoices, before, { ...after, status: 20 })).toEqual(["paid", "updated"]);
});

test("a credit note is one when it appears, and not later", () => {
  const note = { status: 10, original_invoice: linkTo("invoices/7") };
  expect(told(invoices, undefined, note)).toEqual(["created", "credit_note"]);
  expect(told(invoices, { status: 10 }, note)).toEqual(["updated"]);
});

test("a limit is extended when it is greater than it was, not when it is lifted, set or brought forward", () => {
  const from = (before: object, after: object): readonly string[] => told(patientCases, before, after);
  expect(from({ expiry_date: "2026-12-31" }, { expiry_date: "2027-01-31" })).toEqual(["extended"]);
  expect(from({ max_sessions: 9 }, { max_sessions: 10 })).toEqual(["extended"]);
  expect(from({ expiry_date: "2027-01-31" }, { expiry_date: "2026-12-31" })).toEqual(["updated"]);
  expect(from({ expiry_date: "2027-01-31" }, {})).toEqual(["updated"]);
  expect(from({}, { max_sessions: 10 })).toEqual(["updated"]);
});
