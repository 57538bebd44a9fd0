import type { AccountStore } from "../../store/detection/account-store.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingState, ReadingStore } from "../../store/detection/reading-store.ts";
import type { Resource } from "../../resources/resource.ts";
import { type Guard, isMassive } from "./guard.ts";

const DAY_SECONDS = 86_400;

/** What a page would tell that a clinic does seldom. */
export interface Unusual {
  /** Records that were not known although they were made before anything that has been unread. */
  readonly appeared: number;
  /** Records that say of themselves that they are deleted. */
  readonly deleted: number;
}

/** Adds up over the pages of a day what is unusual. */
export interface MassLimits {
  /** A guard: it is more than is believed without a person, and the page must not be taken over. @param at upstream's clock, unix seconds */
  judge(unusual: Unusual, at: number): Promise<Guard | undefined>;
}

export interface MassLimitsDeps {
  readonly state: ReadingState;
  readonly reading: Pick<ReadingStore, "update">;
  readonly store: Pick<AccountStore, "listIds">;
  readonly lease: Pick<Lease, "account" | "resource">;
  readonly resource: Pick<Resource, "comesInBursts">;
}

export function createMassLimits({ lease, reading, resource: of, state, store }: MassLimitsDeps): MassLimits {
  const { account, resource } = lease;
  let today = state;
  return {
    async judge({ appeared, deleted }, at) {
      const { appearances, deletionsAccepted, fromNowOn } = state;
      const [newAppeared, newDeleted] = [
        appearances === undefined && of.comesInBursts !== true && !fromNowOn ? appeared : 0,
        deletionsAccepted ? 0 : deleted,
      ];
      if (newAppeared + newDeleted === 0) return undefined;
      const appearedDay = addToDay(today.appearedSince, today.appearedCount, newAppeared, at);
      const goneDay = addToDay(today.goneSince, today.goneCount, newDeleted, at);
      // Nearly never more than a few: then it need not be known how many there are in all.
      if (isMassive(Math.max(appearedDay.count, goneDay.count), 0)) {
        const known = (await store.listIds(account, resource)).length;
        if (newAppeared > 0 && isMassive(appearedDay.count, known)) {
          return { kind: "mass_appearance", appeared: appearedDay.count, known };
        }
        if (newDeleted > 0 && isMassive(goneDay.count, known)) {
          return { kind: "mass_deletion", deleted: goneDay.count, known };
        }
      }
      const changes = {
        appearedSince: appearedDay.since,
        appearedCount: appearedDay.count,
        goneSince: goneDay.since,
        goneCount: goneDay.count,
      };
      today = { ...today, ...changes };
      await reading.update(account, resource, changes);
      return undefined;
    },
  };
}

/** A day begins with the first of what it counts. Upstream's clock, unix seconds. */
export interface Day {
  readonly since: number;
  readonly count: number;
}

export function addToDay(since: number, count: number, more: number, at: number): Day {
  const isOver = at - since >= DAY_SECONDS;
  return isOver ? { since: at, count: more } : { since, count: count + more };
}
