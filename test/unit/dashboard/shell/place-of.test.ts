import { expect, test } from "vitest";

import { placeOf } from "../../../../dashboard/shell/place-of.ts";

test.for<readonly [string, string | undefined]>([
  ["evt_3XwzrG5n1bG4m0bqQ1Zc8w2K", "/events/evt_3XwzrG5n1bG4m0bqQ1Zc8w2K"],
  ["  ep_0f3c8a1b2d4e5f607182 ", "/endpoints/ep_0f3c8a1b2d4e5f607182"],
  ["2063034264584192009", "/events?find=2063034264584192009"],
  [
    "https://api.au1.cliniko.com/v1/individual_appointments/2063034264584192009",
    "/events?find=2063034264584192009",
  ],
  ["https://northside.au1.cliniko.com/patients/17/edit", "/events?find=17"],
  ["Appointment 2063034264584192009", "/events?find=2063034264584192009"],
  ["northside", "/accounts/northside"],
  ["elsewhere", "/endpoints?search=elsewhere"],
  ["a&c", "/endpoints?search=a%26c"],
  ["Anna Example", undefined],
])("%j leads to %s", ([text, place]) => {
  expect(placeOf(text, ["northside"])).toBe(place);
});

test("nothing leads nowhere", () => {
  expect(placeOf("  ")).toBe(undefined);
});
