import { blankAppointment, type AppointmentBasics } from "./blank-appointment.ts";
import type { ClinicState } from "./clinic-state.ts";
import { blankPatient } from "./patient-acts.ts";
import type {
  AppointmentRow,
  AppointmentTypeRow,
  BusinessRow,
  PatientRow,
  PractitionerRow,
  UserRow,
} from "./rows.ts";
import type { WireRecord } from "./wire-record.ts";
import { toEpochSeconds } from "./wire-time.ts";

/** An appointment to plant: whose, where, when; anything else may be added. */
export type PlantedAppointment = Omit<
  AppointmentBasics,
  "id" | "created_at" | "updated_at" | "patient_name"
> &
  Partial<AppointmentRow>;

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
  readonly appointment: (row: PlantedAppointment) => string;
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
      const { stored } = state.patients.put(row, ALWAYS);
      if (stored !== undefined) tellBaseline(state, "patients", row.id, stored.wire);
      return row.id;
    },
    appointment: (given) => {
      const patient = state.patients.current(given.patient_id)?.row;
      const row: AppointmentRow = {
        ...blankAppointment(),
        patient_name: [patient?.first_name, patient?.last_name].join(" ").trim(),
        ...toBase(state, given),
      };
      const { stored } = state.appointments.put(row, ALWAYS);
      if (stored !== undefined) tellBaseline(state, "individual_appointments", row.id, stored.wire);
      return row.id;
    },
  };
}

function createFurniture(state: ClinicState): Omit<Plant, "patient" | "appointment"> {
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
  const created_at = given.created_at ?? toEpochSeconds(state.now());
  const id = given.id ?? state.nextId(created_at * 1000);
  return { ...given, id, created_at, updated_at: given.updated_at ?? created_at };
}

function tellBaseline(
  state: ClinicState,
  resource: "individual_appointments" | "patients",
  id: string,
  record: WireRecord,
): void {
  const at = state.now();
  state.ledger.append({ at, visibleAt: at, resource, id, record, facts: [], noise: false, baseline: true });
}
