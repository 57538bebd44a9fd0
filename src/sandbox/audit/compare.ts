import type { Fact, LedgerEntry, LedgerResource } from "./ledger.ts";
import { isObject } from "../http/request-body.ts";
import type { WireRecord } from "../wire/record.ts";

/** Fields nobody is called for: they move by themselves, or follow another record. */
const NOISE_FIELDS: Readonly<Record<LedgerResource, ReadonlySet<string>>> = {
  individual_appointments: new Set([
    "updated_at",
    "links",
    "attendees",
    "conflicts",
    "repeats",
    "email_reminder_sent",
    "sms_reminder_sent",
    "has_patient_appointment_notes",
    "telehealth_url",
    "patient_name",
    "invoice_status",
    "treatment_note_status",
  ]),
  group_appointments: new Set([
    "updated_at",
    "links",
    "attendees",
    "conflicts",
    "repeats",
    "telehealth_url",
    // Who comes is the attendees' to tell.
    "patient_ids",
  ]),
  attendees: new Set([
    "updated_at",
    "links",
    "patient_forms",
    "invoices",
    "email_reminder_sent",
    "sms_reminder_sent",
    "sent_email_reminders_count",
    "sent_sms_reminders_count",
    "sent_email_follow_ups_count",
    "sent_sms_follow_ups_count",
    "cancellation_url",
    "telehealth_url",
    "invoice_status",
    "treatment_note_status",
  ]),
  patients: new Set(["updated_at", "links"]),
};

/**
 * Does a delivered object show this state? Sensitive fields may be left out of it, so only the fields it has are
 * compared, and not the noise; but id and updated_at must be there, and must be right.
 */
export function showsState(object: WireRecord, entry: LedgerEntry): boolean {
  const { record, resource } = entry;
  if (!isSame(object["id"], record["id"]) || !isSame(object["updated_at"], record["updated_at"]))
    return false;
  return Object.keys(object).every(
    (field) => NOISE_FIELDS[resource].has(field) || isSame(object[field], record[field]),
  );
}

/** Fields whose difference a fact accounts for: what is left over is an update. */
const EXPLAINED_BY: Partial<Readonly<Record<Fact, readonly string[]>>> = {
  rescheduled: ["starts_at", "ends_at"],
  practitioner_changed: ["practitioner"],
  business_changed: ["business"],
  cancelled: ["cancelled_at", "cancellation_reason", "cancellation_reason_description", "cancellation_note"],
  reinstated: ["cancelled_at", "cancellation_reason", "cancellation_reason_description", "cancellation_note"],
  arrived: ["arrived", "patient_arrived", "did_not_arrive"],
  arrival_reverted: ["arrived", "patient_arrived", "did_not_arrive"],
  did_not_arrive: ["arrived", "patient_arrived", "did_not_arrive"],
  did_not_arrive_reverted: ["arrived", "patient_arrived", "did_not_arrive"],
  archived: ["archived_at", "deleted_at"],
  unarchived: ["archived_at", "deleted_at"],
  merged: ["merged_at", "merged_with_patient"],
};

/**
 * Of the facts of several changes, those that still show when only the first and the last state are looked at. The
 * others were undone on the way (A→B→A), and nobody who polls could have seen them. `undefined` is a record that is
 * not there: not yet, or no longer.
 */
export function visibleFacts(
  facts: ReadonlySet<Fact>,
  resource: LedgerResource,
  before: WireRecord | undefined,
  after: WireRecord | undefined,
): Set<Fact> {
  const visible = new Set<Fact>();
  for (const fact of facts) if (fact !== "updated" && isVisible(fact, before, after)) visible.add(fact);
  if (facts.has("updated") && before !== undefined && after !== undefined) {
    const explained = new Set([...visible].flatMap((fact) => EXPLAINED_BY[fact] ?? []));
    const fields = differingFields(resource, before, after);
    const isAlone = ![...visible].some(
      (fact) => fact !== "practitioner_changed" && fact !== "business_changed",
    );
    if (fields.some((field) => !explained.has(field)) || (isAlone && fields.length > 0))
      visible.add("updated");
  }
  return visible;
}

function isVisible(
  fact: Exclude<Fact, "updated">,
  before: WireRecord | undefined,
  after: WireRecord | undefined,
): boolean {
  if (after === undefined) return fact === "deleted" && before !== undefined;
  const turned = (isOn: (record: WireRecord) => boolean): "on" | "off" | undefined => {
    const [was, is] = [before !== undefined && isOn(before), isOn(after)];
    if (was === is) return undefined;
    return is ? "on" : "off";
  };
  const differs = (field: string): boolean => before !== undefined && !isSame(before[field], after[field]);
  switch (fact) {
    case "created":
    case "added":
    case "restored":
      return before === undefined;
    case "deleted":
      return false;
    case "rescheduled":
      return differs("starts_at") || differs("ends_at");
    case "practitioner_changed":
      return differs("practitioner");
    case "business_changed":
      return differs("business");
    case "cancelled":
    case "reinstated":
      return turned((record) => isSet(record["cancelled_at"])) === (fact === "cancelled" ? "on" : "off");
    case "arrived":
    case "arrival_reverted":
      return turned(hasArrived) === (fact === "arrived" ? "on" : "off");
    case "did_not_arrive":
    case "did_not_arrive_reverted":
      return turned(didNotArrive) === (fact === "did_not_arrive" ? "on" : "off");
    case "archived":
    case "unarchived":
      return turned((record) => isSet(record["archived_at"])) === (fact === "archived" ? "on" : "off");
    case "merged":
      return turned((record) => isSet(record["merged_at"])) === "on";
  }
}

function differingFields(resource: LedgerResource, before: WireRecord, after: WireRecord): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].filter(
    (field) => !NOISE_FIELDS[resource].has(field) && !isSame(before[field], after[field]),
  );
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined && value !== "";
}

/** An appointment has two marks; an attendee has one of three values. */
function hasArrived(record: WireRecord): boolean {
  return record["patient_arrived"] === true || record["arrived"] === true;
}

function didNotArrive(record: WireRecord): boolean {
  return record["did_not_arrive"] === true || record["arrived"] === false;
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || toCanonicalJson(left) === toCanonicalJson(right);
}

const SHARD_HOST = /^https:\/\/api\.\w+\.cliniko\.com(?=\/)/;

/** JSON with the keys in order and no shard in its links: two values are the same exactly when their texts are. */
export function toCanonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(",")}]`;
  if (typeof value === "string") return JSON.stringify(value.replace(SHARD_HOST, ""));
  if (!isObject(value)) return JSON.stringify(value) ?? "absent";
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${toCanonicalJson(value[key])}`);
  return `{${members.join(",")}}`;
}
