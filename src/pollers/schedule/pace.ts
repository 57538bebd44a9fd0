import { type Target, createTargetMap } from "../../shared/target.ts";
import type { PollOutcome, ScheduleState } from "../../store/detection/schedule-store.ts";
import type { Schedule } from "./adaptive-schedule.ts";
import { hourOfWeek } from "./hour-weights.ts";
import type { LearntWeek } from "./learnt-weeks.ts";
import type { LentShares } from "./request-shares.ts";
import { nextTick } from "./schedule.ts";

/** What a poll that ended well leads to. */
export interface Paced {
  /** When to read next, unix ms. */
  readonly atMs: number;
  /** To be written down, so that any process can go on from there; undefined: nothing. */
  readonly outcome?: PollOutcome;
}

/** When a resource is read: the first time (unix ms), and after each poll that ended well. */
export interface Pace {
  first(target: Target): number;
  /** So many requests were made for it. */
  spent(target: Target, requests: number): void;
  /** @param state where the schedule stood before */
  next(
    target: Target,
    startedAtMs: number,
    changes: number,
    state: ScheduleState | undefined,
  ): Promise<Paced>;
}

/** The same interval always, on a grid of the target's own. */
export function createFixedPace(intervalMs: number, now: () => number): Pace {
  const tick = ({ account, resource }: Target): number =>
    nextTick(now(), intervalMs, `${account}/${resource}`);
  return { first: tick, spent: () => undefined, next: async (target) => ({ atMs: tick(target) }) };
}

export interface AdaptivePaceDeps {
  readonly scheduleOf: (resource: string) => Schedule;
  readonly learntOf: (target: Target) => Promise<LearntWeek>;
  readonly shares: LentShares;
  readonly now: () => number;
}

/** The longest interval in an hour of the week, by what had been learnt when it was worked out. */
interface HourCap {
  readonly hour: number;
  readonly capMs: number | undefined;
}

/**
 * Soon after a hit, seldom when the clinic sleeps, never beyond the promise; what was learnt is kept in the store. It is read once an
 * hour and after each hit, of all that share at once: between those nothing has changed but by what other processes found.
 */
export function createAdaptivePace({ scheduleOf, learntOf, shares, now }: AdaptivePaceDeps): Pace {
  const caps = createTargetMap<HourCap>();
  const capOf = async (target: Target, hour: number): Promise<number | undefined> => {
    const known = caps.get(target);
    if (known?.hour === hour) return known.capMs;
    const { account, resource } = target;
    const { beside, sharing, weights } = await learntOf(target);
    const plans = scheduleOf(resource).planTogether([weights, ...beside]);
    for (const [index, name] of [resource, ...sharing].entries())
      caps.set({ account, resource: name }, { hour, capMs: plans[index]?.[hour] });
    return caps.get(target)?.capMs;
  };
  return {
    first: ({ account, resource }) => scheduleOf(resource).first(`${account}/${resource}`, now()),

    spent: (target, requests) => {
      shares.spent(target, requests);
    },

    async next(target, startedAtMs, changes, state) {
      const hour = hourOfWeek(startedAtMs);
      const next = scheduleOf(target.resource).next(state, {
        key: `${target.account}/${target.resource}`,
        startedAtMs,
        nowMs: now(),
        hit: changes > 0,
        capMs: await capOf(target, hour),
        requestsPerMinute: shares.of(target),
      });
      if (changes > 0) caps.delete(target);
      return { atMs: next.atMs, outcome: { hourOfWeek: hour, changes, state: next.state } };
    },
  };
}
