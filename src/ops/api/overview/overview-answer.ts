import type { AccountStatus, ResourceState } from "../../../admin/accounts/account-status.ts";
import type { Caller } from "../../../admin/access/caller.ts";
import type { Overview as Found, WatchedEndpoint } from "../../../admin/accounts/overview.ts";
import type { Config } from "../../../config/config.ts";
import { toIsoOrNull, toIsoSecondsOrNull } from "../../../shared/iso-time.ts";
import type { QueueFacts } from "../../../queues/queue-facts.ts";
import { toStatusAnswer } from "../endpoints/endpoint-answer.ts";
import { assessQueueAlone } from "../../../admin/assess/assess-work.ts";
import { toJudgement, toVerdictAnswer } from "./issue-answer.ts";
import { MOST_SHOWN, type Overview } from "./overview-schemas.ts";
import { toResourceAnswer } from "../accounts/resource-answer.ts";

type Polling = Pick<Config["polling"], "requestsPerMinute">;

const BUSIEST_SHOWN = 10;

/** An overview as the API has it. The queues and the budget are for operators. */
export function toOverview(caller: Caller, found: Found, polling: Polling): Overview {
  const operator = caller.role !== "subscriber";
  return {
    at: new Date(found.at).toISOString(),
    verdict: toVerdictAnswer(caller, found.verdict),
    sources: toSources(caller, found),
    budget: operator ? toBudget(found, polling) : null,
    queues: found.queues?.map((facts) => toQueue(facts, found.at)) ?? null,
    endpoints: toEndpoints(caller, found),
  };
}

function toSources(caller: Caller, { accounts, sources }: Found): Overview["sources"] {
  const live = sources.filter(({ state }) => state === "live");
  const oldest = leastOf(live.flatMap(({ completeUpTo }) => completeUpTo ?? []));
  return {
    accounts: accounts.length,
    total: sources.length,
    by_state: countBy(sources, ({ state }): ResourceState => state),
    quarantined: sources.filter(({ quarantined }) => quarantined).length,
    oldest_complete_up_to: toIsoSecondsOrNull(oldest === undefined ? undefined : oldest * 1_000),
    shown: sources.slice(0, MOST_SHOWN).map((source) => ({
      account: source.account,
      ...toResourceAnswer(caller, source),
    })),
  };
}

function toBudget({ accounts, at }: Found, { requestsPerMinute }: Polling): NonNullable<Overview["budget"]> {
  const mostUsed = accounts.toSorted((left, right) => right.budget.used - left.budget.used);
  return {
    accounts_limited: accounts.filter(({ budget }) => isLimited(budget)).length,
    accounts_blocked: accounts.filter(({ budget }) => (budget.blockedUntil ?? at) > at).length,
    busiest: mostUsed.slice(0, BUSIEST_SHOWN).map(({ account, assessment, budget }) => ({
      account,
      severity: assessment.severity,
      code: assessment.code,
      used: budget.used,
      share: budget.share,
      configured_share: budget.configuredShare,
      requests_per_minute: budget.share * requestsPerMinute,
      blocked_until: toIsoOrNull(budget.blockedUntil),
    })),
  };
}

/** A share that has grown back is the configured one but for the rounding. */
function isLimited({ share, configuredShare }: AccountStatus["budget"]): boolean {
  return share < configuredShare * 0.999_999;
}

function toQueue(facts: QueueFacts, at: number): NonNullable<Overview["queues"]>[number] {
  const { queue, jobs, nextWakeAt, oldestWaitingAt, workers } = facts;
  return {
    queue,
    workers: workers ?? null,
    waiting: jobs["waiting"] ?? 0,
    active: jobs["active"] ?? 0,
    delayed: jobs["delayed"] ?? 0,
    failed: jobs["failed"] ?? 0,
    oldest_waiting_at: toIsoOrNull(oldestWaitingAt),
    next_wake_at: toIsoOrNull(nextWakeAt),
    ...toJudgement(assessQueueAlone(facts, at)),
  };
}

function toEndpoints(caller: Caller, { endpoints, inTrouble }: Found): Overview["endpoints"] {
  const statuses = endpoints.map(({ status }) => toStatusAnswer(caller, status));
  const sum = (name: "waiting" | "parked" | "failed"): number =>
    statuses.reduce((total, status) => total + status[name], 0);
  const oldest = leastOf(endpoints.flatMap(({ status }) => status.oldestWaitingAt ?? []));
  return {
    total: endpoints.length,
    by_state: countBy(statuses, ({ state }) => state),
    waiting: sum("waiting"),
    parked: sum("parked"),
    failed: sum("failed"),
    oldest_waiting_at: toIsoOrNull(oldest),
    shown: inTrouble.slice(0, MOST_SHOWN).map(({ endpoint, status }: WatchedEndpoint) => ({
      id: endpoint.id,
      host: new URL(endpoint.settings.url).host,
      description: endpoint.settings.description,
      owner: endpoint.owner ?? null,
      status: toStatusAnswer(caller, status),
    })),
  };
}

/** Not by `Math.min(...all)`: an argument list has a limit, a list of sources has none. */
function leastOf(times: readonly number[]): number | undefined {
  return times.reduce<number | undefined>((least, time) => Math.min(time, least ?? time), undefined);
}

/** Those that occur. */
function countBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return Object.fromEntries(counts);
}
