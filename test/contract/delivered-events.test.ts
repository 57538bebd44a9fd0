import { expect } from "vitest";

import type { WebhookEvent } from "../../src/diff/event.ts";
import { startReceiver } from "../../src/sandbox/http/receiver.ts";
import { cataloguedEvent } from "../support/assert-catalogued.ts";
import { eventually, startHarness } from "../support/harness.ts";
import { test } from "../support/redis-test.ts";
import { SECRET } from "../support/test-config.ts";

test("what is delivered at each payload level is as the catalogue says, and no more than the level allows", async ({
  address,
  prefix,
}) => {
  await using changes = await startReceiver({ secret: SECRET });
  await using ids = await startReceiver({ secret: SECRET });
  await using harness = await startHarness({
    address,
    prefix,
    setup: {
      endpoints: {
        lean: { url: changes.url, settings: { payload: "changes" } },
        bare: { url: ids.url, settings: { payload: "ids" } },
      },
    },
  });
  const { desk } = harness.clinic;
  const [first, second, third] = desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null);
  const [patient] = desk.patients();
  if (!first || !second || !third || !patient) throw new Error("the seeded clinic has all of these");

  desk.move(first.id, first.starts_at + 3_600);
  desk.cancel(second.id, { reason: 30, note: "Rang in the morning" });
  desk.archive(third.id);
  desk.changePatient(patient.id, { email: "new@example.com", notes: "Prefers mornings" });

  const typesOf = (events: readonly WebhookEvent[]): string[] =>
    events
      .filter(({ subject }) => subject.type !== "connection")
      .map(({ type }) => type)
      .toSorted();
  const wanted = [
    "appointment.archived",
    "appointment.cancelled",
    "appointment.rescheduled",
    "patient.updated",
  ];
  const allOf = async (look: () => WebhookEvent[]): Promise<WebhookEvent[]> =>
    await eventually(() => (typesOf(look()).length >= wanted.length ? look() : undefined));
  const full = await allOf(() => harness.events());
  const lean = await allOf(() => changes.callbacks.map(cataloguedEvent));
  const bare = await allOf(() => ids.callbacks.map(cataloguedEvent));

  for (const events of [full, lean, bare]) expect(typesOf(events)).toEqual(wanted);
  const ofRecords = (events: readonly WebhookEvent[]): readonly WebhookEvent[] =>
    events.filter(({ subject }) => subject.type !== "connection");
  const valuesOf = (all: readonly WebhookEvent[], events = ofRecords(all)): number[] =>
    [
      events.filter(({ data }) => data.object !== null),
      events.filter(({ data }) => data.current !== undefined),
      events.filter(({ data }) => Object.keys(data.previous).length > 0),
    ].map(({ length }) => length);
  expect(valuesOf(full)).toEqual([wanted.length, 0, wanted.length]);
  expect(valuesOf(lean)).toEqual([0, wanted.length, wanted.length]);
  expect(valuesOf(bare)).toEqual([0, 0, 0]);
  // The connection's own events came too, whole at every level, and were held to the catalogue with the rest.
  for (const events of [harness.connectionEvents(), lean, bare]) {
    const own = events.filter(({ subject }) => subject.type === "connection");
    expect(own.length).toBeGreaterThan(0);
    expect(own.every(({ data }) => data.object !== null)).toBe(true);
  }
});
