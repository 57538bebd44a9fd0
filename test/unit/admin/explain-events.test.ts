import { expect, test } from "vitest";

import { type EventFacts, explainEvents } from "../../../src/admin/deliveries/explain-events.ts";
import type { ListedEvent } from "../../../src/admin/events/list-events.ts";
import { eventOf } from "../../support/stored-things.ts";

const T0 = Date.parse("2026-11-22T03:15:05Z");
const HOUR_MS = 3_600_000;

function listed(eventId: string, committedAt: number, more: Partial<ListedEvent> = {}): ListedEvent {
  const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    account: "northside",
    eventId,
    position: `${committedAt}-0`,
    committedAt,
    subject: { type: "appointment", id: "1" },
    transitions: ["rescheduled"],
    body: {
      state: "kept",
      event: eventOf({
        timestamp: seconds(committedAt - 5_000),
        observed: { after: seconds(committedAt - 14_000), at: seconds(committedAt - 1_000) },
      }),
    },
    ...more,
  };
}

const known = (sequence: number): EventFacts["record"] => ({
  state: "present",
  sequence,
  updatedAt: T0 / 1_000,
  fields: {},
  withheld: [],
});

function explain(more: Partial<EventFacts>): string[] {
  const facts = {
    events: [],
    logSince: T0 - 24 * HOUR_MS,
    truncated: false,
    record: known(0),
    at: undefined,
    quiet: "",
    complete: true,
    ...more,
  };
  return explainEvents(facts).map(({ code, event }) => [code, event?.eventId].filter(Boolean).join(" "));
}

test("without a moment it is about the last event", () => {
  const events = [listed("e1", T0 - HOUR_MS), listed("e2", T0)];
  expect(explain({ events, record: known(2) })).toEqual(["event_made e2"]);
});

test("with a moment it is about what happened near it", () => {
  const events = [listed("e1", T0 - HOUR_MS), listed("e2", T0), listed("e3", T0 + 60_000)];
  const record = known(3);
  expect(explain({ events, record, at: T0 - HOUR_MS + 600_000 })).toEqual(["event_made e1"]);
  expect(explain({ events, record, at: T0 })).toEqual(["event_made e2", "event_made e3"]);
});

test("an event that was found long after it happened is near both moments", () => {
  const late = listed("e1", T0, {
    body: {
      state: "kept",
      event: eventOf({
        timestamp: "2026-11-21T20:00:00Z",
        observed: { after: "2026-11-21T19:00:00Z", at: "2026-11-22T03:15:00Z" },
      }),
    },
  });
  for (const at of [T0, Date.parse("2026-11-21T20:05:00Z"), Date.parse("2026-11-22T00:00:00Z")]) {
    expect(explain({ events: [late], record: known(1), at })).toEqual(["event_made e1"]);
  }
});

test("a moment when nothing happened is explained, with the nearest event", () => {
  const events = [listed("e1", T0 - 4 * HOUR_MS)];
  expect(explain({ events, record: known(1), at: T0 })).toEqual(["no_watched_change", "event_made e1"]);
});

test("while reading has not come so far, nothing is claimed", () => {
  expect(
    explain({ events: [listed("e1", T0)], record: known(1), at: T0 + HOUR_MS, complete: false }),
  ).toEqual(["event_made e1"]);
  expect(explain({ at: T0, complete: false, record: known(1) })).toEqual([]);
});

test("what the first sync took over silently is said to be so", () => {
  expect(explain({})).toEqual(["first_sync_silent"]);
  expect(explain({ at: T0 })).toEqual(["first_sync_silent"]);
});

test("events that are missing in the log are older than it, unless the log covers the moment", () => {
  const old = T0 - 48 * HOUR_MS;
  expect(explain({ record: known(3) })).toEqual(["older_than_log"]);
  expect(explain({ record: known(3), at: old })).toEqual(["older_than_log"]);
  expect(explain({ record: known(3), at: T0 })).toEqual(["no_watched_change"]);
  expect(explain({ record: known(3), logSince: undefined, at: T0 })).toEqual(["older_than_log"]);
  expect(explain({ record: known(1), events: [listed("e1", T0)], at: old })).toEqual([
    "no_watched_change",
    "event_made e1",
  ]);
});

test("an erased event is told as such", () => {
  const events = [listed("e1", T0, { body: { state: "erased" } })];
  expect(explain({ events, record: known(1), at: T0 })).toEqual(["event_erased e1"]);
});

test("an unknown record has no events to explain; a log that is too long says so", () => {
  expect(explain({ record: { state: "unknown" } })).toEqual([]);
  expect(explain({ truncated: true })).toEqual(["log_too_long"]);
});
