import { blankAttendee, toFirstAttendee } from "./attendee-mirror.ts";
import { blankAppointment, type AppointmentBasics } from "./blank-appointment.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { blankGroup, groupOf, placesOf } from "./group-acts.ts";
import type { LedgerResource } from "../audit/ledger.ts";
import { blankPatient } from "./patient-acts.ts";
import { toPatientIds } from "./place-acts.ts";
import type {
  AppointmentRow,
  AppointmentTypeRow,
  AttendeeRow,
  BaseRow,
  BusinessRow,
  GroupAppointmentRow,
  PatientRow,
  PractitionerRow,
  UserRow,
} from "../storage/rows.ts";
import type { WireRecord } from "../wire/record.ts";
import { toEpochSeconds } from "../wire/time.ts";

/** An appointment to plant: whose, where, when; anything else may be added. */
export type PlantedAppointment = Omit<
  AppointmentBasics,
  "id" | "created_at" | "updated_at" | "patient_name"
> &
  Partial<AppointmentRow>;

/** A class to plant: where and when; anything else may be added. Its patients come with their places. */
export type PlantedGroup = Pick<
  GroupAppointmentRow,
  "starts_at" | "ends_at" | "appointment_type_id" | "business_id" | "practitioner_id"
> &
  Partial<Omit<GroupAppointmentRow, "patient_ids">>;

/** `booking_id` is the class. */
export type PlantedPlace = Pick<AttendeeRow, "booking_id" | "patient_id"> &
  Partial<Omit<AttendeeRow, "booking_kind">>;

/**
 * Puts records into a clinic as if they had always been there: any past, no facts, visible at once. Every call
 * answers the id. In the ledger they are the baseline.
 */
export interface Plant {
  readonly user: (row?: Partial<UserRow>) => string;
  readonly business: (row?: Partial<BusinessRow>) => string;
  readonly practitioner: (row?: Partial<PractitionerRow>) => string;
  readonly appointmentType: (row?: Partial<AppointmentTypeRow>) => string;
  readonly patient: (row?: Partial<PatientRow>) => string;
  /** With its attendee. */
  readonly appointment: (row: PlantedAppointment) => string;
  readonly groupAppointment: (row: PlantedGroup) => string;
  /** A place in a planted class. */
  readonly place: (row: PlantedPlace) => string;
}

/** Visible however far back a stale list looks. */
const ALWAYS = -Infinity;

export function createPlant(state: ClinicState): Plant {
  return {
    ...createFurniture(state),
    patient: (given = {}) => {
      const row: PatientRow = {
        ...blankPatient(),
        first_name: "Sample",
        last_name: "Patient",
        ...toBase(state, given),
      };
      tellBaseline(state, "patients", row.id, state.patients.put(row, ALWAYS).stored.render);
      return row.id;
    },
    appointment: (given) => plantAppointment(state, given),
    groupAppointment: (given) => {
      const row: GroupAppointmentRow = { ...blankGroup(), ...toBase(state, given) };
      const { stored } = state.groupAppointments.put(row, ALWAYS);
      tellBaseline(state, "group_appointments", row.id, stored.render);
      return row.id;
    },
    place: (given) => {
      const base = { ...toBase(state, given), booking_kind: "group" } as const;
      const row: AttendeeRow = { ...blankAttendee(base), ...base };
      plantAttendee(state, row);
      const group = groupOf(state, row.booking_id);
      const patient_ids = toPatientIds(placesOf(state, group.id));
      const { stored } = state.groupAppointments.put({ ...group, patient_ids }, ALWAYS);
      tellBaseline(state, "group_appointments", group.id, stored.render);
      return row.id;
    },
  };
}

