import type { ClinicState } from "../clinic/clinic-state.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import type { RepeatRule } from "../tables/visits.ts";
import { draft } from "./act.ts";
import { commit } from "./commit.ts";
import { enact, rowOf } from "./enact.ts";

/** Books one appointment, or with a rule a series: every occurrence is a record of its own. The first id comes first. */
export function book(state: ClinicState, given: Partial<AppointmentRow>): string[] {
  const first = draft(state, "individual_appointments", given);
  const rule = first.repeat_rule;
  const rows = rule === null ? [first] : [first, ...addRepeats(state, first, rule)];
  for (const row of rows) commit(state, "individual_appointments", row, ["created"]);
  return rows.map((row) => row.id);
}

/**
 * Answers the ids that were cancelled: a cancellation is set once, so those cancelled before are left alone. Which
 * occurrences "apply to repeats" means is not documented: here, those of the series that start later.
 */
export function cancel(
  state: ClinicState,
  id: string,
  reason: Pick<AppointmentRow, "cancellation_reason" | "cancellation_note">,
  applyToRepeats: boolean,
): string[] {
  const row = rowOf(state, "individual_appointments", id);
  return [row, ...(applyToRepeats ? laterOccurrences(state, row) : [])].flatMap(
    (one) => enact(state, "individual_appointments", one, "cancel", reason)?.id ?? [],
  );
}

/** Another appointment of the same practitioner at the same time. */
export function hasConflict(state: ClinicState, row: AppointmentRow): boolean {
  return state.tables.individual_appointments
    .currentRows()
    .some(
      (other) =>
        other.id !== row.id &&
        other.practitioner_id === row.practitioner_id &&
        other.cancelled_at === null &&
        other.archived_at === null &&
        other.starts_at < row.ends_at &&
        other.ends_at > row.starts_at,
    );
}

function laterOccurrences(state: ClinicState, row: AppointmentRow): AppointmentRow[] {
  const seriesId = row.repeated_from_id ?? row.id;
  return state.tables.individual_appointments
    .currentRows()
    .filter(
      (other) =>
        (other.id === seriesId || other.repeated_from_id === seriesId) &&
        other.starts_at > row.starts_at &&
        other.archived_at === null,
    )
    .toSorted((a, b) => a.starts_at - b.starts_at);
}

/** The later occurrences: records of their own that point to the first. They keep the hour in UTC. */
function addRepeats(state: ClinicState, first: AppointmentRow, rule: RepeatRule): AppointmentRow[] {
  return Array.from({ length: rule.number_of_repeats }, (_, index) => {
    const starts_at = shift(first.starts_at, rule, (index + 1) * rule.repeating_interval);
    return {
      ...first,
      id: state.nextId(state.now()),
      starts_at,
      ends_at: starts_at + (first.ends_at - first.starts_at),
      repeated_from_id: first.id,
    };
  });
}

function shift(epochSeconds: number, rule: RepeatRule, steps: number): number {
  if (rule.repeat_type === "Daily") return epochSeconds + steps * 86_400;
  if (rule.repeat_type === "Weekly") return epochSeconds + steps * 7 * 86_400;
  const date = new Date(epochSeconds * 1000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + steps);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime() / 1000;
}
