import { expect, test } from "vitest";

import { fillDays } from "../../../../dashboard/pages/endpoints/days.ts";
import {
  EMPTY_RECOVERY,
  toRecoverBody,
} from "../../../../dashboard/pages/endpoints/deliveries/recover-range.ts";
import {
  hostOf,
  pathOf,
  formatAccounts,
  formatDeliveries,
  formatPatterns,
} from "../../../../dashboard/pages/endpoints/format-endpoint.ts";

test("event types are named as far as there is room", () => {
  expect(formatPatterns(["*", "patient.created"])).toBe("every event");
  expect(formatPatterns(["patient.*", "attendee.added"])).toBe("patient.*, attendee.added");
  expect(formatPatterns(["a.b", "c.d", "e.f", "g.h"])).toBe("a.b, c.d and 2 more");
});

test("accounts are counted after the first", () => {
  expect(formatAccounts(null)).toBe("all accounts");
  expect(formatAccounts(["northside"])).toBe("northside");
  expect(formatAccounts(["northside", "southside"])).toBe("northside and 1 more account");
  expect(formatAccounts(["a", "b", "c"])).toBe("a and 2 more accounts");
});

test("deliveries have their plural", () => {
  expect(formatDeliveries(1)).toBe("1 delivery");
  expect(formatDeliveries(1_234)).toBe("1,234 deliveries");
});

test("a host is all that is shown of an address, whose path may carry a token", () => {
  expect(hostOf("https://crm.example.com:8443/hooks/secret?token=a")).toBe("crm.example.com:8443");
  expect(hostOf("nonsense")).toBe("nonsense");
});

test("an id cannot lead anywhere else", () => {
  expect(pathOf("../system")).toBe("/endpoints/..%2Fsystem");
});

test("days on which nothing happened are there, too", () => {
  const found = {
    days: [{ day: "2026-11-21", total: 3, by_type: {} }],
    since: "2026-11-20T22:00:00Z",
    until: "2026-11-22T01:00:00Z",
  };
  expect(fillDays(found)).toEqual([
    { day: "2026-11-20", total: 0 },
    { day: "2026-11-21", total: 3 },
    { day: "2026-11-22", total: 0 },
  ]);
});

test("a recovery's bounds are moments of the reader's clock, and none is all of the time", () => {
  expect(toRecoverBody(EMPTY_RECOVERY)).toEqual({ states: ["parked", "failed"], types: [] });
  const since = "2026-11-22T03:15";
  expect(toRecoverBody({ ...EMPTY_RECOVERY, since, type: "patient.*" })).toEqual({
    since: new Date(since).toISOString(),
    states: ["parked", "failed"],
    types: ["patient.*"],
  });
});

test("what is no moment is left to the service to refuse", () => {
  expect(toRecoverBody({ ...EMPTY_RECOVERY, until: "soon" }).until).toBe("soon");
});
