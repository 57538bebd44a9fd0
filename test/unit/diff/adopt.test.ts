import { randomBytes } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import {
  type AdoptContext,
  type Observation,
  type Snapshot,
  adopt,
  adoptDisappearance,
} from "../../../src/diff/adopt.ts";
import { type WebhookEvent, toObject } from "../../../src/diff/event.ts";
import type { FieldKind } from "../../../src/resources/field.ts";
import { unknownAttributes, unknownFields } from "../../../src/diff/shape.ts";
import { resources } from "../../../src/resources/registry.ts";
import { fieldIn } from "../../../src/shared/sections.ts";
import { realBooking } from "../../fixtures/real-booking.ts";

const context: AdoptContext = {
  account: "northside",
  resource: "individual_appointments",
  projection: resources.individual_appointments,
  identityKey: randomBytes(32),
  baselineStartedAt: undefined,
};
const T = Date.parse("2024-04-02T20:04:46Z") / 1_000;

function observation(updatedAt: number, fields: Readonly<Record<string, unknown>> = {}): Observation {
  return {
    id: "1390726237298631770",
    createdAt: T,
    updatedAt,
    record: { ...realBooking(), ...fields },
    unchangedUntil: updatedAt - 10,
    readAt: updatedAt + 1,
  };
}

/** Adopts one after the other, as scans would. */
function follow(
  observations: readonly Observation[],
  start?: Snapshot,
): { snapshot: Snapshot | undefined; events: WebhookEvent[] } {
  let snapshot = start;
  const events: WebhookEvent[] = [];
  for (const next of observations) {
    const adoption = adopt(context, snapshot, next);
    if (adoption.kind !== "adopted") continue;
    snapshot = adoption.snapshot;
    if (adoption.event) events.push(adoption.event);
  }
  return { snapshot, events };
}

test("an event says what it was, when by the upstream, and between which moments", () => {
  const { events } = follow([
    observation(T),
    { ...observation(T + 60, { starts_at: "2024-04-03T02:00:00Z" }), unchangedUntil: T + 50, readAt: T + 63 },
  ]);
  expect(events[1]).toMatchObject({
    type: "appointment.rescheduled",
    timestamp: "2024-04-02T20:05:46Z",
    observed: { after: "2024-04-02T20:05:36Z", at: "2024-04-02T20:05:50Z" },
    sequence: 2,
    origin: "live",
    data: {
      previous: { starts_at: "2024-04-03T01:00:00Z" },
      changed: ["starts_at"],
      transitions: ["rescheduled"],
    },
  });
});

test("a commit that became visible late still lies between the observed moments", () => {
  const late = { ...observation(T + 5, { notes: "knee" }), unchangedUntil: T + 50, readAt: T + 63 };
  const [, event] = follow([observation(T), late]).events;
  expect(Date.parse(event?.observed.after ?? "")).toBeLessThan(Date.parse(event?.timestamp ?? ""));
  expect(Date.parse(event?.timestamp ?? "")).toBeLessThanOrEqual(Date.parse(event?.observed.at ?? ""));
});

test("a cancellation is dated by its own stamp, not by updated_at", () => {
  const cancelled = observation(T + 600, { cancelled_at: "2024-04-02T20:10:00Z" });
  expect(follow([observation(T), cancelled]).events[1]).toMatchObject({
    type: "appointment.cancelled",
    timestamp: "2024-04-02T20:10:00Z",
  });
});

test("what moved no stamp is dated by when it was read, and lies after what its stamp is of", () => {
  const start = follow([observation(T)]).snapshot;
  const day = 86_400;
  const read = { unchangedUntil: T + day - 60, readAt: T + day };
  const adoptLater = (updatedAt: number, fields: Readonly<Record<string, unknown>>) => {
    const appearance = { firstSyncAt: T - day, shownFrom: T + day - 180, choice: undefined };
    const adoption = adopt({ ...context, appearance }, start, { ...observation(updatedAt, fields), ...read });
    return adoption.kind === "adopted" ? adoption.event : undefined;
  };
  const silent = {
    timestamp: "2024-04-03T20:04:46Z",
    observed: { after: "2024-04-02T20:04:45Z", at: "2024-04-03T20:04:47Z" },
  };
  expect(adoptLater(T, { patient_arrived: true })).toMatchObject({ type: "appointment.arrived", ...silent });
  // Its stamp was moved by what is no news, long before.
  expect(adoptLater(T + 600, { notes: "knee" })).toMatchObject({
    ...silent,
    observed: { after: "2024-04-02T20:14:45Z" },
  });
  expect(adoptLater(T, { cancelled_at: "2024-04-03T20:00:00Z" })).toMatchObject({
    type: "appointment.cancelled",
    timestamp: "2024-04-03T20:00:00Z",
  });
  expect(adoptLater(T + day - 120, { notes: "knee" })).toMatchObject({ timestamp: "2024-04-03T20:02:46Z" });
});

