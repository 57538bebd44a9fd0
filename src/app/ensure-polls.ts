import type { Base } from "../admin/base.ts";
import type { GuardedRedis } from "./guard-redis.ts";
import { mustRest } from "../pollers/connection/key-watch.ts";
import type { Pace } from "../pollers/schedule/pace.ts";
import { askAccountFacts } from "../store/detection/account-facts.ts";
import { createBatch } from "../store/redis/batch.ts";

/** The first of each, then the second of each: the first one of an account finds out whose it is, and the others would wait for that. */
function byTurns<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) =>
    lists.flatMap((list) => list.slice(turn, turn + 1)),
  ).flat();
}

/**
 * Makes the polls that there are not, of all configured resources, and wakes those of accounts that are not read: a few round
 * trips however many accounts there are.
 */
export async function ensurePolls({
  config,
  guarded,
  keys,
  now,
  pace,
  queues,
  redis,
}: Pick<Base, "config" | "keys" | "now" | "queues" | "redis"> & {
  readonly pace: Pace;
  readonly guarded: Pick<GuardedRedis, "watermarks">;
}): Promise<void> {
  const batch = createBatch(redis);
  const asked = config.accounts.map((account) => ({
    account: account.name,
    facts: askAccountFacts(batch, keys, account),
  }));
  await batch.run();
  const ofAccounts = asked.map(({ account, facts }) =>
    facts().resources.map(({ cursor, resource }) => {
      const target = { account, resource };
      if (cursor?.phase === "live") guarded.watermarks.note(account, resource, cursor.watermark);
      // Nothing is known yet: no clinic is too quiet for its first sync to begin.
      return { target, delayMs: cursor ? pace.first(target) - now() : 0 };
    }),
  );
  const polls = byTurns(ofAccounts);
  await queues.ensurePolls(polls);
  // What an account waits for may have been mended, in the file or in Cliniko: that is found out now.
  const resting = asked.filter(({ facts }) => mustRest(facts().connection)).map(({ account }) => account);
  const held = polls.filter(({ target }) => resting.includes(target.account));
  await Promise.all(held.map(async ({ target }) => await queues.pollNow(target)));
}
