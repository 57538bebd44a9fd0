import type { LogEntry } from "../../store/events/event-log.ts";
import type { LogRange, LogReader } from "../../store/events/log-reader.ts";
import { comparePositions } from "../../store/events/position.ts";
import type { Patience } from "../../store/events/patience.ts";

/** Per account: the last entry that was looked at; undefined: none yet. */
export type Places = ReadonlyMap<string, string | undefined>;

export interface MergedEntry {
  readonly account: string;
  readonly entry: LogEntry;
}

export interface MergedBatch {
  /** In the order of the range, over all accounts. */
  readonly entries: readonly MergedEntry[];
  /** No account has any more of the range. */
  readonly ended: boolean;
}

/** Entries read from all accounts together in one step, and from each of them at least. */
const BATCH = 1_000;
const LEAST = 50;

/**
 * The next entries of several accounts' logs as one. Each account's own order is that of its commits; between accounts it
 * is the time of commit. An account of which there is more holds the others back to where it has come itself.
 */
export async function readMerged(
  log: Pick<LogReader, "slice">,
  range: LogRange,
  places: Places,
): Promise<MergedBatch> {
  const count = Math.max(LEAST, Math.ceil(BATCH / Math.max(places.size, 1)));
  const forwards = range.order === "oldest_first" ? 1 : -1;
  const compare = (left: MergedEntry, right: MergedEntry): number =>
    forwards * comparePositions(left.entry.position, right.entry.position) ||
    (left.account < right.account ? -1 : Number(left.account > right.account));
  const read = await Promise.all(
    [...places].map(async ([account, place]) => {
      const entries = await log.slice(account, range, place, count);
      return entries.map((entry): MergedEntry => ({ account, entry }));
    }),
  );
  const ends = read.flatMap((entries) => (entries.length < count ? [] : entries.slice(-1)));
  const filled = read.filter((entries) => entries.length > 0);
  // Nearly always one clinic alone has anything: its entries are in order already.
  if (filled.length <= 1) return { entries: filled[0] ?? [], ended: ends.length === 0 };
  const horizon = ends.toSorted(compare)[0];
  const entries = filled
    .flat()
    .toSorted(compare)
    .filter((found) => horizon === undefined || compare(found, horizon) <= 0);
  return { entries, ended: ends.length === 0 };
}

/**
 * Walks the merged logs to the end of the range. `limit` is how many entries are looked at and no more; the last batch may
 * go over it. It ends earlier when the patience is over, and rejects when nobody waits any more.
 */
export async function* walkMerged(
  log: Pick<LogReader, "slice">,
  range: LogRange,
  from: Places,
  limit: number,
  { signal, isOver }: Patience,
): AsyncGenerator<MergedBatch, void, void> {
  const places = new Map(from);
  for (let seen = 0; seen < limit;) {
    signal.throwIfAborted();
    const batch = await readMerged(log, range, places);
    for (const { account, entry } of batch.entries) places.set(account, entry.position);
    seen += batch.entries.length;
    yield batch;
    if (batch.ended || isOver()) return;
  }
}
