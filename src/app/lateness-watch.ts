import type { Target } from "../shared/target.ts";
import { targetsOf } from "../config/config.ts";
import type { Base } from "../admin/base.ts";
import { runWhileReady } from "./run-while-ready.ts";
import { toError } from "../shared/errors.ts";
import { createRequestShares } from "../pollers/schedule/request-shares.ts";
import type { ConnectionKeeper } from "../pollers/connection/connection-keeper.ts";
import { type LateSuspects, createLateSuspects } from "../pollers/schedule/late-suspects.ts";
import { promiseMsOf } from "../pollers/schedule/promise.ts";
import { tellLate } from "../pollers/schedule/watch-lateness.ts";
import { askAccountFacts, idleMsOf } from "../store/detection/account-facts.ts";
import { createBatch } from "../store/redis/batch.ts";
import { askBudget } from "../store/detection/request-budget.ts";

/** What is late is told this much later at most. */
const EVERY_MS = 15_000;

/** What a process that polls is to suspect of being late. */
export function lateSuspects({ config }: Pick<Base, "config">): LateSuspects {
  const promiseMs = createPromises(config);
  const targets = targetsOf(config.accounts);
  return createLateSuspects({ targets, promiseMs, elapsedMs: () => performance.now() });
}

function createPromises(config: Base["config"]): (target: Target) => number {
  const requestShareOf = createRequestShares(config);
  return (target) =>
    config.polling.intervalMs ??
    Math.max(promiseMsOf(config.polling, target.resource), 60_000 / requestShareOf(target));
}

/** Looks now and then at the accounts of which something may be late. The first time after a while: polls come first. */
export function startLatenessWatch(
  base: Pick<Base, "config" | "keys" | "now" | "redis" | "troubles">,
  keeper: ConnectionKeeper,
  suspects: Pick<LateSuspects, "accounts" | "looked">,
  everyMs: number = EVERY_MS,
): AsyncDisposable {
  const { config, keys, now, redis, troubles } = base;
  const { requestsPerMinute, budgetShare: share } = config.polling;
  const deps = { keeper, now, promiseMs: createPromises(config) };
  const look = async (): Promise<void> => {
    const batch = createBatch(redis);
    const suspected = new Set(suspects.accounts());
    if (suspected.size === 0) return;
    const accounts = config.accounts.filter(({ name }) => suspected.has(name));
    const asked = accounts.map((account) => ({
      account: account.name,
      facts: askAccountFacts(batch, keys, account),
      budget: askBudget(batch, keys, { apiKey: account.apiKey, requestsPerMinute, share, now }),
    }));
    await batch.run();
    for (const { account, facts } of asked) {
      const { redisNow, resources } = facts();
      for (const read of resources) {
        suspects.looked({ account, resource: read.resource }, idleMsOf(read, redisNow));
      }
    }
    await tellLate(
      deps,
      asked.map(({ account, budget, facts }) => ({
        account,
        ...facts(),
        blockedUntilMs: budget().blockedUntilMs,
      })),
    );
  };
  return runWhileReady({
    redis,
    everyMs,
    run: look,
    onError: (error) => {
      troubles.happened({ message: "lateness not looked at", error: toError(error) });
    },
  });
}
