import { expect } from "vitest";

import { createQueues } from "../../src/queues/queues.ts";
import { resources } from "../../src/resources/registry.ts";
import { createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { type Receiver, startReceiver } from "../../src/sandbox/http/receiver.ts";
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

test("so does one that asks for what is read whole, of several lists, or has no id of its own", async ({
  address,
  prefix,
  redis,
}) => {
  const clinic = createClinic({ now: Date.now, seed: 1 });
  const names = ["practitioners", "taxes", "services"] as const;
  for (const name of names) for (let index = 0; index < 3; index += 1) clinic.plant.record(name);
  await using late = await startReceiver({ secret: SECRET });
  await using harness = await startHarness({
    address,
    prefix,
    clinic,
    resources: names,
    setup: { endpoints: { late: { url: late.url } } },
  });
  const left = clinic.desk.of("practitioners").rows()[0]?.id ?? "";
  clinic.desk.of("practitioners").perform(left, "deactivate");
  await harness.nextEvent(1);
  const queues = createQueues({
    connection: redis,
    now: Date.now,
    prefix: `${prefix}:queue`,
    onError: () => undefined,
  });
  for (const resource of names) {
    await queues.addBackfill({ account: "northside", resource, endpoint: "late", pass: 0, sent: 0 });
  }
  const wanted = names.flatMap((name) =>
    clinic.desk
      .of(name)
      .rows()
      .map(() => resources[name].subject),
  );
  const backfilled = await eventually(() => {
    const found = late.callbacks
      .map(({ event }) => event as WebhookEvent)
      .filter(({ origin }) => origin === "backfill");
    return found.length >= wanted.length ? found : undefined;
  });
  expect(backfilled.map(({ subject }) => subject.type).toSorted()).toEqual(wanted.toSorted());
  expect(new Set(backfilled.map(({ subject }) => subject.id)).size).toBe(wanted.length);
  expect(backfilled.find(({ subject }) => subject.id === left)?.data.transitions).toContain("deactivated");
  await queues[Symbol.asyncDispose]();
});

/** Ids of the records of a backfill, once there are as many. */
function backfilledTo({ callbacks }: Receiver, count: number): string[] | undefined {
  const events = callbacks.map(({ event }) => event as WebhookEvent);
  const ids = events.filter(({ origin }) => origin === "backfill").map(({ subject }) => subject.id);
  return ids.length >= count ? ids : undefined;
}

test.for([{}, { sortById: "refused", createdAt: "refused" }] as const)(
  "a short page that names no next one is not the last of a backfill while the total says that there is more: %o",
  async (strictness, { address, prefix, redis }) => {
    await using late = await startReceiver({ secret: SECRET });
    await using harness = await startHarness({
      address,
      prefix,
      setup: { endpoints: { late: { url: late.url } } },
    });
    const { clinic } = harness;
    clinic.faults.enforce({ ...strictness, largestPage: 12, nextLink: "missing" });
    await harness.settled();
    await using queues = createQueues({
      connection: redis,
      now: Date.now,
      prefix: `${prefix}:queue`,
      onError: () => undefined,
    });
    const resource = "individual_appointments";
    await queues.addBackfill({ account: "northside", resource, endpoint: "late", pass: 0, sent: 0 });
    const wanted = clinic.desk.appointments().map(({ id }) => id);
    expect(wanted.length).toBeGreaterThan(24);
    const told = await eventually(() => backfilledTo(late, wanted.length));
    expect(told.toSorted()).toEqual(wanted.toSorted());
  },
);

test("a page of a backfill that takes the upstream too long is asked for with half as many rows", async ({
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
  await using queues = createQueues({
    connection: redis,
    now: Date.now,
    prefix: `${prefix}:queue`,
    onError: () => undefined,
  });
  const resource = "individual_appointments";
  const everything =
    "/individual_appointments?q%5B%5D=archived_at%3A*&q%5B%5D=cancelled_at%3A*&sort=id%3Aasc";
  clinic.faults.failNext(
    { kind: "status", status: 504 },
    { count: 1_000, path: `${everything}&per_page=100` },
  );
  await queues.addBackfill({ account: "northside", resource, endpoint: "late", pass: 0, sent: 0 });
  const wanted = clinic.desk.appointments().map(({ id }) => id);
  const told = await eventually(() => backfilledTo(late, wanted.length));
  expect(told.toSorted()).toEqual(wanted.toSorted());
});
