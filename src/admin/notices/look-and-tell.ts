import type { NoticeWay } from "../../dispatch/notices/send-notice.ts";
import { toError } from "../../shared/errors.ts";
import type { Troubles } from "../../shared/troubles.ts";
import type { NoticeStore } from "../../store/detection/notice-store.ts";
import type { Assessment } from "../assess/assessment.ts";
import { type ToldStates, planNotices } from "./plan-notices.ts";
import { writeNotice } from "./write-notice.ts";

export interface TellingDeps {
  /** Everything that is to be said of the installation now. */
  readonly assess: () => Promise<readonly Assessment[]>;
  readonly ways: readonly NoticeWay[];
  readonly store: NoticeStore;
  readonly troubles: Pick<Troubles, "happened" | "over">;
  /** Name of this process. */
  readonly holder: string;
  /** Where the dashboard is, without a `/` at its end. */
  readonly home: string;
  readonly now: () => number;
}

const FAILED = "notice not sent";

/**
 * One look, by one process at a time: tells people what is news. What one way took counts as told: the others say in the log that they
 * failed. What no way took is tried again at the next look. One that dies after telling tells it again.
 */
export function createTelling(deps: TellingDeps): () => Promise<void> {
  /** Where Redis takes nothing down, people are not told the same again and again all the same. */
  let own: ToldStates = new Map();
  return async () => {
    const { assess, holder, home, now, store, troubles, ways } = deps;
    const kept = await store.take(holder).catch((error: unknown) => toError(error));
    if (kept === undefined) return;
    const told = kept instanceof Error ? own : merge(kept, own);
    const plan = planNotices(await assess(), told, now());
    let left = told;
    if (plan.news.length === 0) left = plan.told;
    else {
      const notice = writeNotice(plan, home, now());
      const outcomes = await Promise.all(
        ways.map(async (way) => {
          const outcome = await way.send(notice);
          const where = { way: way.name };
          if (outcome.kind === "sent") troubles.over({ message: FAILED, where });
          else troubles.happened({ message: FAILED, where, error: new Error(outcome.detail) });
          return outcome.kind;
        }),
      );
      if (outcomes.includes("sent")) left = plan.told;
    }
    own = left;
    if (!(kept instanceof Error)) await store.put(holder, left);
  };
}

/** Of each thing the later word: what this process told while Redis could not be written counts, too. */
function merge(kept: ToldStates, own: ToldStates): ToldStates {
  const later = [...own].filter(([name, { at }]) => at > (kept.get(name)?.at ?? Number.POSITIVE_INFINITY));
  return new Map([...kept, ...later]);
}
