import fc from "fast-check";
import { expect, test } from "vitest";

import type { FieldCondition } from "../../../src/config/endpoint-settings.ts";
import type { WebhookEvent } from "../../../src/diff/event.ts";
import { holds } from "../../../src/dispatch/routing/subscriptions.ts";
import { eventOf } from "../../support/stored-things.ts";

const BASE = "https://api.au1.cliniko.com/v1";
const link = (id: string): object => ({ links: { self: `${BASE}/practitioners/${id}` } });

/** An event of an appointment; pass its data. */
function appointment(data: Partial<WebhookEvent["data"]>, more: Partial<WebhookEvent> = {}): WebhookEvent {
  return eventOf({
    data: { object: {}, previous: {}, changed: [], transitions: ["updated"], ...data },
    ...more,
  });
}

const moved = appointment({
  object: {
    starts_at: "2026-11-23T12:00:00+11:00",
    practitioner: link("12"),
    cancellation_reason: 50,
    did_not_arrive: true,
    max_attendees: 4,
    cancelled_at: null,
  },
  previous: {
    starts_at: "2026-11-22T01:00:00Z",
    practitioner: link("11"),
    cancellation_reason: null,
    did_not_arrive: false,
  },
  changed: ["starts_at", "practitioner", "cancellation_reason", "did_not_arrive"],
});

test.each<[FieldCondition, boolean]>([
  [{ field: "starts_at" }, true],
  [{ field: "cancelled_at" }, false],
  [{ field: "max_attendees" }, false],
  [{ field: "cancellation_reason", to: 50 }, true],
  [{ field: "cancellation_reason", to: "50" }, true],
  [{ field: "cancellation_reason", to: 5 }, false],
  [{ field: "cancellation_reason", from: null }, true],
  [{ field: "cancellation_reason", from: null, to: 50 }, true],
  [{ field: "cancellation_reason", from: 40, to: 50 }, false],
  [{ field: "cancellation_reason", from: null, to: null }, false],
  [{ field: "did_not_arrive", from: false, to: true }, true],
  [{ field: "did_not_arrive", from: "false", to: "true" }, true],
  [{ field: "did_not_arrive", from: null, to: true }, true],
  [{ field: "did_not_arrive", to: false }, false],
  [{ field: "practitioner", from: "11", to: "12" }, true],
  [{ field: "practitioner", to: 12 }, true],
  [{ field: "practitioner", to: "2" }, false],
  [{ field: "practitioner", to: "11" }, false],
  [{ field: "practitioner", to: null }, false],
  [{ field: "starts_at", to: "2026-11-23T01:00:00Z" }, true],
  [{ field: "starts_at", to: "2026-11-23T01:00:00.000Z" }, true],
  [{ field: "starts_at", from: "2026-11-22T11:00:00+10:00" }, true],
  [{ field: "starts_at", to: "2026-11-23T01:00:01Z" }, false],
])("of a moved appointment, %j holds: %j", (condition, expected) => {
  expect(holds([condition], moved)).toBe(expected);
});

test("without conditions everything comes, and of several all must hold", () => {
  expect(holds([], moved)).toBe(true);
  expect(holds([{ field: "starts_at" }, { field: "practitioner", to: "12" }], moved)).toBe(true);
  expect(holds([{ field: "starts_at" }, { field: "practitioner", to: "13" }], moved)).toBe(false);
});

const record = {
  starts_at: "2026-11-23T01:00:00Z",
  did_not_arrive: false,
  notes: "",
  practitioner: link("12"),
};

test.each<[FieldCondition, boolean]>([
  [{ field: "starts_at" }, true],
  [{ field: "starts_at", from: null }, true],
  [{ field: "starts_at", from: "2026-11-22T01:00:00Z" }, false],
  [{ field: "practitioner", to: "12" }, true],
  [{ field: "practitioner", to: "13" }, false],
  [{ field: "notes" }, false],
  [{ field: "did_not_arrive" }, false],
  [{ field: "cancelled_at" }, false],
  [{ field: "cancelled_at", to: null }, false],
  [{ field: "first_name" }, false],
])(
  "of a record's first sight and of its backfill, everything set is new: %j holds: %j",
  (condition, expected) => {
    const created = appointment({ object: record, transitions: ["created"] });
    const backfilled = appointment({ object: record, transitions: ["updated"] }, { origin: "backfill" });
    const added = eventOf({
      subject: { type: "attendee", id: "1" },
      data: {
        object: { patient: link("7") },
        previous: {},
        changed: [],
        transitions: ["added", "cancelled"],
      },
    });

    expect(holds([condition], created)).toBe(expected);
    expect(holds([condition], backfilled)).toBe(expected);
    expect(holds([{ field: "patient", to: "7" }], added)).toBe(true);
  },
);

