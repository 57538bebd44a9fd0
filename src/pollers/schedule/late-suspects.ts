import { DEGRADED_AFTER_MS } from "../connection/connection-reports.ts";

interface Target {
  readonly account: string;
  readonly resource: string;
}

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
  const readAt = new Map<string, number>();
  const failing = new Set<string>();
  return {
    scanned(target, isWell) {
      const name = nameOf(target);
      if (isWell) readAt.set(name, elapsedMs());
      if (isWell) failing.delete(name);
      else failing.add(name);
    },
    looked(target, idleMs) {
      if (idleMs === undefined) return;
      const name = nameOf(target);
      const at = elapsedMs() - idleMs;
      readAt.set(name, Math.max(at, readAt.get(name) ?? at));
    },
    accounts() {
      const at = elapsedMs();
      const suspected = known.filter(({ dueMs, target }) => {
        const name = nameOf(target);
        return failing.has(name) || at - (readAt.get(name) ?? -Infinity) > dueMs;
      });
      return [...new Set(suspected.map(({ target }) => target.account))];
    },
  };
}

function nameOf({ account, resource }: Target): string {
  return `${account}/${resource}`;
}
