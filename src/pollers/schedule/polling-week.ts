import type { Config } from "../../config/config.ts";
import { type WeekPlan, createSchedules } from "./adaptive-schedule.ts";
import { tierOf } from "./promise.ts";
import { HOURS_PER_WEEK, hourOfWeek } from "./hour-weights.ts";
import type { LearntWeek } from "./learnt-weeks.ts";

/** How often a resource is read at present, and what was learnt of its week. */
export interface PollingWeek {
  /** The longest pause between two polls in this hour, ms. */
  readonly intervalMs: number;
  /** For each hour of the week, from Monday 00:00 UTC, how busy it is, 1 being the average. */
  readonly week: readonly number[];
}

/** Works out the weeks of many resources: what does not depend on one is made once. */
export function createPollingWeeks({
  promiseMs,
  tiers,
}: Pick<Config["polling"], "promiseMs" | "tiers">): (
  resource: string,
  learnt: Omit<LearntWeek, "sharing">,
  requestsPerMinute: number,
  nowMs: number,
) => PollingWeek {
  const scheduleOf = createSchedules({ promiseMs, tiers });
  return (resource, { beside, weights }, requestsPerMinute, nowMs) => {
    const plan: WeekPlan = scheduleOf(resource).plan(weights, beside);
    const capMs = plan[hourOfWeek(nowMs)] ?? promiseMs[tierOf({ tiers }, resource)];
    const average = weights.reduce((sum, weight) => sum + weight, 0) / HOURS_PER_WEEK;
    return {
      intervalMs: Math.ceil(Math.max(capMs, 60_000 / requestsPerMinute)),
      week: weights.map((weight) => Math.round((weight / average) * 1_000) / 1_000),
    };
  };
}
