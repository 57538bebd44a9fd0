import { expect } from "vitest";

import { createQueues } from "../../src/queues/queues.ts";
import { startReceiver } from "../../src/sandbox/http/receiver.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import { eventually, startHarness } from "../support/harness.ts";
import { test } from "../support/redis-test.ts";
import { SECRET } from "../support/test-config.ts";

test("an endpoint that asks gets the present state of every record once, and no other endpoint does", async ({
  address,
  prefix,
  redis,
}) => {
  await using late = await startReceiver({ secret: SECRET });
  await using harness = await startHarness({
    address,
    prefix,
    setup: { endpoints: { late: { url: late.url } } },
  });
  const { clinic } = harness;
  const visit = clinic.desk
    .appointments()
    .find((row) => row.cancelled_at === null && row.archived_at === null);
  clinic.desk.editNote(visit?.id ?? "", "before the backfill");
  await harness.nextEvent(1);
  const queues = createQueues({
    connection: redis,
    now: Date.now,
    prefix: `${prefix}:queue`,
    onError: () => undefined,
  });
  const ask = {
    account: "northside",
    resource: "individual_appointments",
    endpoint: "late",
    pass: 0,
    sent: 0,
  };
  expect(await queues.addBackfill(ask)).toBe(true);
  expect(await queues.addBackfill(ask)).toBe(false);

  const events = (): WebhookEvent[] => late.callbacks.map(({ event }) => event as WebhookEvent);
  const backfilled = await eventually(() => {
    const found = events().filter(({ origin }) => origin === "backfill");
    return found.length === 30 ? found : undefined;
  });
  expect(new Set(backfilled.map(({ subject }) => subject.id))).toEqual(
    new Set(harness.seeded.appointmentIds),
  );
  // It carries the number of the last event before it, and the next live one the number after that.
  expect(backfilled.find(({ subject }) => subject.id === visit?.id)).toMatchObject({
    sequence: 1,
    type: "appointment.created",
    data: { previous: {}, changed: [] },
  });
  clinic.desk.editNote(visit?.id ?? "", "after the backfill");
  const next = await eventually(() =>
    events().find(({ subject, sequence }) => subject.id === visit?.id && sequence === 2),
  );
  expect(next).toMatchObject({ type: "appointment.updated", origin: "live" });
  expect(harness.events().filter(({ origin }) => origin === "backfill")).toEqual([]);
  await queues[Symbol.asyncDispose]();
});
