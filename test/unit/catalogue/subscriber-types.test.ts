/**
 * What a subscriber writes against `cliniko-webhooks/events`. Half of these tests are the compiler's: `npm run lint`
 * fails when a switch is not exhaustive, when a field does not type, or when an error that is expected does not come.
 */
import { expect, test } from "vitest";
import type { z } from "zod";

import type { connectionRecord } from "../../../src/catalogue/connection.ts";
import type { endpointRecord } from "../../../src/catalogue/endpoint.ts";
import { eventCatalogue } from "../../../src/catalogue/event-catalogue.ts";
import type { RecordSchema } from "../../../src/catalogue/record-schema.ts";
import {
  type Appointment,
  type AppointmentEvent,
  type AppointmentRescheduled,
  type Attendee,
  type AttendeeEvent,
  type ClinikoEvent,
  type ConnectionEvent,
  type ConnectionState,
  type EndpointEvent,
  type EndpointState,
  type EndpointTestEvent,
  type EventType,
  EVENT_TYPES,
  type GroupAppointment,
  type GroupAppointmentEvent,
  type Patient,
  type PatientEvent,
  type PayloadLevel,
  isEventType,
} from "../../../src/public/events.ts";
import type {
  attendees,
  groupAppointments,
  individualAppointments,
  patients,
} from "../../../src/resources/all.ts";
import type { Resource } from "../../../src/resources/resource.ts";
import { exampleOf } from "../../support/example-of.ts";

const examples: readonly ClinikoEvent[] = EVENT_TYPES.map(exampleOf);

type Known =
  | AppointmentEvent
  | GroupAppointmentEvent
  | AttendeeEvent
  | PatientEvent
  | ConnectionEvent
  | EndpointEvent
  | EndpointTestEvent;

const SUBJECTS = ["appointment", "group_appointment", "attendee", "patient", "connection", "endpoint"];

function isKnown(event: ClinikoEvent): event is Known {
  return SUBJECTS.includes(event.subject.type);
}

/** Every type of these subjects is named: this does not compile while one is missing. */
function aboutWhat(event: Known): string {
  switch (event.type) {
    case "appointment.created":
    case "appointment.restored":
    case "appointment.archived":
    case "appointment.unarchived":
    case "appointment.cancelled":
    case "appointment.reinstated":
    case "appointment.did_not_arrive":
    case "appointment.did_not_arrive_reverted":
    case "appointment.arrived":
    case "appointment.arrival_reverted":
    case "appointment.rescheduled":
    case "appointment.updated":
      return event.data.object.starts_at;
    case "group_appointment.created":
    case "group_appointment.restored":
    case "group_appointment.archived":
    case "group_appointment.unarchived":
    case "group_appointment.rescheduled":
    case "group_appointment.updated":
      return String(event.data.object.max_attendees);
    case "attendee.added":
    case "attendee.restored":
    case "attendee.archived":
    case "attendee.unarchived":
    case "attendee.cancelled":
    case "attendee.reinstated":
    case "attendee.did_not_arrive":
    case "attendee.did_not_arrive_reverted":
    case "attendee.arrived":
    case "attendee.arrival_reverted":
    case "attendee.updated":
      return event.data.object.booking.links.self;
    case "patient.created":
    case "patient.restored":
    case "patient.merged":
    case "patient.archived":
    case "patient.unarchived":
    case "patient.updated":
      return event.data.object.last_name ?? "";
    case "appointment.deleted":
    case "group_appointment.deleted":
    case "attendee.deleted":
    case "patient.deleted":
      return event.data.object === null ? "gone" : event.data.object.updated_at;
    case "connection.degraded":
    case "connection.recovered":
    case "connection.key_revoked":
    case "connection.permission_reduced":
    case "connection.schema_changed":
    case "connection.baseline_completed":
      return event.data.object.detail;
    case "endpoint.failing":
    case "endpoint.disabled":
    case "endpoint.recovered":
      return event.data.object.state;
    case "endpoint.test":
      return event.data.object.note;
    default: {
      const nothingElse: never = event;
      return nothingElse;
    }
  }
}

