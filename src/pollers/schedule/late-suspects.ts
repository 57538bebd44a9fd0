import { type Target, createTargetMap } from "../../shared/target.ts";
import { DEGRADED_AFTER_MS } from "../connection/connection-reports.ts";

/** What a process has to look at to find what is late: what it has not seen read in time, or has seen failing. */
export interface LateSuspects {
  /** A scan of it has ended in this process. */
  scanned(target: Target, isWell: boolean): void;
  /** It was looked at: so long ago, ms, it was last read by whomever; undefined: that is not known. */
  looked(target: Target, idleMs: number | undefined): void;
  /** Names of accounts. */
  accounts(): readonly string[];
}

export interface LateSuspectsDeps {
  readonly targets: readonly Target[];
  /** Within what time a change of it is to be known, ms. */
  readonly promiseMs: (target: Target) => number;
  /** A clock that nobody sets, ms. */
  readonly elapsedMs: () => number;
}

/** Half the time after which what is late is told: what another process reads is asked about as often as that. */
const PATIENCE_MS = DEGRADED_AFTER_MS / 2;

/** A service that reads everything itself and in time has nothing to look at, however many accounts there are. */
export function createLateSuspects({ elapsedMs, promiseMs, targets }: LateSuspectsDeps): LateSuspects {
  const known = targets.map((target) => ({ target, dueMs: promiseMs(target) + PATIENCE_MS }));
  const readAt = createTargetMap<number>();
  const failing = createTargetMap<true>();
  return {
    scanned(target, isWell) {
      if (isWell) readAt.set(target, elapsedMs());
      if (isWell) failing.delete(target);
      else failing.set(target, true);
    },
    looked(target, idleMs) {
      if (idleMs === undefined) return;
      const at = elapsedMs() - idleMs;
      readAt.set(target, Math.max(at, readAt.get(target) ?? at));
    },
    accounts() {
      const at = elapsedMs();
      const suspected = known.filter(
        ({ dueMs, target }) => failing.get(target) || at - (readAt.get(target) ?? -Infinity) > dueMs,
      );
      return [...new Set(suspected.map(({ target }) => target.account))];
    },
  };
}
