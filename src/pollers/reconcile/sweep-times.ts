import { elapsedMs } from "../../shared/elapsed.ts";
import type { ReadingPlan } from "../../cliniko/reading-plan.ts";
import type { ReadingState } from "../../store/detection/reading-store.ts";
import { type Resource, isReadWhole } from "../../resources/resource.ts";
import type { ReconcileIntervals } from "./reconcile.ts";

/** Of a resource of which only some rows are kept, counting proves nothing. */
type MaybeKept = Partial<Pick<Resource, "keptIf" | "reading">>;

/** When it is made sure that nothing is missing, unix ms. */
export interface SweepTimes {
  /** When every known record was last found to be there; undefined: not yet, or it is being looked for. */
  readonly lastAt: number | undefined;
  /** From when on the next poll does it; undefined: this account does not let itself be asked. */
  readonly dueAt: number | undefined;
}

/** The rules of `reconcile`, for showing. What cannot be counted is walked through. Pure. */
export function sweepTimes(
  resource: MaybeKept,
  plan: Pick<ReadingPlan, "order" | "passes">,
  state: Pick<ReadingState, "countedAt" | "presentAt" | "walkedAt" | "walkAfter"> & MaybeCounted,
  intervals: Pick<ReconcileIntervals, "countMs" | "walkMs">,
  now: number,
): SweepTimes {
  const { countMs } = intervals;
  // Every poll reads all there is.
  if (isReadWhole(resource))
    return { lastAt: state.presentAt === 0 ? undefined : state.presentAt * 1_000, dueAt: 0 };
  if (!seesHidden(plan)) return { lastAt: undefined, dueAt: undefined };
  if (!canCount(resource, plan) || !trustsCounts(state, now)) {
    const walkMs = walkEveryMs(resource, plan, state, intervals, now);
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
  {
    plan,
    resource,
  }: {
    readonly plan: Pick<ReadingPlan, "order" | "passes">;
    readonly resource: MaybeKept;
  },
  state: Pick<ReadingState, "countedAt" | "walkAfter" | "walkedAt"> & MaybeCounted,
  now: number,
): boolean {
  if (isReadWhole(resource)) return false;
  const counts = canCount(resource, plan) && trustsCounts(state, now);
  return (counts && state.countedAt === 0) || state.walkedAt === WALK_NOW || state.walkAfter !== undefined;
}

/** `walkedAt` of a walk that is wanted at once. 0 would be one that has never been. */
export const WALK_NOW = 1;

type MaybeCounted = Pick<ReadingState, "countsUnreliableAt"> & Partial<Pick<ReadingState, "fromNowOn">>;

/** How long an account's `total_entries` is not believed after it contradicted its own rows. */
const DISTRUST_MS = 86_400_000;
/** Walks a day in place of counts. */
const WALKS_A_DAY = 6;

/** What was never read is counted all the same. */
export function trustsCounts({ countsUnreliableAt, fromNowOn = false }: MaybeCounted, now: number): boolean {
  return !fromNowOn && elapsedMs(now, countsUnreliableAt) >= DISTRUST_MS;
}

/** Where counts cannot be used, walks come in their place: oftener, and each of them longer than a count. */
export function walkEveryMs(
  resource: MaybeKept,
  plan: Pick<ReadingPlan, "order" | "passes">,
  state: MaybeCounted,
  { countMs, walkMs }: Pick<ReconcileIntervals, "countMs" | "walkMs">,
  now: number,
): number {
  // What is kept in part is never counted, and walked at leisure.
  const counts = resource.keptIf !== undefined || canCount(resource, plan);
  return state.fromNowOn === true || (counts && trustsCounts(state, now))
    ? walkMs
    : Math.min(walkMs, Math.max(countMs, walkMs / WALKS_A_DAY));
}

/** Whether every record can be asked for by its id, hidden or not: where it cannot, hidden records would seem missing. */
export function seesHidden({ passes }: Pick<ReadingPlan, "passes">): boolean {
  return passes.every(({ since, variant }) => variant === undefined || since !== undefined);
}

/** Counting takes one list that holds everything, and ranges of ids. What cannot be counted is walked through. */
export function canCount(
  { keptIf }: MaybeKept,
  { order, passes }: Pick<ReadingPlan, "order" | "passes">,
): boolean {
  return keptIf === undefined && order === "id" && passes.length === 1;
}
