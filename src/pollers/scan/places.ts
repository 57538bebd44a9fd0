import type { Target } from "../../shared/target.ts";

/**
 * Polls of an account that are under way at once, whoever makes them: a clinic that hangs takes two places, however many
 * resources it has. Enough to spend the budget: a request takes a third of the time that the next one must wait.
 */
export const POLLS_PER_ACCOUNT = 2;
/** How long a first sync reads on: while others of its account wait here, and while they may be waiting elsewhere. */
const SHORT_TURN_MS = 2_000;
const TURN_MS = 10_000;
/** Beyond, accounts share: a process has only so much memory for answers. */
const MOST_PLACES = 4_000;
const LEAST_PLACES = 16;

/** Polls that a process makes at once: so many that no account can take another's place. */
export function placesFor(accounts: number): number {
  return Math.min(Math.max(accounts * POLLS_PER_ACCOUNT, LEAST_PLACES), MOST_PLACES);
}

/** A poll that has its place. */
export interface Turn {
  /** False: others of its account wait, or may be waiting. */
  readonly mayGoOn: () => boolean;
}

export interface Places {
  /**
   * Does the work; undefined, from the work too: there is no place now. "moved": it is to be begun otherwise, and nobody is
   * woken, for nothing has ended. `isFailing`: it failed last time; of such an account makes one poll at a time, so that
   * resources that hang leave a place to those that do not.
   */
  hold<Result>(
    target: Target,
    isFailing: boolean,
    work: (turn: Turn) => Promise<Result | "moved" | undefined>,
  ): Promise<Result | "moved" | undefined>;
}

/**
 * Who of an account's polls may be under way in this process, and who waits for it: asleep, so that waiting takes no place.
 * @param wake ends the sleep of a poll that found no place
 */
export function createPlaces(
  wake: (target: Target) => Promise<unknown>,
  monotonicMs: () => number = () => performance.now(),
): Places {
  const failing = new Set<string>();
  /** By account and resource, who came first first: whether it is failing. */
  const waiting = new Map<string, Map<string, boolean>>();

  const wait = ({ account, resource }: Target, isFailing: boolean): undefined => {
    waiting.set(account, (waiting.get(account) ?? new Map<string, boolean>()).set(resource, isFailing));
    return undefined;
  };
  const forget = ({ account, resource }: Target): void => {
    const ofAccount = waiting.get(account);
    ofAccount?.delete(resource);
    if (ofAccount?.size === 0) waiting.delete(account);
  };
  /** The first of each kind: the one may not be able to use the place. */
  const wakeNext = (account: string): void => {
    const all = [...(waiting.get(account) ?? [])];
    for (const kind of [false, true]) {
      const next = all.find(([, isFailing]) => isFailing === kind);
      if (!next) continue;
      const target = { account, resource: next[0] };
      forget(target);
      // Should that fail, it looks by itself in a second.
      wake(target).catch(() => undefined);
    }
  };

  return {
    async hold(target, isFailing, work) {
      const { account } = target;
      if (isFailing && failing.has(account)) return wait(target, isFailing);
      forget(target);
      if (isFailing) failing.add(account);
      const startedAt = monotonicMs();
      const mayGoOn = (): boolean =>
        monotonicMs() - startedAt < (waiting.has(account) ? SHORT_TURN_MS : TURN_MS);
      let result: Awaited<ReturnType<typeof work>>;
      try {
        result = await work({ mayGoOn });
      } finally {
        if (isFailing) failing.delete(account);
      }
      if (result === undefined) return wait(target, isFailing);
      if (result !== "moved") wakeNext(account);
      return result;
    },
  };
}
