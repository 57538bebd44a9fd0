import { type Failure, safeDetail } from "../../cliniko/outcome.ts";
import type { FailingStep } from "../../store/detection/failing-steps.ts";

/** Pause after a first failure; it doubles, up to what the step allows. */
const FIRST_PAUSE_MS = 30_000;

/** What becomes of a step that has failed now. Pure. @param now unix ms */
export function failAgain(
  before: Pick<FailingStep, "failingSince" | "failures"> | undefined,
  { step, longestPauseMs }: { readonly step: string; readonly longestPauseMs: number },
  failure: Failure,
  now: number,
): FailingStep {
  const failures = (before?.failures ?? 0) + 1;
  return {
    step,
    failingSince: Math.min(before?.failingSince ?? now, now),
    failures,
    triedAt: now,
    pauseMs: Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 16), longestPauseMs),
    kind: failure.kind,
    detail: safeDetail(failure),
  };
}

/** Whether the pause is not over yet. A clock that was set back since does not make it longer. Pure. */
export function isPausing({ triedAt, pauseMs }: FailingStep, now: number): boolean {
  return !isDue(triedAt, pauseMs, now);
}

/** Whether `intervalMs` has passed since. A time that lies ahead is of a clock that was wrong: due. Pure. */
export function isDue(at: number, intervalMs: number, now: number): boolean {
  return now < at || now - at >= intervalMs;
}
