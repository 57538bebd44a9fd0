import type { GroupAppointmentRow } from "../tables/group-appointments.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import type { RepeatRule } from "../tables/visits.ts";
import { toEpochSeconds } from "../wire/time.ts";

/** What it takes to book. Moments in ms; without an end, the appointment type says how long it lasts. */
export interface NewAppointment {
  readonly patientId: string;
  readonly practitionerId: string;
  readonly businessId: string;
  readonly appointmentTypeId: string;
  readonly startsAt: number;
  readonly endsAt?: number;
  readonly notes?: string | null;
  readonly patientCaseId?: string | null;
  readonly bookingIpAddress?: string | null;
}

/** What may be changed later. A new start without a new end keeps the length. */
export type AppointmentChanges = Partial<Omit<NewAppointment, "bookingIpAddress">> & {
  readonly repeatRule?: RepeatRule;
};

/** What it takes to set up a class. Without a number of places, the appointment type says how many there are. */
export type NewGroup = Omit<NewAppointment, "patientId" | "patientCaseId" | "bookingIpAddress"> & {
  readonly maxAttendees?: number;
};

export type GroupChanges = Partial<NewGroup>;

export interface Cancellation {
  /** 10, 20, 30, 31, 40, 50 or 60. */
  readonly reason: number;
  readonly note?: string | null;
  /** Also the later occurrences of the series. */
  readonly applyToRepeats?: boolean;
}

const COLUMN_OF = {
  patientId: "patient_id",
  practitionerId: "practitioner_id",
  businessId: "business_id",
  appointmentTypeId: "appointment_type_id",
  startsAt: "starts_at",
  endsAt: "ends_at",
  notes: "notes",
  patientCaseId: "patient_case_id",
  bookingIpAddress: "booking_ip_address",
  repeatRule: "repeat_rule",
  maxAttendees: "max_attendees",
} as const;

export function toVisitColumns(form: Partial<NewAppointment> & AppointmentChanges): Partial<AppointmentRow> {
  return toColumns(form);
}

export function toClassColumns(form: GroupChanges): Partial<GroupAppointmentRow> {
  return toColumns(form);
}

export function toReason({
  reason,
  note = null,
}: Cancellation): Pick<AppointmentRow, "cancellation_reason" | "cancellation_note"> {
  return { cancellation_reason: reason, cancellation_note: note };
}

/** What is filled in, under the names of the columns; moments as whole seconds. */
function toColumns(form: object): Readonly<Record<string, unknown>> {
  const filledIn = Object.entries(form).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    filledIn.map(([field, value]: [string, unknown]) => {
      const column: unknown = Reflect.get(COLUMN_OF, field);
      return [
        String(column),
        typeof value === "number" && field.endsWith("At") ? toEpochSeconds(value) : value,
      ];
    }),
  );
}