/** The twin: here all but one are left, and the compiler says so. */
function aboutOne(event: ClinikoEvent): string {
  if (event.type === "appointment.created") return event.data.object.starts_at;
  // @ts-expect-error -- the other types are left
  const nothingElse: never = event;
  return String(nothingElse);
}

test("a switch over the type knows the record of each, and is exhaustive", () => {
  expect(aboutWhat(exampleOf("appointment.rescheduled"))).toBe("2026-11-25T04:30:00Z");
  expect(aboutWhat(exampleOf("patient.updated"))).toBe("Quill");
  expect(aboutWhat(exampleOf("appointment.deleted"))).toBe("gone");
  expect(
    examples
      .filter(isKnown)
      .map(aboutWhat)
      .filter((said) => said === "" || said === "undefined"),
  ).toEqual([]);
  expect(aboutOne(exampleOf("appointment.created"))).toBe("2026-11-23T23:00:00Z");
});

test("a type that is known is told from one that is not", () => {
  expect([...EVENT_TYPES]).toEqual(eventCatalogue.map(({ type }) => type));
  expect(EVENT_TYPES.every(isEventType)).toBe(true);
  expect(["appointment.moved", "", undefined, 7].some(isEventType)).toBe(false);
  const text: string = "appointment.created";
  const types: EventType[] = isEventType(text) ? [text] : [];
  expect(types).toEqual([text]);
});

test("a deleted record may be null, and any other is there", () => {
  const { deleted, created } = {
    deleted: exampleOf("patient.deleted"),
    created: exampleOf("patient.created"),
  };
  // @ts-expect-error -- it may be null
  expect(() => deleted.data.object.updated_at).toThrow(TypeError);
  expect(created.data.object.updated_at).toBe("2026-11-19T23:05:52Z");
});

test("each payload level has its own values", () => {
  const whenFull = ({ data }: AppointmentRescheduled): string => data.object.starts_at;
  const whenChanges = ({ data }: AppointmentRescheduled<"changes">): string | undefined => {
    // @ts-expect-error -- there is no record at this level
    void data.object?.starts_at;
    return data.current.starts_at;
  };
  const whenIds = ({ data }: AppointmentRescheduled<"ids">): readonly string[] => {
    // @ts-expect-error -- there are no values at this level
    const former: string = data.previous.starts_at;
    void former;
    return data.changed;
  };
  const whenAny = ({ data }: AppointmentRescheduled<PayloadLevel>): string | undefined =>
    data.object === null ? data.current?.starts_at : data.object.starts_at;
  const event = exampleOf("appointment.rescheduled");
  const { changed, transitions, previous } = event.data;
  const current = { starts_at: "2026-11-25T04:30:00Z" };
  const ids = { ...event, data: { object: null, previous: {}, changed, transitions } };
  const changes = { ...event, data: { object: null, previous, current, changed, transitions } };
  expect(whenFull(event)).toBe(current.starts_at);
  expect(whenChanges(changes)).toBe(current.starts_at);
  expect(whenIds(ids)).toEqual(["starts_at", "ends_at"]);
  expect([whenAny(event), whenAny(changes), whenAny(ids)]).toEqual([
    current.starts_at,
    current.starts_at,
    undefined,
  ]);
});

test("what the schemas accept is what the types say", () => {
  // The compiler's alone: each line compiles when whatever a schema lets through is of the generated type.
  type RecordOf<Of> = Of extends Resource<string, infer Shape> ? RecordSchema<Shape> : never;
  type Accepted<Schema extends z.ZodType, Type> = z.output<Schema> extends Type ? true : never;
  const accepted: [
    Accepted<RecordOf<typeof individualAppointments>, Appointment>,
    Accepted<RecordOf<typeof groupAppointments>, GroupAppointment>,
    Accepted<RecordOf<typeof attendees>, Attendee>,
    Accepted<RecordOf<typeof patients>, Patient>,
    Accepted<typeof connectionRecord, ConnectionState>,
    Accepted<typeof endpointRecord, EndpointState>,
  ] = [true, true, true, true, true, true];
  // @ts-expect-error -- a patient is no appointment: the check can fail
  const mixedUp: Accepted<RecordOf<typeof patients>, Appointment> = true;
  expect(accepted).not.toContain(!mixedUp);
});
