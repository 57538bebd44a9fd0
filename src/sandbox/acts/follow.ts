import { factsBetween } from "../audit/compare.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { isUnsetLink } from "../storage/columns.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import type { GroupAppointmentRow } from "../tables/group-appointments.ts";
import { toPatientName, type PatientRow } from "../tables/patients.ts";
import type { Row, TableName } from "../tables/tables.ts";
import { toEpochSeconds } from "../wire/time.ts";
import { commit } from "./commit.ts";
import { enact, rowOf } from "./enact.ts";

/** What a change of one record does to others. */
export const FOLLOW: {
  readonly [Name in TableName]?: (state: ClinicState, before: Row<Name>, after: Row<Name>) => void;
} = {
  attendees: (state: ClinicState, _before: AttendeeRow, after: AttendeeRow) => followAttendee(state, after),
  group_appointments: followGroup,
  patients: (state: ClinicState, before: PatientRow, after: PatientRow) => {
    if (toPatientName(after) !== toPatientName(before)) spreadName(state, after);
  },
};

/** What a record that is made does to others. */
export const MOVE: { readonly [Name in TableName]?: (state: ClinicState, row: Row<Name>) => void } = {
  stock_adjustments: moveStock,
};

/** What is not tracked does not move. */
function moveStock(state: ClinicState, { product_id, quantity }: Row<"stock_adjustments">): void {
  const before = rowOf(state, "products", product_id);
  const sum = Number(before.stock_level) + Number(quantity);
  if (before.stock_level === null || Number(quantity) === 0) return;
  const updated_at = state.unknowns.stockMovesProduct ? toEpochSeconds(state.now()) : before.updated_at;
  const after = { ...before, stock_level: sum.toFixed(1), updated_at };
  const table = state.tables.products;
  commit(state, "products", after, factsBetween("products", table.print(before), table.print(after)));
}

/** What a change of an attendee does to its booking is noise: a new updated_at, another list of patients. */
export function followAttendee(state: ClinicState, row: AttendeeRow): void {
  const moved = (updated_at: number): number =>
    state.unknowns.attendeeMovesBooking ? Math.max(updated_at, row.updated_at) : updated_at;
  if (row.booking_kind === "individual") {
    const appointment = rowOf(state, "individual_appointments", row.booking_id);
    const updated_at = moved(appointment.updated_at);
    if (updated_at !== appointment.updated_at)
      commit(state, "individual_appointments", { ...appointment, updated_at }, []);
    return;
  }
  const group = rowOf(state, "group_appointments", row.booking_id);
  const updated_at = moved(group.updated_at);
  const patient_ids = toPatientIds(placesOf(state, group.id));
  if (updated_at === group.updated_at && patient_ids.join() === group.patient_ids.join()) return;
  commit(state, "group_appointments", { ...group, updated_at, patient_ids }, []);
}

/** The places go into the archive with their class where the clinic was told so, and come back with it. */
function followGroup(state: ClinicState, before: GroupAppointmentRow, after: GroupAppointmentRow): void {
  const wasArchived = before.archived_at !== null;
  if (wasArchived && after.archived_at === null) {
    for (const place of placesOf(state, after.id)) {
      // Places archived on their own stay so.
      if (place.archived_at === before.archived_at) enact(state, "attendees", place, "unarchive");
    }
  } else if (!wasArchived && after.archived_at !== null && state.unknowns.endedBookingEndsAttendees) {
    for (const place of placesOf(state, after.id)) enact(state, "attendees", place, "archive");
  } else if (state.unknowns.bookingMovesAttendees) {
    for (const place of placesOf(state, after.id)) {
      const updated_at = Math.max(place.updated_at, after.updated_at);
      if (updated_at !== place.updated_at) commit(state, "attendees", { ...place, updated_at }, []);
    }
  }
}

function spreadName(state: ClinicState, patient: PatientRow): void {
  const reach = state.unknowns.patientNameReaches;
  if (reach === "stale") return;
  for (const row of appointmentsOf(state, patient.id)) {
    const updated_at = reach === "touch" ? toEpochSeconds(state.now()) : row.updated_at;
    const patient_name = toPatientName(patient);
    commit(state, "individual_appointments", { ...row, patient_name, updated_at }, []);
  }
}

/** The places of a class as they are now, whatever their state. */
export function placesOf(state: ClinicState, bookingId: string): AttendeeRow[] {
  return state.seating
    .attendeeIdsOf(bookingId)
    .map((id) => state.tables.attendees.current(id)?.row)
    .filter((row) => row !== undefined);
}

export function appointmentsOf(state: ClinicState, patientId: string): Row<"individual_appointments">[] {
  return state.tables.individual_appointments.currentRows().filter((row) => row.patient_id === patientId);
}

export function isOpen(place: AttendeeRow): boolean {
  return place.cancelled_at === null && place.archived_at === null;
}

/** Whether cancelled places count is not documented: here, who is expected. */
export function toPatientIds(places: readonly AttendeeRow[]): string[] {
  return places
    .filter((place) => isOpen(place) && !isUnsetLink(place.patient_id))
    .map((place) => place.patient_id);
}
