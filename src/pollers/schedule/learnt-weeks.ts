import type { Target } from "../../shared/target.ts";
import type { Config } from "../../config/config.ts";
import type { ScheduleStore } from "../../store/detection/schedule-store.ts";
import { toHourWeights } from "./hour-weights.ts";
import { tierOf } from "./promise.ts";

/** Weights of the hours of the week: see `toHourWeights`. */
export interface LearntWeek {
  readonly weights: readonly number[];
  /** Of those among which its requests are divided: where it is live, of the other live ones of its account. */
  readonly beside: readonly (readonly number[])[];
  /** Which resources those are. */
  readonly sharing: readonly string[];
}

interface Account {
  readonly accounts: readonly Pick<Config["accounts"][number], "name" | "resources">[];
  readonly polling: Pick<Config["polling"], "tiers">;
}

/** What was learnt of a resource and of what it shares with. */
export function createLearntWeeks(
  { accounts, polling }: Account,
  store: Pick<ScheduleStore, "read">,
): (target: Target) => Promise<LearntWeek> {
  const isLive = (resource: string): boolean => tierOf(polling, resource) === "live";
  const live = new Map(accounts.map(({ name, resources }) => [name, resources.filter(isLive)]));
  return async ({ account, resource }) => {
    const weightsOf = async (name: string): Promise<readonly number[]> =>
      toHourWeights((await store.read(account, name)).changesByHour);
    const sharing = (isLive(resource) ? (live.get(account) ?? []) : []).filter((other) => other !== resource);
    const [weights, beside] = await Promise.all([weightsOf(resource), Promise.all(sharing.map(weightsOf))]);
    return { weights, beside, sharing };
  };
}
