import type { AppointmentRow, RepeatRule } from "../storage/rows.ts";

/** The later occurrences of a series: records of their own that point to the first. They keep the hour in UTC. */
export function addRepeats(first: AppointmentRow, rule: RepeatRule, nextId: () => string): AppointmentRow[] {
  return Array.from({ length: rule.number_of_repeats }, (_, index) => {
    const starts_at = shift(first.starts_at, rule, (index + 1) * rule.repeating_interval);
    return {
      ...first,
      id: nextId(),
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
