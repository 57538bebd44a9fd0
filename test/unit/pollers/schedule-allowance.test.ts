import { expect, test } from "vitest";

import { divideAllowance } from "../../../src/pollers/schedule/schedule-allowance.ts";

test.for([
  [["appointments"], { appointments: 50 }],
  [["appointments", "patients"], { appointments: 25, patients: 25 }],
  [["patients", "appointments", "attendees"], { appointments: 25, patients: 12.5, attendees: 12.5 }],
  [["patients", "attendees"], { patients: 25, attendees: 25 }],
  [[], {}],
] as const)("of 50 requests a minute, %j get %j", ([resources, parts]) => {
  expect(Object.fromEntries(divideAllowance(resources, ["appointments"], 50))).toEqual(parts);
});
