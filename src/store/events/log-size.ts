import type { Redis } from "../redis/client.ts";

import { createBatch } from "../redis/batch.ts";
import type { Keys } from "../redis/keys.ts";

export interface LogSize {
  readonly events: number;
  /** When the oldest that is kept was committed, unix ms; undefined: none is. */
  readonly oldestAt: number | undefined;
  readonly newestAt: number | undefined;
  /** The newest one's place; undefined: none. */
  readonly newest: string | undefined;
}

/** How much an account's event log holds, without reading any of it. */
export async function readLogSize(redis: Redis, keys: Pick<Keys, "log">, account: string): Promise<LogSize> {
  const key = keys.log(account);
  const [events, [oldest], [newest]] = await Promise.all([
    redis.xlen(key),
    redis.xrange(key, "-", "+", "COUNT", 1),
    redis.xrevrange(key, "+", "-", "COUNT", 1),
  ]);
  return { events, oldestAt: timeOf(oldest), newestAt: timeOf(newest), newest: newest?.[0] };
}

/** The first part of a place in a stream. */
function timeOf(entry: readonly [string, string[]] | undefined): number | undefined {
  return entry === undefined ? undefined : Number(entry[0].split("-")[0]);
}

/** How many events each account's log holds, the longest first. One round trip for all of them. */
export async function readLogLengths(
  redis: Redis,
  keys: Pick<Keys, "log">,
  accounts: readonly string[],
): Promise<readonly { readonly account: string; readonly events: number }[]> {
  const batch = createBatch(redis);
  const lengths = accounts.map((account) => ({
    account,
    events: batch.ask((pipeline) => pipeline.xlen(keys.log(account)), Number),
  }));
  await batch.run();
  return lengths
    .map(({ account, events }) => ({ account, events: events() }))
    .toSorted((left, right) => right.events - left.events || (left.account < right.account ? -1 : 1));
}
