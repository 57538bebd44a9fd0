import { readChanges, type Reading } from "./appointment-requests.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import type { GroupChanges, NewGroup } from "../acts/group-acts.ts";
import type { Fields } from "./request-body.ts";

const REQUIRED = ["appointment_type_id", "business_id", "practitioner_id", "starts_at"] as const;

export function readNewGroup(state: ClinicState, fields: Fields): Reading<NewGroup> {
  const missing = REQUIRED.filter(
    (name) => fields[name] === undefined || fields[name] === null || fields[name] === "",
  );
  const changes = readGroupChanges(state, fields);
  const errors = {
    ...(changes.kind === "invalid" ? changes.errors : {}),
    ...Object.fromEntries(missing.map((name) => [name, "can't be blank"])),
  };
  if (changes.kind === "invalid" || missing.length > 0) return { kind: "invalid", errors };
  const { appointmentTypeId, businessId, practitionerId, startsAt, ...rest } = changes.value;
  if (
    appointmentTypeId === undefined ||
    businessId === undefined ||
    practitionerId === undefined ||
    startsAt === undefined
  ) {
    return { kind: "invalid", errors };
  }
  return { kind: "read", value: { appointmentTypeId, businessId, practitionerId, startsAt, ...rest } };
}

/** Fields that may be written; any other, such as patient_ids, is ignored. */
export function readGroupChanges(state: ClinicState, fields: Fields): Reading<GroupChanges> {
  const { appointment_type_id, business_id, practitioner_id, starts_at, ends_at, notes } = fields;
  const shared = readChanges(state, {
    appointment_type_id,
    business_id,
    practitioner_id,
    starts_at,
    ends_at,
    notes,
  });
  const places = fields["max_attendees"];
  const isNumber = typeof places === "number" && Number.isInteger(places) && places >= 1;
  if (places !== undefined && !isNumber) {
    const errors = shared.kind === "invalid" ? shared.errors : {};
    return { kind: "invalid", errors: { ...errors, max_attendees: "must be greater than 0" } };
  }
  if (shared.kind === "invalid" || !isNumber) return shared;
  return { kind: "read", value: { ...shared.value, maxAttendees: places } };
}