test("a former link is told as a link on the record's own host", () => {
  const moved = observation(T + 60, {
    practitioner: { links: { self: "https://api.au4.cliniko.com/v1/practitioners/9" } },
  });
  expect(follow([observation(T), moved]).events[1]?.data.previous).toEqual({
    practitioner: { links: { self: "https://api.au4.cliniko.com/v1/practitioners/1390000000000000003" } },
  });
});

/** Another attribute where all are documented. */
function withMore(kind: FieldKind | undefined, value: unknown): unknown {
  if (typeof kind !== "object" || typeof value !== "object" || value === null) return value;
  return Array.isArray(value)
    ? value.map((one) => withMore(kind, one))
    : { ...value, introduced_today: "HIV" };
}

test.each(Object.values(resources))("$path: what no documentation names is not passed on", (projection) => {
  const { sample, shape } = projection;
  const known = Object.entries(sample).map(
    ([name, value]) => [name, withMore(shape[name]?.kind, value)] as const,
  );
  const record = {
    ...Object.fromEntries(known),
    "secret/url": "https://x.example",
    introduced_yesterday: "HIV",
  };
  const object = toObject(projection, record);

  const closed = Object.entries(record).flatMap(([name, value]) =>
    JSON.stringify(value).includes("introduced_today") ? [`${name}.introduced_today`] : [],
  );
  expect([...new Set(unknownAttributes(projection, record))]).toEqual(expect.arrayContaining(closed));
  expect(unknownAttributes(projection, projection.sample)).toEqual([]);
  expect(unknownFields(projection, record)).toContain("introduced_yesterday");
  expect(object).toEqual(toObject(projection, projection.sample));
  expect(JSON.stringify(object)).not.toContain("HIV");
  for (const name of Object.keys(projection.fields)) {
    expect(fieldIn(object, name) ?? null, name).toEqual(projection.sample[name] ?? null);
  }
});

test("a key that may be a patient's id or words is not named as a new field", () => {
  const odd = { "2087326859657216077": 1, patient_2087326859: 1, "Ada Quill": 1 };
  const { patients } = resources;

  expect(unknownAttributes(patients, { ...patients.sample, pronouns: odd })).toEqual([]);
  expect(unknownFields(patients, odd)).toEqual([]);
});

test("I4: the same transition has the same id, another one has another", () => {
  const moves = [observation(T), observation(T + 60, { notes: "a" }), observation(T + 120, { notes: "b" })];
  const once = follow(moves).events.map(({ id }) => id);
  expect(follow(moves).events.map(({ id }) => id)).toEqual(once);
  expect(new Set(once).size).toBe(3);
  for (const id of once) expect(id).toMatch(/^evt_[\w-]{24}$/);
  // There and back again is a new transition, although the two versions were met before.
  const back = follow([
    ...moves,
    observation(T + 180, { notes: "a" }),
    observation(T + 240, { notes: "b" }),
  ]).events;
  expect(new Set(back.map(({ id }) => id)).size).toBe(5);
});

test("the id depends on account, resource, record and key", () => {
  const id = (other: Partial<AdoptContext>, record = "1"): string | undefined => {
    const adoption = adopt({ ...context, ...other }, undefined, { ...observation(T), id: record });
    return adoption.kind === "adopted" ? adoption.event?.id : undefined;
  };
  const ids = [
    id({}),
    id({ account: "south" }),
    id({ resource: "bookings" }),
    id({ identityKey: randomBytes(32) }),
    id({}, "2"),
  ];
  expect(new Set(ids).size).toBe(5);
});

const version = fc.record({
  notes: fc.constantFrom(null, "a", "b"),
  cancelled_at: fc.constantFrom(null, "2024-04-05T00:00:00Z"),
  did_not_arrive: fc.constantFrom(false, null, true),
});

test("I2: the events of a record form a chain, without a gap, from first sight to what is remembered", () => {
  fc.assert(
    fc.property(fc.array(version, { minLength: 1, maxLength: 12 }), (versions) => {
      const { events, snapshot } = follow(
        versions.map((fields, index) => observation(T + index * 10, fields)),
      );
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
      expect(snapshot?.sequence).toBe(events.length);
      for (const [index, event] of events.entries()) {
        const former = events[index - 1]?.data.object;
        for (const [field, value] of Object.entries(event.data.previous)) {
          expect(value ?? false).toEqual(former?.[field] ?? false);
        }
      }
    }),
  );
});

