import { describe, expect, test } from "vitest";

import type { EndpointStatus } from "../../../../dashboard/api/answers.ts";
import { compareHealth, healthOf } from "../../../../dashboard/components/status/endpoint-health.ts";
import { endpointStatusSchema } from "../../../../src/ops/api/endpoints/endpoint-schemas.ts";
import { ENDPOINT } from "../../../../src/ops/api/endpoints/endpoint-examples.ts";

const healthy: EndpointStatus = endpointStatusSchema.parse(ENDPOINT.status);
const FIRST = "2026-11-20T00:00:00.000Z";
const failing: EndpointStatus = {
  ...healthy,
  state: "failing",
  since: "2026-11-20T06:00:00.000Z",
  failing_since: FIRST,
};

describe("an endpoint's health", () => {
  test("is good while it takes what it gets", () => {
    expect(healthOf(healthy)).toMatchObject({ tone: "good", word: "Healthy", since: healthy.since });
  });

  test("warns from the first failure on, though its state follows six hours later", () => {
    expect(healthOf({ ...healthy, failing_since: FIRST })).toMatchObject({ tone: "warn", since: FIRST });
  });

  test("needs a person after ten minutes: a receiver that is restarted is back by then", () => {
    const status = { ...healthy, failing_since: FIRST };
    expect(healthOf({ ...status, severity: "notice" })).toMatchObject({
      tone: "warn",
      word: "Starting to fail",
    });
    expect(healthOf({ ...status, severity: "critical" })).toMatchObject({
      tone: "bad",
      word: "Failing",
      since: FIRST,
    });
  });

  test("counts from the first failure, not from the step on the ladder", () => {
    expect(healthOf(failing)).toMatchObject({ tone: "bad", word: "Failing", since: FIRST });
  });

  test("tells a warned one when it is disabled", () => {
    const disables = "2026-11-25T09:30:00.000Z";
    const { words } = healthOf({ ...failing, state: "warned", disables_at: disables });
    expect(words).toMatch(/25 Nov/);
  });

  test("tells a 410 from five days of failing", () => {
    const disabled: EndpointStatus = { ...failing, state: "disabled" };
    // Whenever it was: it is the service that knows.
    expect(healthOf({ ...disabled, disabled_by: "gone" }).words).toMatch(/410/);
    expect(healthOf({ ...disabled, disabled_by: "failures" }).words).toMatch(/five days/);
    expect(healthOf(disabled).words).not.toMatch(/410|five days/);
  });

  test("is what the service says of one that fails nothing and gets nothing either", () => {
    const waiting = { ...healthy, severity: "critical", code: "delivery_overdue" } as const;
    expect(healthOf({ ...waiting, oldest_waiting_at: FIRST })).toMatchObject({ tone: "bad", since: FIRST });
    const parked = { ...healthy, severity: "warning", code: "deliveries_parked", parked: 2 } as const;
    expect(healthOf(parked)).toMatchObject({ tone: "warn", word: "Deliveries parked" });
  });

  test("is no fault of a paused one", () => {
    expect(healthOf({ ...healthy, state: "paused" }).tone).toBe("idle");
  });
});

test("the worst come first, then the longest in trouble, and a paused one last", () => {
  const statuses: Readonly<Record<string, EndpointStatus>> = {
    paused: { ...healthy, state: "paused" },
    healthy,
    holding: { ...healthy, parked: 1 },
    starting: { ...healthy, failing_since: FIRST },
    failing,
    longer: { ...failing, failing_since: "2026-11-19T00:00:00.000Z" },
    warned: { ...failing, state: "warned" },
    disabled: { ...failing, state: "disabled" },
  };
  const sorted = Object.entries(statuses).toSorted(([, left], [, right]) => compareHealth(left, right));
  expect(sorted.map(([name]) => name)).toEqual([
    "disabled",
    "warned",
    "longer",
    "failing",
    "starting",
    "holding",
    "healthy",
    "paused",
  ]);
});
