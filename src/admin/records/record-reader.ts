import type { LogIndex } from "../../store/events/log-index.ts";
import type { LogRange, LogReader } from "../../store/events/log-reader.ts";
import { committedAt, comparePositions } from "../../store/events/position.ts";

/**
 * Reads the logs as if they held the events of one record alone: it costs what those cost. Where the index does not name all
 * of them, it is the log as it is. Of one search: what the index says is asked once.
 */
export function createRecordReader(
  index: Pick<LogIndex, "read" | "trailOf">,
  log: Pick<LogReader, "slice">,
  { type, id }: { readonly type: string; readonly id: string },
): Pick<LogReader, "slice"> {
  const trails = new Map<string, ReturnType<LogIndex["trailOf"]>>();
  return {
    async slice(account, range, place, count) {
      const asked = trails.get(account) ?? index.trailOf(account, type, id);
      trails.set(account, asked);
      const trail = await asked;
      if (trail === "not_indexed" || trail.cut) return await log.slice(account, range, place, count);
      // What was removed since shortens nothing: fewer than asked for would say that there are no more.
      const positions = inRange(trail.positions, range, place);
      const found = [];
      for (let from = 0; from < positions.length && found.length < count;) {
        const next = positions.slice(from, from + count - found.length);
        found.push(...(await index.read(account, next)));
        from += next.length;
      }
      return found;
    },
  };
}

function inRange(
  positions: readonly string[],
  { order, since = 0, until = Number.POSITIVE_INFINITY }: LogRange,
  place: string | undefined,
): readonly string[] {
  const forwards = order === "oldest_first";
  const isLeft = (position: string): boolean => {
    if (place === undefined) return true;
    const side = comparePositions(position, place);
    return forwards ? side > 0 : side < 0;
  };
  const meant = positions.filter((position) => {
    const at = committedAt(position);
    return at >= since && at < until && isLeft(position);
  });
  return forwards ? meant : meant.toReversed();
}
