import type { ClinicState } from "../clinic/clinic-state.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import type { GroupAppointmentRow } from "../tables/group-appointments.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import { toPatientName } from "../tables/patients.ts";
import { identityOf, ONLY_ID } from "../tables/define-table.ts";
import { isTableName, specs, tableOf, toNewRow, type Row, type TableName } from "../tables/tables.ts";
import { toEpochSeconds } from "../wire/time.ts";
import { toFirstAttendee } from "./attendee-mirror.ts";
import { placesOf, toPatientIds } from "./follow.ts";
import { rowOf } from "./enact.ts";

type Slot = "starts_at" | "ends_at" | "appointment_type_id" | "business_id" | "practitioner_id";

/** An appointment to plant: whose, where, when; anything else may be added. */
export type PlantedAppointment = Pick<AppointmentRow, Slot | "patient_id"> & Partial<AppointmentRow>;

/** A class to plant: where and when; anything else may be added. Its patients come with their places. */
export type PlantedGroup = Pick<GroupAppointmentRow, Slot> &
  Partial<Omit<GroupAppointmentRow, "patient_ids">>;

/** `booking_id` is the class. */
export type PlantedPlace = Pick<AttendeeRow, "booking_id" | "patient_id"> &
  Partial<Omit<AttendeeRow, "booking_kind">>;

/**
 * Puts records into a clinic as if they had always been there: any past, no facts, visible at once. Every call
 * answers the id. In the ledger they are the baseline.
 */
export interface Plant {
  readonly user: (row?: Partial<Row<"users">>) => string;
  readonly business: (row?: Partial<Row<"businesses">>) => string;
  readonly practitioner: (row?: Partial<Row<"practitioners">>) => string;
  readonly appointmentType: (row?: Partial<Row<"appointment_types">>) => string;
  readonly patient: (row?: Partial<Row<"patients">>) => string;
  /** With its attendee. */
  readonly appointment: (row: PlantedAppointment) => string;
  readonly groupAppointment: (row: PlantedGroup) => string;
  /** A place in a planted class. */
  readonly place: (row: PlantedPlace) => string;
  /** Of any table. Links that are always there are given, or name what was planted first; where there is nothing, it is planted. */
  readonly record: <Name extends TableName>(name: Name, row?: Partial<Row<Name>>) => string;
}

/** Visible however far back a stale list looks. */
const ALWAYS = -Infinity;

export function createPlant(state: ClinicState): Plant {
  const { name, timeZone: time_zone, tables } = state;
  const named = { first_name: "Sample", last_name: "Patient" };
  const plant: Plant = {
    user: (given) => plantRow(state, "users", { time_zone, ...given }),
    business: (given) => plantRow(state, "businesses", { business_name: name, time_zone, ...given }),
    practitioner: (given) =>
      plantRow(state, "practitioners", { user_id: tables.users.currentRows()[0]?.id ?? "0", ...given }),
    appointmentType: (given = {}) => plantRow(state, "appointment_types", given),
    patient: (given) => plantRow(state, "patients", { ...named, ...given }),
    appointment: (given) => {
      const patient = tables.patients.current(given.patient_id)?.row;
      const patient_name = patient === undefined ? "" : toPatientName(patient);
      return plantRow(state, "individual_appointments", Object.assign({ patient_name }, given));
    },
    groupAppointment: (given) => plantRow(state, "group_appointments", given),
    place: (given) => plantRow(state, "attendees", given),
    record: (resource, given = {}) => {
      // There is one, and it was there before anybody came.
      if (specs[resource].single && tableOf(tables, resource).current(ONLY_ID)) return ONLY_ID;
      const sample = specs[resource].sample?.(toEpochSeconds(state.now()));
      return plantRow(state, resource, { ...parentsOf(plant, state, resource, given), ...sample, ...given });
    },
  };
  return plant;
}

/** For every link that is always there and not given: the record that was planted first, or one that is planted now. */
function parentsOf(
  plant: Plant,
  { tables }: ClinicState,
  resource: TableName,
  given: object,
): Readonly<Record<string, string | readonly string[]>> {
  const { columns, identifiedBy = [], under } = specs[resource];
  // One that is read below its parent is the only one there, and of what makes a record what it is there is no second one.
  const own = under?.parent ?? identifiedBy.at(-1);
  const links = Object.entries(columns).flatMap(([column, { kind, blank, to = "" }]) => {
    // A booking is a class here: the attendees of appointments follow them.
    const parent = to === "bookings" ? "group_appointments" : to;
    if ((kind !== "link" && kind !== "links") || blank === null || column in given || !isTableName(parent))
      return [];
    const first = own === column ? undefined : tableOf(tables, parent).currentRows()[0]?.id;
    const id = first ?? plant.record(parent);
    return [[column, kind === "links" ? [id] : id] as const];
  });
  return Object.fromEntries(links);
}

const PLANTED_WITH: { readonly [Name in TableName]?: (state: ClinicState, row: Row<Name>) => void } = {
  individual_appointments: (state: ClinicState, row: AppointmentRow) => {
    const [attendeeId = state.nextId(row.created_at * 1000)] = state.seating.attendeeIdsOf(row.id);
    plantRow(state, "attendees", toFirstAttendee(row, attendeeId, state.unknowns));
  },
  attendees: (state: ClinicState, row: AttendeeRow) => {
    state.seating.seat(row.booking_id, row.id);
    if (row.booking_kind === "individual") return;
    const group = rowOf(state, "group_appointments", row.booking_id);
    const patient_ids = toPatientIds(placesOf(state, group.id));
    plantRow(state, "group_appointments", { ...group, patient_ids });
  },
};

function plantRow<Name extends TableName>(
  state: ClinicState,
  resource: Name,
  given: Partial<Row<Name>>,
): string {
  const created_at = given.created_at ?? toEpochSeconds(state.now());
  const id = given.id ?? identityOf(specs[resource], given) ?? state.nextId(created_at * 1000);
  const base = { id, created_at, updated_at: given.updated_at ?? created_at };
  const row = toNewRow(resource, base, given);
  const { stored } = state.tables[resource].put(row, ALWAYS);
  if (specs[resource].subject !== undefined) {
    const at = state.now();
    const told = { at, visibleAt: at, resource, id, render: stored.render };
    state.ledger.append({ ...told, facts: [], noise: false, baseline: true });
  }
  PLANTED_WITH[resource]?.(state, row);
  return id;
}
