import type { Fact } from "../audit/ledger.ts";
import type { AppointmentRow } from "../storage/rows.ts";

type Slot = Pick<AppointmentRow, "starts_at" | "ends_at" | "practitioner_id" | "business_id">;

/** What a change of an appointment, or of a class, amounts to. Empty: nothing changed. */
export function toBookingFacts(before: Slot, after: Slot, edited: boolean): Fact[] {
  const facts: Fact[] = [];
  if (after.starts_at !== before.starts_at || after.ends_at !== before.ends_at) facts.push("rescheduled");
  if (after.practitioner_id !== before.practitioner_id) facts.push("practitioner_changed");
  if (after.business_id !== before.business_id) facts.push("business_changed");
  if (facts.length === 0 && !edited) return [];
  // Another practitioner or business alone is an update; with a new time it goes along with the move.
  if (edited || !facts.includes("rescheduled")) facts.push("updated");
  return facts;
}
