import type { DryRun } from "../../api/answers.ts";

export interface DayCount {
  /** `2026-11-22`, UTC. */
  readonly day: string;
  readonly total: number;
}

const DAY_MS = 86_400_000;

/** Every day of what was looked at, also those on which nothing happened. */
export function fillDays({
  days,
  since,
  until,
}: Pick<DryRun, "days" | "since" | "until">): readonly DayCount[] {
  const totals = new Map(days.map(({ day, total }) => [day, total]));
  const first = Math.floor(Date.parse(since) / DAY_MS);
  const last = Math.floor(Date.parse(until) / DAY_MS);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
    const day = new Date((first + index) * DAY_MS).toISOString().slice(0, 10);
    return { day, total: totals.get(day) ?? 0 };
  });
}
