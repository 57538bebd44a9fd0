import type { ClinicState } from "../clinic/clinic-state.ts";
import { isUnsetLink } from "../storage/columns.ts";
import type { GroupAppointmentRow } from "../tables/group-appointments.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import { toPatientName } from "../tables/patients.ts";
import { identityOf } from "../tables/define-table.ts";
import { type Row, type TableName, specs } from "../tables/tables.ts";
import { rowOf } from "./enact.ts";

type Completions = {
  readonly [Name in TableName]?: (state: ClinicState, given: Partial<Row<Name>>) => Partial<Row<Name>>;
};

/** What a new record takes from others when it is not said. */
const COMPLETE: Completions = {
  individual_appointments: (state: ClinicState, given: Partial<AppointmentRow>) => ({
    ...withEnd(state, given),
    patient_name: nameOf(state, given.patient_id ?? ""),
  }),
  group_appointments: (state: ClinicState, given: Partial<GroupAppointmentRow>) => {
    const type = rowOf(state, "appointment_types", given.appointment_type_id ?? "");
    return { max_attendees: type.max_attendees, ...withEnd(state, given) };
  },
  /** There is one of each pair of a place and a type. */
  services: (state: ClinicState, given: Partial<Row<"services">>) => {
    const { appointment_types: types, businesses, services } = state.tables;
    const pairs = businesses
      .currentRows()
      .flatMap(({ id: business_id }) =>
        types.currentRows().map(({ id: appointment_type_id }) => ({ business_id, appointment_type_id })),
      );
    const isFree = (pair: Partial<Row<"services">>): boolean =>
      services.current(identityOf(specs.services, pair) ?? "") === undefined;
    const free = pairs.find(isFree);
    return isFree(given) || free === undefined ? given : { ...given, ...free };
  },
  /** A patient has one and no more. */
  referral_sources: (state: ClinicState, given: Partial<Row<"referral_sources">>) => {
    const taken = new Set(state.tables.referral_sources.currentRows().map(({ patient_id }) => patient_id));
    const isFree = given.patient_id !== undefined && !taken.has(given.patient_id);
    const free = state.tables.patients.currentRows().find(({ id }) => !taken.has(id));
    return isFree || free === undefined ? given : { ...given, patient_id: free.id };
  },
};

/** What is rebuilt on a record whenever it is written. */
export const DERIVE: Completions = {
  individual_appointments: (state: ClinicState, row: Partial<AppointmentRow>) => ({
    patient_name: nameOf(state, row.patient_id ?? ""),
  }),
};

/** What was given for a new record, with what it takes from others. */
export function complete<Name extends TableName>(
  state: ClinicState,
  name: Name,
  given: Partial<Row<Name>>,
): Partial<Row<Name>> {
  return COMPLETE[name]?.(state, given) ?? given;
}

/** A new start without a new end keeps the length. */
export function keepLength<Values extends object>(before: object, given: Values): Values {
  const [from, to] = [momentOf(before, "starts_at"), momentOf(before, "ends_at")];
  const starts = momentOf(given, "starts_at");
  if (starts === undefined || from === undefined || to === undefined || "ends_at" in given) return given;
  return { ...given, ends_at: starts + (to - from) };
}

/** Without an end, the appointment type says how long it lasts. */
function withEnd<
  Values extends Partial<Pick<AppointmentRow, "starts_at" | "ends_at" | "appointment_type_id">>,
>(state: ClinicState, given: Values): Values {
  const { starts_at = 0, appointment_type_id = "" } = given;
  const type = rowOf(state, "appointment_types", appointment_type_id);
  return { ends_at: starts_at + type.duration_in_minutes * 60, ...given };
}

function nameOf(state: ClinicState, patientId: string): string {
  return isUnsetLink(patientId) ? "" : toPatientName(rowOf(state, "patients", patientId));
}

function momentOf(values: object, column: string): number | undefined {
  const value: unknown = Reflect.get(values, column);
  return typeof value === "number" ? value : undefined;
}
