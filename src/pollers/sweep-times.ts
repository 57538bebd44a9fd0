import { elapsedMs } from "../elapsed.ts";
import type { ReadingPlan } from "../cliniko/reading-plan.ts";
import type { Resource } from "../cliniko/resources.ts";
import type { ReadingState } from "../store/reading-store.ts";
import type { UpkeepIntervals } from "./upkeep.ts";

/** When it is made sure that nothing is missing, unix ms. */
export interface SweepTimes {
  /** When every known record was last found to be there; undefined: not yet, or it is being looked for. */
  readonly lastAt: number | undefined;
  /** From when on the next poll does it; undefined: this account does not let itself be asked. */
  readonly dueAt: number | undefined;
}

/** The rules of `upkeep`, for showing. What cannot be counted is walked through. Pure. */
export function sweepTimes(
  { partlyKept = false }: Pick<Resource, "partlyKept">,
  plan: Pick<ReadingPlan, "name">,
  state: Pick<ReadingState, "countedAt" | "countsUnreliableAt" | "presentAt" | "walkedAt" | "walkAfter">,
  intervals: Pick<UpkeepIntervals, "countMs" | "walkMs">,
  now: number,
): SweepTimes {
  const { countMs } = intervals;
  if (!seesHidden(plan)) return { lastAt: undefined, dueAt: undefined };
  if (partlyKept || !trustsCounts(state, now)) {
    const walkMs = walkEveryMs(state, intervals, now);
    const walking = state.walkAfter !== undefined;
    return {
      lastAt: walking || state.walkedAt === 0 ? undefined : state.walkedAt,
      dueAt: walking ? state.walkedAt : state.walkedAt + walkMs,
    };
  }
  return {
    lastAt: state.presentAt === 0 ? undefined : state.presentAt * 1_000,
    dueAt: state.countedAt + countMs,
  };
}

/** A count or a walk that was asked for out of turn has not ended yet. */
export function isSweepDue(
  { partlyKept = false }: Pick<Resource, "partlyKept">,
  state: Pick<ReadingState, "countedAt" | "countsUnreliableAt" | "walkAfter" | "walkedAt">,
  now: number,
): boolean {
  const counts = !partlyKept && trustsCounts(state, now);
  return (counts && state.countedAt === 0) || state.walkedAt === WALK_NOW || state.walkAfter !== undefined;
}

/** `walkedAt` of a walk that is wanted at once. 0 would be one that has never been. */
export const WALK_NOW = 1;

/** How long an account's `total_entries` is not believed after it contradicted its own rows. */
const DISTRUST_MS = 86_400_000;
/** Walks a day in place of counts. */
const WALKS_A_DAY = 6;

export function trustsCounts(
  { countsUnreliableAt }: Pick<ReadingState, "countsUnreliableAt">,
  now: number,
): boolean {
  return elapsedMs(now, countsUnreliableAt) >= DISTRUST_MS;
}

/** Where counts cannot be used, walks come in their place: oftener, and each of them longer than a count. */
export function walkEveryMs(
  state: Pick<ReadingState, "countsUnreliableAt">,
  { countMs, walkMs }: Pick<UpkeepIntervals, "countMs" | "walkMs">,
  now: number,
): number {
  return trustsCounts(state, now) ? walkMs : Math.min(walkMs, Math.max(countMs, walkMs / WALKS_A_DAY));
}

/** An account that does not filter by archived_at cannot be asked for what is hidden: its records would seem missing. */
export function seesHidden({ name }: Pick<ReadingPlan, "name">): boolean {
  return !name.startsWith("old-lists");
}
