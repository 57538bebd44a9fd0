import type { ScheduleStore } from "../../store/detection/schedule-store.ts";
import type { Schedule } from "./adaptive-schedule.ts";
import { hourOfWeek, toHourWeights } from "./hour-weights.ts";
import { nextTick } from "./schedule.ts";

interface Target {
  readonly account: string;
  readonly resource: string;
}

/** When a resource is read: the first time, and after each poll that ended well. Unix ms. */
export interface Pace {
  first(target: Target): number;
  next(target: Target, startedAtMs: number, changes: number): Promise<number>;
}

/** The same interval always, on a grid of the target's own. */
export function createFixedPace(intervalMs: number, now: () => number): Pace {
  const tick = ({ account, resource }: Target): number =>
    nextTick(now(), intervalMs, `${account}/${resource}`);
  return { first: tick, next: async (target) => tick(target) };
}

export interface AdaptivePaceDeps {
  readonly scheduleOf: (resource: string) => Schedule;
  readonly store: ScheduleStore;
  /** What this resource of this account may spend. */
  readonly requestsPerMinute: (target: Target) => number;
  readonly now: () => number;
}

/** Soon after a hit, seldom when the clinic sleeps, never beyond the promise; what was learnt is kept in the store. */
export function createAdaptivePace({ scheduleOf, store, requestsPerMinute, now }: AdaptivePaceDeps): Pace {
  return {
    first: ({ account, resource }) => scheduleOf(resource).first(`${account}/${resource}`, now()),

    async next(target, startedAtMs, changes) {
      const { account, resource } = target;
      const { state, changesByHour } = await store.read(account, resource);
      const schedule = scheduleOf(resource);
      const next = schedule.next(state, {
        key: `${account}/${resource}`,
        startedAtMs,
        nowMs: now(),
        hit: changes > 0,
        plan: schedule.plan(toHourWeights(changesByHour)),
        requestsPerMinute: requestsPerMinute(target),
      });
      await store.record(account, resource, hourOfWeek(startedAtMs), changes, next.state);
      return next.atMs;
    },
  };
}
