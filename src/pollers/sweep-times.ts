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
  state: Pick<ReadingState, "countedAt" | "presentAt" | "walkedAt" | "walkAfter">,
  { countMs, walkMs }: Pick<UpkeepIntervals, "countMs" | "walkMs">,
): SweepTimes {
  if (!seesHidden(plan)) return { lastAt: undefined, dueAt: undefined };
  if (partlyKept) {
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

/** An account that does not filter by archived_at cannot be asked for what is hidden: its records would seem missing. */
export function seesHidden({ name }: Pick<ReadingPlan, "name">): boolean {
  return !name.startsWith("old-lists");
}