function plantAppointment(state: ClinicState, given: PlantedAppointment): string {
  const patient = state.patients.current(given.patient_id)?.row;
  const patient_name = [patient?.first_name, patient?.last_name].join(" ").trim();
  const blank = blankAppointment({ patient_name, ...given, ...toStart(state, given) });
  // Assigned, not spread: a diary is planted by the hundred thousand, and this keeps the rows small.
  const row: AppointmentRow = Object.assign(blank, given);
  const { stored } = state.appointments.put(row, ALWAYS);
  tellBaseline(state, "individual_appointments", row.id, stored.render);
  const [attendeeId = state.nextId(row.created_at * 1000)] = state.seating.attendeeIdsOf(row.id);
  plantAttendee(state, toFirstAttendee(row, attendeeId, state.unknowns));
  return row.id;
}

function plantAttendee(state: ClinicState, row: AttendeeRow): void {
  const { stored } = state.attendees.put(row, ALWAYS);
  state.seating.seat(row.booking_id, row.id);
  tellBaseline(state, "attendees", row.id, stored.render);
}

type Furniture = "user" | "business" | "practitioner" | "appointmentType";

function createFurniture(state: ClinicState): Pick<Plant, Furniture> {
  return {
    user: (given = {}) => plantUser(state, given),
    business: (given = {}) => plantBusiness(state, given),
    practitioner: (given = {}) => plantPractitioner(state, given),
    appointmentType: (given = {}) => plantAppointmentType(state, given),
  };
}

function plantUser(state: ClinicState, given: Partial<UserRow>): string {
  const row: UserRow = {
    first_name: "Robin",
    last_name: "Desk",
    title: null,
    email: "robin.desk@example.com",
    role: "administrator",
    time_zone: state.timeZone,
    active: true,
    ...toBase(state, given),
  };
  state.users.put(row, ALWAYS);
  return row.id;
}

function plantBusiness(state: ClinicState, given: Partial<BusinessRow>): string {
  const row: BusinessRow = {
    business_name: state.name,
    address_1: "1 Example Street",
    city: "Northside",
    state: "QLD",
    post_code: "4000",
    time_zone: state.timeZone,
    archived_at: null,
    ...toBase(state, given),
  };
  state.businesses.put(row, ALWAYS);
  return row.id;
}

function plantPractitioner(state: ClinicState, given: Partial<PractitionerRow>): string {
  const row: PractitionerRow = {
    active: true,
    first_name: "Sam",
    last_name: "Sample",
    title: null,
    designation: null,
    user_id: state.users.currentRows()[0]?.id ?? "0",
    ...toBase(state, given),
  };
  state.practitioners.put(row, ALWAYS);
  return row.id;
}

function plantAppointmentType(state: ClinicState, given: Partial<AppointmentTypeRow>): string {
  const row: AppointmentTypeRow = {
    name: "Standard consultation",
    category: null,
    color: "#3d8b7a",
    duration_in_minutes: 30,
    max_attendees: 1,
    show_in_online_bookings: true,
    telehealth_enabled: false,
    online_payments_mode: null,
    appointment_confirmation_template_ids: [],
    appointment_reminder_template_ids: [],
    archived_at: null,
    ...toBase(state, given),
  };
  state.appointmentTypes.put(row, ALWAYS);
  return row.id;
}

/** The given values, with an id and moments for those that were left out. */
function toBase<Given extends { id?: string; created_at?: number; updated_at?: number }>(
  state: ClinicState,
  given: Given,
): Given & { id: string; created_at: number; updated_at: number } {
  return { ...given, ...toStart(state, given) };
}

function toStart(state: ClinicState, given: Partial<BaseRow>): BaseRow {
  const created_at = given.created_at ?? toEpochSeconds(state.now());
  const id = given.id ?? state.nextId(created_at * 1000);
  return { id, created_at, updated_at: given.updated_at ?? created_at };
}

function tellBaseline(
  state: ClinicState,
  resource: LedgerResource,
  id: string,
  render: () => WireRecord,
): void {
  const at = state.now();
  state.ledger.append({ at, visibleAt: at, resource, id, render, facts: [], noise: false, baseline: true });
}
