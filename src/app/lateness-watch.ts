import type { Base } from "../admin/base.ts";
import { runWhileReady } from "./run-while-ready.ts";
import { toError } from "../shared/errors.ts";
import { createRequestShares } from "../pollers/schedule/request-shares.ts";
import type { ConnectionKeeper } from "../pollers/connection/connection-keeper.ts";
import { promiseMsOf } from "../pollers/schedule/promise.ts";
import { tellLate } from "../pollers/schedule/watch-lateness.ts";
import { askAccountFacts } from "../store/detection/account-facts.ts";
import { createBatch } from "../store/redis/batch.ts";
import { askBudget } from "../store/detection/request-budget.ts";

/** What is late is told this much later at most. */
const EVERY_MS = 15_000;

/** Looks at every account now and then, whether or not anything of it is read. The first time after a while: polls come first. */
export function startLatenessWatch(
  base: Pick<Base, "config" | "keys" | "now" | "redis" | "troubles">,
  keeper: ConnectionKeeper,
  everyMs: number = EVERY_MS,
): AsyncDisposable {
  const { config, keys, now, redis, troubles } = base;
  const { intervalMs, requestsPerMinute, budgetShare: share } = config.polling;
  const requestShareOf = createRequestShares(config);
  const deps = {
    keeper,
    now,
    promiseMs: (target: { account: string; resource: string }): number =>
      intervalMs ?? Math.max(promiseMsOf(config.polling, target.resource), 60_000 / requestShareOf(target)),
  };
  const look = async (): Promise<void> => {
    const batch = createBatch(redis);
    const asked = config.accounts.map((account) => ({
      account: account.name,
      facts: askAccountFacts(batch, keys, account),
      budget: askBudget(batch, keys, { apiKey: account.apiKey, requestsPerMinute, share, now }),
    }));
    await batch.run();
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