test("I5: observations repeated or out of order leave the same memory and no further event", () => {
  fc.assert(
    fc.property(
      fc.array(version, { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.nat()),
      (versions, dice) => {
        const observations = versions.map((fields, index) => observation(T + index * 10, fields));
        const { events, snapshot } = follow(observations);
        const again = observations.toSorted(() => ((dice.next().value ?? 0) % 2) - 0.5);
        const repeated = follow(
          [...again, ...again].filter(({ updatedAt }) => updatedAt < (snapshot?.updatedAt ?? 0)),
          snapshot,
        );
        expect(repeated.events).toEqual([]);
        expect(repeated.snapshot).toBe(snapshot);
        expect(follow(observations).events).toEqual(events);
      },
    ),
  );
});

test("I17: a projection of another version takes records over silently and goes on counting", () => {
  const { snapshot } = follow([observation(T), observation(T + 10, { notes: "a" })]);
  const { notes: _notes, ...fields } = context.projection.fields;
  const next = { ...context, projection: { ...context.projection, fields, version: 2 } };
  const adoption = adopt(next, snapshot, observation(T + 10, { notes: "a" }));
  expect(adoption).toMatchObject({
    kind: "adopted",
    event: undefined,
    snapshot: { sequence: 2, projectionVersion: 2 },
  });
  const later = adopt(
    next,
    adoption.kind === "adopted" ? adoption.snapshot : undefined,
    observation(T + 20, { starts_at: "2024-05-01T00:00:00Z" }),
  );
  expect(later).toMatchObject({ kind: "adopted", event: { type: "appointment.rescheduled", sequence: 3 } });
});

test("I12: a record that is seen again after its deletion is restored, under the next number", () => {
  const { snapshot } = follow([observation(T), observation(T + 10, { notes: "a" })]);
  if (!snapshot) throw new Error("it was adopted");
  const disappearance = { id: "1390726237298631770", presentAt: T + 20, deletedAt: T + 100 };
  const { snapshot: gone, event: deleted } = adoptDisappearance(context, snapshot, disappearance);
  expect(deleted).toMatchObject({
    type: "appointment.deleted",
    sequence: 3,
    origin: "sweep",
    observed: { after: "2024-04-02T20:05:06Z", at: "2024-04-02T20:06:26Z" },
    data: { object: null, previous: { notes: "a", starts_at: "2024-04-03T01:00:00Z" } },
  });
  // What was read before the deletion was found is no return.
  expect(adopt(context, gone, { ...observation(T + 10, { notes: "a" }), readAt: T + 100 })).toEqual({
    kind: "stale",
  });
  const back = adopt(context, gone, { ...observation(T + 10, { notes: "a" }), readAt: T + 200 });
  expect(back).toMatchObject({
    kind: "adopted",
    event: {
      type: "appointment.restored",
      // Its stamp is of before it was gone.
      timestamp: "2024-04-02T20:08:06Z",
      observed: { after: "2024-04-02T20:06:26Z", at: "2024-04-02T20:08:07Z" },
      sequence: 4,
      data: { transitions: ["restored"], previous: {} },
    },
  });
  expect(adopt(context, gone, { ...observation(T + 150), readAt: T + 200 })).toMatchObject({
    event: { type: "appointment.restored", timestamp: "2024-04-02T20:07:16Z" },
  });
});

test("a watched field that is left out, not cleared, is another shape; one that may be left out is not", () => {
  const start = follow([observation(T, { notes: "a", patient_case: practitionerLink })]).snapshot;
  const { notes: _notes, ...without } = realBooking();
  expect(() => adopt(context, start, { ...observation(T + 10), record: without })).toThrow(
    "notes is no longer served",
  );
  expect(adopt(context, start, observation(T + 10, { notes: null }))).toMatchObject({
    kind: "adopted",
    event: { data: { changed: ["patient_case", "notes"] } },
  });
});

const practitionerLink = { links: { self: "https://api.au4.cliniko.com/v1/patient_cases/1" } };

test.each([
  ["a second before the first sync", -1, []],
  [
    "in the second in which the first sync began, behind the page that would have shown it",
    0,
    ["appointment.created"],
  ],
  ["a second later", 1, ["appointment.created"]],
] as const)("a record made %s is told as what it is", (_when, offset, types) => {
  const appearance = { firstSyncAt: T - offset, shownFrom: T - 120, choice: undefined };
  const seen = { ...observation(T), unchangedUntil: T - offset };
  const adoption = adopt({ ...context, appearance }, undefined, seen);

  expect(adoption.kind === "adopted" && adoption.event ? [adoption.event.type] : []).toEqual(types);
});
