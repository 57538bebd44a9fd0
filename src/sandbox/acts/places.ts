import type { ClinicState } from "../clinic/clinic-state.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import type { Complaints } from "../tables/define-table.ts";
import { change, create, perform } from "./act.ts";
import { ImpossibleActError, rowOf } from "./enact.ts";
import { followAttendee, isOpen, placesOf } from "./follow.ts";

/** Why a patient gets no place in a booking: a class can be full, and nobody has two open places in it. */
export function refusePlace(state: ClinicState, bookingId: string, patientId: string): Complaints {
  const group = state.tables.group_appointments.current(bookingId)?.row;
  // An appointment has its one attendee. What upstream says of it is not known: [U].
  if (group === undefined) return { booking_id: "must be a group appointment" };
  const taken = placesOf(state, bookingId).filter(isOpen);
  if (group.archived_at !== null || taken.length >= group.max_attendees)
    return { base: `group appointment ${bookingId} has no place left` };
  if (taken.some((place) => place.patient_id === patientId))
    return { patient_id: `patient ${patientId} has a place in ${bookingId} already` };
  return {};
}

/** Gives a patient a place in a class. */
export function addToGroup(
  state: ClinicState,
  groupId: string,
  patientId: string,
  more: Partial<AttendeeRow> = {},
): string {
  rowOf(state, "group_appointments", groupId);
  rowOf(state, "patients", patientId);
  const [why] = Object.values(refusePlace(state, groupId, patientId));
  if (why !== undefined) throw new ImpossibleActError(why);
  const place = { booking_kind: "group", booking_id: groupId, patient_id: patientId } as const;
  const id = create(state, "attendees", { ...more, ...place });
  followAttendee(state, rowOf(state, "attendees", id));
  return id;
}

/** What is written on an attendee. Of an appointment's, its mark and its case are the appointment's own, which has two marks for it. */
export function writeAttendee(state: ClinicState, id: string, values: Partial<AttendeeRow>): void {
  const { booking_id, booking_kind } = rowOf(state, "attendees", id);
  if (booking_kind === "group") {
    change(state, "attendees", id, values);
    return;
  }
  const { arrived, patient_case_id, ...own } = values;
  change(state, "attendees", id, own);
  if (patient_case_id !== undefined)
    change(state, "individual_appointments", booking_id, { patient_case_id });
  for (const act of MARKS.get(arrived) ?? []) perform(state, "individual_appointments", booking_id, act);
}

/** No more than one of them finds the appointment in a state for it. */
const MARKS = new Map<boolean | null | undefined, readonly string[]>([
  [true, ["markArrived"]],
  [false, ["markDidNotArrive"]],
  [null, ["clearArrival", "clearDidNotArrive"]],
]);
