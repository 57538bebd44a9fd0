import { expect } from "vitest";

import { startHarness } from "../support/harness.ts";
import { test } from "../support/redis-test.ts";

test("a move in the clinic arrives as one verified callback that says what changed", async ({
  address,
  prefix,
}) => {
  await using harness = await startHarness({ address, prefix });
  const { clinic } = harness;
  const [appointment] = clinic.desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null);
  if (!appointment) throw new Error("the seeded clinic has an appointment");
  const startsAt = appointment.starts_at;

  clinic.desk.move(appointment.id, startsAt + 3_600);
  const event = await harness.nextEvent(1);

  expect(event.type).toBe("appointment.rescheduled");
  expect(event.subject).toEqual({ type: "appointment", id: appointment.id });
  expect(event.sequence).toBe(1);
  expect(event.data.transitions).toEqual(["rescheduled"]);
  expect(event.data.changed).toEqual(["starts_at", "ends_at"]);
  expect(Date.parse(String(event.data.previous["starts_at"]))).toBe(startsAt * 1_000);
  await harness.settled();
  expect(harness.events()).toHaveLength(1);
});
