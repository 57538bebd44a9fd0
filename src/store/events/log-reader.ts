import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { type LogEntry, parseEntry } from "./event-log.ts";
import { createBatch } from "../redis/batch.ts";
import type { Keys } from "../redis/keys.ts";
import { LOG_START } from "./position.ts";
import { defineScript } from "../redis/script.ts";

export type LogOrder = "oldest_first" | "newest_first";

/** Which entries of a log. Times are unix ms, of the commit. */
export interface LogRange {
  readonly order: LogOrder;
  /** Undefined: from the first. */
  readonly since?: number | undefined;
  /** Not included; undefined: to the last. */
  readonly until?: number | undefined;
}

export interface LogBounds {
  /** The first entry that is kept; undefined: none is. */
  readonly oldest: string | undefined;
  /** The last entry there has ever been, kept or not; `0-0`: none. */
  readonly last: string;
  /**
   * The last of the entries that were removed for their age: whoever has not read up to there has missed something.
   * Undefined: none was, or Redis is older than 7 and does not say.
   */
  readonly lastRemoved: string | undefined;
}

/** An account's log without bodies, in either direction. */
export interface LogReader {
  /** The next entries of the range behind `place` in the direction of reading (undefined: from its beginning). */
  slice(account: string, range: LogRange, place: string | undefined, count: number): Promise<LogEntry[]>;
  bounds(account: string): Promise<LogBounds>;
  /** The entry at a place, if one stands there, and those behind it: so many together. */
  at(account: string, place: string, count: number): Promise<LogEntry[]>;
  /** Whether an entry stands at that very place. */
  has(account: string, place: string): Promise<boolean>;
}

/** The stream's own facts, and its first entry; nothing for a log that no event was ever written to. */
const BOUNDS = defineScript(
  { keys: ["log"] },
  `
if redis.call('EXISTS', log) == 0 then return {} end
return { redis.call('XINFO', 'STREAM', log), redis.call('XRANGE', log, '-', '+', 'COUNT', 1) }`,
);

const boundsSchema = z.union([
  z.tuple([]),
  z.tuple([z.array(z.unknown()), z.array(z.tuple([z.string(), z.unknown()]))]),
]);

/** The last entry there has ever been in each of these logs, kept or not. */
export async function readLastPlaces(
  redis: Redis,
  keys: Pick<Keys, "log">,
  accounts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const batch = createBatch(redis);
  const asked = accounts.map((account) => {
    const call = { keys: { log: keys.log(account) }, args: {} };
    return [account, batch.ask((pipeline, how) => BOUNDS.queue(pipeline, call, how), parseBounds)] as const;
  });
  await batch.run();
  return new Map(asked.map(([account, bounds]) => [account, bounds().last]));
}

export function createLogReader(redis: Redis, keys: Pick<Keys, "log">): LogReader {
  return {
    async slice(account, { order, since, until }, place, count) {
      const key = keys.log(account);
      const after = place === undefined ? undefined : `(${place}`;
      // Before 1970 there is nothing, and Redis takes no such place.
      const start = since === undefined ? "-" : `${Math.max(0, since)}-0`;
      const end = until === undefined ? "+" : `(${Math.max(0, until)}-0`;
      const rows =
        order === "oldest_first"
          ? await redis.xrange(key, after ?? start, end, "COUNT", count)
          : await redis.xrevrange(key, after ?? end, start, "COUNT", count);
      return rows.map(parseEntry);
    },

    async bounds(account) {
      return parseBounds(await BOUNDS.run(redis, { keys: { log: keys.log(account) }, args: {} }));
    },

    async at(account, place, count) {
      return (await redis.xrange(keys.log(account), place, "+", "COUNT", count)).map(parseEntry);
    },

    async has(account, place) {
      return (await redis.xrange(keys.log(account), place, place)).length > 0;
    },
  };
}

function parseBounds(reply: unknown): LogBounds {
  const [info = [], first = []] = boundsSchema.parse(reply);
  const told = (name: string): string | undefined => {
    const value = info[info.indexOf(name) + 1];
    return info.includes(name) && typeof value === "string" && value !== LOG_START ? value : undefined;
  };
  return {
    oldest: first[0]?.[0],
    last: told("last-generated-id") ?? LOG_START,
    lastRemoved: told("max-deleted-entry-id"),
  };
}
