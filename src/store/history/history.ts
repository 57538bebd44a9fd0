import type { Redis } from "../redis/client.ts";

import { createBatch, toFields } from "../redis/batch.ts";
import {
  COUNTED,
  type HistoryRange,
  RESOLUTIONS,
  type Resolution,
  intervalsUntil,
  placeOf,
} from "./history-layout.ts";
import type { HistoryScope, Keys } from "../redis/keys.ts";
import type { LatencyBins } from "./latency-bins.ts";

export type { HistoryRange } from "./history-layout.ts";

/** What happened in one interval. */
export interface HistoryInterval {
  /** When it begins, unix ms. */
  readonly at: number;
  readonly detected: number;
  readonly delivered: number;
  readonly failed: number;
  /** Of what was delivered, as far as that tells how late we are. */
  readonly latencies: LatencyBins;
}

/** What is to be added up. */
export interface HistorySelection {
  /** Of which events that were committed are counted. */
  readonly detectedOf: readonly HistoryScope[];
  /** Of which attempts, and their latencies. */
  readonly deliveredOf: readonly HistoryScope[];
}

export interface HourlyActivity {
  readonly endpoint: string;
  /** Per hour, the oldest first; the last one is not over yet. */
  readonly delivered: readonly number[];
  readonly failed: readonly number[];
}

/** What was counted (history-recorder.ts), read again. Times are unix ms. */
export interface History {
  /** Every interval of the range, the oldest first. Where nothing was counted stand zeros: a pause is no gap. */
  read(
    range: HistoryRange,
    selection: HistorySelection,
    now: number,
  ): Promise<{ readonly stepMs: number; readonly intervals: readonly HistoryInterval[] }>;
  /** The last 24 hours of endpoints, in their order. */
  hourly(endpoints: readonly string[], now: number): Promise<HourlyActivity[]>;
}

const HOURS_SHOWN = 24;

export function createHistory(redis: Redis, keys: Pick<Keys, "history">): History {
  return {
    async read(range, { detectedOf, deliveredOf }, now) {
      const resolution = RESOLUTIONS[range];
      const sums = intervalsUntil(now, resolution, resolution.shown).map(createSum);
      const batch = createBatch(redis);
      for (const scope of detectedOf) {
        for (const { key, parts } of groupByHash(keys, scope, resolution, sums)) {
          const fields = parts.map(({ prefix }) => prefix + COUNTED.detected);
          batch.ask(
            (pipeline) => pipeline.hmget(key, ...fields),
            (reply) => {
              for (const [index, { sum }] of parts.entries()) sum.detected += toCount(listOf(reply)[index]);
            },
          );
        }
      }
      for (const scope of deliveredOf) {
        for (const { key, parts } of groupByHash(keys, scope, resolution, sums)) {
          const byPrefix = new Map(parts.map(({ prefix, sum }) => [prefix, sum]));
          batch.ask(
            (pipeline) => pipeline.hgetall(key),
            (reply) => {
              for (const [field, count] of Object.entries(toFields(reply)))
                addField(byPrefix, field, Number(count));
            },
          );
        }
      }
      await batch.run();
      return { stepMs: resolution.stepMs, intervals: sums };
    },

    async hourly(endpoints, now) {
      const hours = intervalsUntil(now, RESOLUTIONS.week, HOURS_SHOWN).map(createSum);
      const batch = createBatch(redis);
      const found = endpoints.map((endpoint) => {
        const delivered: number[] = [];
        const failed: number[] = [];
        for (const { key, parts } of groupByHash(keys, { endpoint }, RESOLUTIONS.week, hours)) {
          const fields = parts.flatMap(({ prefix }) => [prefix + COUNTED.delivered, prefix + COUNTED.failed]);
          batch.ask(
            (pipeline) => pipeline.hmget(key, ...fields),
            (reply) => {
              for (const [index, count] of listOf(reply).entries())
                (index % 2 === 0 ? delivered : failed).push(toCount(count));
            },
          );
        }
        return { endpoint, delivered, failed };
      });
      await batch.run();
      return found;
    },
  };
}

interface Sum extends HistoryInterval {
  detected: number;
  delivered: number;
  failed: number;
  readonly latencies: Map<number, number>;
}

function createSum(at: number): Sum {
  return { at, detected: 0, delivered: 0, failed: 0, latencies: new Map() };
}

/** A field of a hash, where its interval is one of those that are wanted. */
function addField(byPrefix: ReadonlyMap<string, Sum>, field: string, count: number): void {
  const sum = byPrefix.get(field.slice(0, 1));
  if (!sum) return;
  const name = field.slice(1);
  switch (name) {
    case COUNTED.detected:
      return;
    case COUNTED.delivered:
      sum.delivered += count;
      return;
    case COUNTED.failed:
      sum.failed += count;
      return;
    default: {
      const bin = Number.parseInt(name, 36);
      sum.latencies.set(bin, (sum.latencies.get(bin) ?? 0) + count);
    }
  }
}

interface HashPart {
  readonly key: string;
  readonly parts: readonly { readonly prefix: string; readonly sum: Sum }[];
}

/** The hashes that intervals (in the order of time) stand in, in that order. */
function groupByHash(
  keys: Pick<Keys, "history">,
  scope: HistoryScope,
  resolution: Resolution,
  sums: readonly Sum[],
): HashPart[] {
  const hashes = new Map<string, { prefix: string; sum: Sum }[]>();
  for (const sum of sums) {
    const { key, prefix } = placeOf(keys, scope, resolution, sum.at);
    const parts = hashes.get(key) ?? [];
    parts.push({ prefix, sum });
    hashes.set(key, parts);
  }
  return [...hashes].map(([key, parts]) => ({ key, parts }));
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

function toCount(value: unknown): number {
  return Number(value ?? 0);
}