test.each<[FieldCondition, boolean]>([
  [{ field: "starts_at", to: null }, true],
  [{ field: "starts_at", from: "2026-11-23T01:00:00Z", to: null }, true],
  [{ field: "starts_at", from: "2026-11-22T01:00:00Z" }, false],
  [{ field: "starts_at", to: "2026-11-23T01:00:00Z" }, false],
  [{ field: "cancelled_at", to: null }, false],
  [{ field: "did_not_arrive" }, false],
])(
  "of a record that is gone without a trace, everything that was set is unset: %j holds: %j",
  (condition, expected) => {
    const gone = appointment({ object: null, previous: record, transitions: ["deleted"] });

    expect(holds([condition], gone)).toBe(expected);
  },
);

test.each([
  ["a changed field whose former value was not kept", { changed: ["practitioner"], previous: {} }],
  ["a record of which no former version is known", { changed: [], transitions: ["restored"] }],
])("of %s, any former value meets a condition, and the present one must", (_what, data) => {
  const event = appointment({ object: { practitioner: link("12") }, ...data });

  expect(holds([{ field: "practitioner", from: "11" }], event)).toBe(true);
  expect(holds([{ field: "practitioner", from: null, to: "12" }], event)).toBe(true);
  expect(holds([{ field: "practitioner", from: "11", to: "13" }], event)).toBe(false);
  expect(holds([{ field: "first_name" }], event)).toBe(false);
});

test("a boolean of three states is not a flag: unset and false are two things", () => {
  const event = eventOf({
    subject: { type: "attendee", id: "1" },
    data: {
      object: { arrived: false },
      previous: { arrived: null },
      changed: ["arrived"],
      transitions: ["updated"],
    },
  });

  expect(holds([{ field: "arrived", from: null, to: false }], event)).toBe(true);
  expect(holds([{ field: "arrived", from: false }], event)).toBe(false);
  expect(holds([{ field: "arrived", to: null }], event)).toBe(false);
});

test.each(["connection", "endpoint"])(
  "what is told of a %s has no fields, and comes whatever the conditions",
  (type) => {
    const event = eventOf({
      subject: { type, id: "northside" },
      data: { object: { detail: "gone" }, previous: {}, changed: [], transitions: ["degraded"] },
    });

    expect(holds([{ field: "starts_at", to: "never" }], event)).toBe(true);
  },
);

test("links given as a list are compared as a set of ids, whatever their hosts", () => {
  const list = (base: string, ids: readonly string[]): object[] =>
    ids.map((id) => ({ links: { self: `${base}/practitioners/${id}?x=1` } }));
  const event = appointment({
    object: { repeat_rule: list(BASE, ["3", "1", "2"]) },
    previous: { repeat_rule: list("https://api.uk1.cliniko.com/v1", ["2"]) },
    changed: ["repeat_rule"],
  });

  expect(holds([{ field: "repeat_rule", from: "2", to: "1,2,3" }], event)).toBe(true);
  expect(holds([{ field: "repeat_rule", to: "1,2" }], event)).toBe(false);
});

const scalar = fc.oneof(
  fc.constantFrom("a", "1"),
  fc.integer({ min: 0, max: 1 }),
  fc.boolean(),
  fc.constant(null),
);
const FIELDS = ["starts_at", "notes"] as const;
const step = fc.record({ field: fc.constantFrom(...FIELDS), from: scalar, to: scalar });

function changing({ field, from, to }: { field: string; from: unknown; to: unknown }): WebhookEvent {
  return appointment({ object: { [field]: to }, previous: { [field]: from }, changed: [field] });
}

test("a condition that says just what happened holds", () => {
  fc.assert(
    fc.property(step, (happened) => {
      const event = changing(happened);

      expect(holds([happened], event)).toBe(true);
      expect(holds([{ field: happened.field }], event)).toBe(true);
    }),
  );
});

/** Whether what holds of the one can be relied on to hold of the other. */
function implies(one: boolean, other: boolean): boolean {
  return !one || other;
}

test("saying more never makes more events come", () => {
  fc.assert(
    fc.property(step, fc.array(step, { maxLength: 2 }), step, (happened, conditions, one) => {
      const event = changing(happened);
      const all = holds([...conditions, one], event);

      expect(implies(all, holds(conditions, event))).toBe(true);
      expect(implies(all, holds([{ field: one.field, to: one.to }], event))).toBe(true);
      expect(implies(all, holds([{ field: one.field }], event))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("forgetting the former value never loses an event", () => {
  fc.assert(
    fc.property(step, step, (happened, condition) => {
      const event = changing(happened);
      const forgotten = { ...event, data: { ...event.data, previous: {} } };

      expect(implies(holds([condition], event), holds([condition], forgotten))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("whatever the record looks like, an answer comes", () => {
  const anything = fc.dictionary(fc.constantFrom(...FIELDS, "links"), fc.anything());
  fc.assert(
    fc.property(anything, anything, fc.array(step, { maxLength: 2 }), (object, previous, conditions) => {
      const event = appointment({ object, previous, changed: [...FIELDS] });

      expect(typeof holds(conditions, event)).toBe("boolean");
    }),
  );
});
