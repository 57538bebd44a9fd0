import type { Base } from "../base.ts";
import { type ReadingPlan, describePass } from "../../cliniko/reading-plan.ts";
import type { AccountConfig } from "../../config/config.ts";
import { createLearntWeeks } from "../../pollers/schedule/learnt-weeks.ts";
import { createRequestShares } from "../../pollers/schedule/request-shares.ts";
import { currentPlan } from "../../pollers/scan/current-plan.ts";
import { type PollingWeek, createPollingWeeks } from "../../pollers/schedule/polling-week.ts";
import { sweepTimes } from "../../pollers/reconcile/sweep-times.ts";
import { RECONCILE_INTERVALS } from "../../pollers/reconcile/reconcile.ts";
import type { Problem } from "../../store/detection/connection-store.ts";
import { readKnownCount } from "../../store/detection/known-count.ts";
import type { Run } from "../../store/detection/run-log.ts";
import { createScheduleStore } from "../../store/detection/schedule-store.ts";
import { type ResourceName, isResourceName, resources } from "../../resources/registry.ts";

/** How one kind of record of an account is read. Times are unix ms. */
export interface ResourceReadingStatus {
  readonly resource: string;
  /** Undefined: it has not been found out yet what the account accepts. */
  readonly plan: (Pick<ReadingPlan, "name" | "order"> & { readonly passes: readonly string[] }) | undefined;
  /** Undefined: it is being read, or no service polls it. */
  readonly nextPollAt: number | undefined;
  /** `week` undefined: the operator fixed the interval, and nothing is learnt. */
  readonly pace: { readonly intervalMs: number; readonly week: readonly number[] | undefined };
  /** Records that are known and not deleted. */
  readonly known: number;
  /** Undefined: not foreseen. */
  readonly nextSweepAt: number | undefined;
  readonly lastSweepAt: number | undefined;
  readonly suspects: number;
  /** The newest first. */
  readonly lastRuns: readonly Run[];
}

export interface AccountReadingStatus {
  readonly account: string;
  readonly resources: readonly ResourceReadingStatus[];
  /** What is wrong, with the evidence as it was found. */
  readonly guards: readonly (Problem & { readonly resource: string })[];
}

type ReadingBase = Pick<
  Base,
  "config" | "connections" | "keys" | "now" | "queues" | "reading" | "redis" | "runs" | "store"
>;

/** How an account is read, why so often, and what came of it. For operators. Cliniko is not asked. */
export async function readReading(base: ReadingBase, account: AccountConfig): Promise<AccountReadingStatus> {
  const names = account.resources.filter(isResourceName);
  const targets = names.map((resource) => ({ account: account.name, resource }));
  const [connection, jobs] = await Promise.all([
    base.connections.read(account.name),
    base.queues.pollJobs(targets),
  ]);
  const quarantined = [...connection.problems.values()].some((problem) => problem.quarantined);
  const paceOf = createPaceReader(base);
  return {
    account: account.name,
    resources: await Promise.all(
      names.map(async (resource, index) => {
        const situation = { nextPollAt: jobs[index]?.nextAt, quarantined };
        const [read, pace] = await Promise.all([
          readResource(base, account.name, resource, situation),
          paceOf(account.name, resource),
        ]);
        return { ...read, pace };
      }),
    ),
    guards: [...connection.problems].map(([resource, problem]) => ({ resource, ...problem })),
  };
}

async function readResource(
  { keys, now, reading, redis, runs, store }: ReadingBase,
  account: string,
  resource: ResourceName,
  { quarantined, nextPollAt }: { readonly quarantined: boolean; readonly nextPollAt: number | undefined },
): Promise<Omit<ResourceReadingStatus, "pace">> {
  const [cursor, state, suspects, known, lastRuns] = await Promise.all([
    store.readCursor(account, resource),
    reading.read(account, resource),
    reading.suspects(account, resource),
    readKnownCount(redis, keys, account, resource),
    runs.read(account, resource),
  ]);
  const live = cursor?.phase === "live";
  const plan = currentPlan(resource, state, now());
  const { dueAt, lastAt } = sweepTimes(resources[resource], plan, state, RECONCILE_INTERVALS, now());
  return {
    resource,
    // The best plan is written down nowhere: it is what the account has not refused.
    plan: live || state.plan !== undefined ? describePlan(plan) : undefined,
    nextPollAt,
    known,
    // It comes with a scan that completed, and none does while a guard holds the account.
    nextSweepAt: !live || quarantined || dueAt === undefined ? undefined : dueAt > now() ? dueAt : nextPollAt,
    lastSweepAt: lastAt,
    suspects: suspects.size,
    lastRuns,
  };
}

function createPaceReader({
  config,
  keys,
  now,
  redis,
}: ReadingBase): (account: string, resource: string) => Promise<ResourceReadingStatus["pace"]> {
  const { intervalMs } = config.polling;
  if (intervalMs !== undefined) return async () => ({ intervalMs, week: undefined });
  const learntOf = createLearntWeeks(config, createScheduleStore(redis, keys, now));
  const requestShareOf = createRequestShares(config);
  const weekOf = createPollingWeeks(config.polling);
  return async (account, resource): Promise<PollingWeek> =>
    weekOf(resource, await learntOf({ account, resource }), requestShareOf({ account, resource }), now());
}

function describePlan({ name, order, passes }: ReadingPlan): NonNullable<ResourceReadingStatus["plan"]> {
  return { name, order, passes: passes.map(describePass) };
}
