import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { parseJson } from "../../shared/parse-json.ts";
import { createBatch } from "../redis/batch.ts";
import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/** scan: what changed since the last one · sweep: whether anything is missing · recheck: records looked at by themselves. */
export type RunKind = "scan" | "sweep" | "recheck";

/** One reading of one kind of record. Counts and words of ours: nothing of a record is in it. */
export interface Run {
  readonly kind: RunKind;
  /** When it ended, unix ms. */
  readonly at: number;
  /** `completed`, `stopped`, or the kind of the failure. */
  readonly outcome: string;
  readonly detail: string | undefined;
  readonly durationMs: number;
  readonly requests: number;
  readonly records: number;
  readonly events: number;
}

export interface RunLog {
  /** One command, whatever it came to. */
  add(account: string, resource: string, run: Run): Promise<void>;
  /** The newest first, at most twenty. */
  read(account: string, resource: string): Promise<readonly Run[]>;
}

/**
 * How many of each class are kept. Nearly every scan finds nothing and the next comes in seconds: in one list they would
 * push out what somebody looks for, so that what found something and what failed have places of their own.
 */
const KEPT = { found: 6, failed: 5, scan: 4, sweep: 3, recheck: 2 } as const;
type Class = keyof typeof KEPT;
const CLASSES = ["found", "failed", "scan", "sweep", "recheck"] as const satisfies readonly Class[];

/** An account that is not read any more is forgotten here. */
const KEPT_MS = 30 * 86_400_000;

/** A row, not an object: the names would be most of it. */
const rowSchema = z.tuple([
  z.enum(["scan", "sweep", "recheck"]),
  z.number(),
  z.string(),
  z.string().nullable(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
]);

/** Part of a script: `runs` is the list's key. It is cut, and kept for another month, when it has grown to twice its length. */
export const ADD_RUN = `
local count = redis.call('LPUSH', runs, row)
if count >= 2 * kept then redis.call('LTRIM', runs, 0, kept - 1) end
if count == 1 or count >= 2 * kept then redis.call('PEXPIRE', runs, ${KEPT_MS}) end
`;

const ADD = defineScript({ keys: ["runs"], args: ["row", "kept"] }, `${ADD_RUN}return 1`);

export function createRunLog(redis: Redis, keys: Pick<Keys, "runs">): RunLog {
  return {
    async add(account, resource, run) {
      const { args, key } = placeOfRun(keys, account, resource, run);
      await ADD.run(redis, { keys: { runs: key }, args });
    },

    async read(account, resource) {
      const batch = createBatch(redis);
      const classes = CLASSES.map((kept) =>
        batch.ask(
          (pipeline) => pipeline.lrange(keys.runs(account, resource, kept), 0, KEPT[kept] - 1),
          (rows) => (Array.isArray(rows) ? rows.flatMap((row: unknown) => parseRun(String(row))) : []),
        ),
      );
      await batch.run();
      return classes.flatMap((runs) => runs()).toSorted((left, right) => right.at - left.at);
    },
  };
}

/** Where a reading's line goes, and what `ADD_RUN` is given. */
export function placeOfRun(
  keys: Pick<Keys, "runs">,
  account: string,
  resource: string,
  run: Run,
): { readonly key: string; readonly args: { readonly row: string; readonly kept: number } } {
  const kept = classOf(run);
  const { kind, at, outcome, detail, durationMs, requests, records, events } = run;
  const row = [kind, at, outcome, detail ?? null, Math.round(durationMs), requests, records, events];
  return {
    key: keys.runs(account, resource, kept),
    args: { row: JSON.stringify(row), kept: KEPT[kept] },
  };
}

function classOf({ events, kind, outcome }: Run): Class {
  if (outcome !== "completed") return "failed";
  return events > 0 ? "found" : kind;
}

/** Nothing for one of another release's. */
function parseRun(text: string): Run[] {
  const parsed = rowSchema.safeParse(parseJson(text));
  if (!parsed.success) return [];
  const [kind, at, outcome, detail, durationMs, requests, records, events] = parsed.data;
  return [{ kind, at, outcome, detail: detail ?? undefined, durationMs, requests, records, events }];
}
