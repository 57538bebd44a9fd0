import type { LogBounds, LogReader } from "./log-reader.ts";
import { LOG_START, comparePositions } from "./position.ts";

/**
 * What has become of a place that somebody has come to: an entry stands there · it was removed for its age, or is where a log
 * begins · lost: after a failover, or when its server was put back to an older copy, the log is not what it was.
 */
export type PlaceStanding = "there" | "removed" | "lost";

export function createPlaceFinder(
  log: Pick<LogReader, "has">,
  account: string,
  { last, lastRemoved, oldest }: LogBounds,
): (place: string) => Promise<PlaceStanding> {
  const found = new Map<string, Promise<PlaceStanding>>();
  const look = async (place: string): Promise<PlaceStanding> => {
    if (place === LOG_START) return "removed";
    if (comparePositions(place, last) > 0) return "lost";
    if (await log.has(account, place)) return "there";
    // Redis before 7 does not say what was removed.
    const isOld =
      lastRemoved === undefined
        ? oldest === undefined || comparePositions(oldest, place) > 0
        : comparePositions(place, lastRemoved) <= 0;
    return isOld ? "removed" : "lost";
  };
  return async (place) => {
    const looking = found.get(place) ?? look(place);
    found.set(place, looking);
    return await looking;
  };
}
