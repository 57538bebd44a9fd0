import { expect, test } from "vitest";

import { type Claim, divideShare } from "../../../src/pollers/schedule/divide-share.ts";

test.for([
  [["appointments"], { appointments: 50 }],
  [["appointments", "patients"], { appointments: 30, patients: 20 }],
  [
    ["patients", "appointments", "attendees"],
    { appointments: 150 / 7, patients: 100 / 7, attendees: 100 / 7 },
  ],
  [["patients", "attendees"], { patients: 25, attendees: 25 }],
  [[], {}],
] as const)("of 50 requests a minute, %j get %j", ([resources, parts]) => {
  const claims = resources.map((name) => ({ name, urgent: name === "appointments", slowMs: undefined }));
  expect(Object.fromEntries(divideShare(claims, 50))).toEqual(parts);
});

const live = { name: "appointments", urgent: true, slowMs: undefined };
const slow = (name: string, slowMs: number): Claim => ({ name, urgent: false, slowMs });

test("what is slow gets what it needs, and what is live the rest", () => {
  const claims = [live, slow("invoices", 60_000), slow("taxes", 86_400_000)];
  const parts = divideShare(claims, 50);

  expect(parts.get("invoices")).toBeCloseTo(4 / 3);
  expect(parts.get("taxes")).toBeCloseTo(4 / 3 / 1_440);
  expect(parts.get("appointments")).toBeCloseTo(50 - 4 / 3 - 4 / 3 / 1_440);
});

test("however much is slow, half of all is for what is live", () => {
  const claims = [live, ...Array.from({ length: 40 }, (_, index) => slow(`slow${index}`, 60_000))];
  const parts = divideShare(claims, 10);

  expect(parts.get("appointments")).toBeCloseTo(5);
  expect([...parts.values()].reduce((sum, part) => sum + part, 0)).toBeCloseTo(10);
});

test("alone, what is slow has all", () => {
  expect([...divideShare([slow("invoices", 60_000), slow("notes", 60_000)], 50).values()]).toEqual([25, 25]);
});
