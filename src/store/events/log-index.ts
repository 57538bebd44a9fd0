import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { createBatch } from "../redis/batch.ts";
import { type LogEntry, logKeys, parseEntry } from "./event-log.ts";
import { FIND_BY_ID, FIND_TRAIL, INDEX_BATCH, PLACE_BYTES } from "./log-index-scripts.ts";

/** The places of a record's events in its account's log. */
export interface Trail {
  /** The oldest first. */
  readonly positions: readonly string[];
  /** There were more than are kept: these are the newest. */
  readonly cut: boolean;
}

/**
 * Finds entries of a log without walking over it. "not_indexed": an earlier release wrote some of the log and `indexBatch` has
 * not come through yet; whoever asks has to walk.
 */
export interface LogIndex {
  /** Undefined: no entry has this id. */
  find(account: string, eventId: string): Promise<LogEntry | "not_indexed" | undefined>;
  /** @param subject the event subject's type, and `record` its id */
  trailOf(account: string, subject: string, record: string): Promise<Trail | "not_indexed">;
  /** The entries at these places, in their order; those that were removed meanwhile are left out. */
  read(account: string, positions: readonly string[]): Promise<LogEntry[]>;
  /**
   * Indexes a few hundred entries that are not yet, if there are any. Any number of processes may call it at once, and any of
   * them may be killed: the next call goes on. begun: from the first entry on · more: some are left.
   */
  indexBatch(account: string): Promise<"begun" | "more" | "whole">;
}

const rowsSchema = z.array(z.tuple([z.string(), z.array(z.string())]));
const foundSchema = z.tuple([z.number(), rowsSchema]);
const trailSchema = z.tuple([z.number(), z.instanceof(Buffer)]);

type IndexKeys = Parameters<typeof logKeys>[0];

/** Entries in one step, so that Redis serves others in between: some 5 ms. */
const BATCH = 500;

export function createLogIndex(redis: Redis, keys: IndexKeys): LogIndex {
  return {
    async find(account, eventId) {
      const reply = await FIND_BY_ID.run(redis, { keys: logKeys(keys, account), args: { event: eventId } });
      const [whole, [row]] = foundSchema.parse(reply);
      if (row) return parseEntry(row);
      return whole === 1 ? undefined : "not_indexed";
    },

    async trailOf(account, subject, record) {
      const call = { keys: logKeys(keys, account), args: { name: `${subject}/${record}` } };
      const [whole, trail] = trailSchema.parse(await FIND_TRAIL.runBuffer(redis, call));
      return whole === 1 ? parseTrail(trail) : "not_indexed";
    },

    async read(account, positions) {
      const batch = createBatch(redis);
      const rows = positions.map((position) =>
        batch.ask(
          (pipeline) => pipeline.xrange(keys.log(account), position, position),
          (reply) => rowsSchema.parse(reply).map(parseEntry),
        ),
      );
      await batch.run();
      return rows.flatMap((read) => read());
    },

    async indexBatch(account) {
      const answer = await INDEX_BATCH.run(redis, { keys: logKeys(keys, account), args: { batch: BATCH } });
      return answer === "begun" || answer === "more" ? answer : "whole";
    },
  };
}

const SERIAL_OFFSET = 6;

function parseTrail(trail: Buffer): Trail {
  const positions: string[] = [];
  for (let at = 0; at + PLACE_BYTES <= trail.length; at += PLACE_BYTES) {
    positions.push(`${trail.readUIntBE(at, SERIAL_OFFSET)}-${trail.readUInt32BE(at + SERIAL_OFFSET)}`);
  }
  const cut = positions[0] === "0-0";
  return { positions: cut ? positions.slice(1) : positions, cut };
}
