import type { UnstampedVersion } from "../../diff/shown-version.ts";
import type { ReadingState } from "../../store/detection/reading-store.ts";
import { OLDEST_CACHE_SECONDS } from "./rechecks.ts";

/** Two readings that show the same must lie this far apart, by the upstream's clock. */
const APART_SECONDS = 60;
/** How long readings that contradicted each other are remembered: longer than a tier of a quarter of an hour lets pass between two. */
const REMEMBERED_SECONDS = 3_600;

/** A version of a row: one that readings show and that is not believed yet, or one that it was until then. Unix seconds of the upstream's clock. */
interface Version {
  readonly fingerprint: string;
  readonly since: number;
}

/**
 * Whether to believe what a whole reading shows of rows that have no stamp and cannot be asked for by an id. Two caches that
 * answer in turn would be told as a change with each reading. So what a row was a while ago is not what it is again before no
 * cache can be that old; and where readings have contradicted each other lately, all of them must agree for as long. Anything
 * else is believed at once.
 */
export interface Steadiness {
  readonly isBelieved: (shown: UnstampedVersion) => boolean;
  /** How long something must have been shown so, or not shown, without a break, seconds. */
  neededSeconds(readAt: number): number;
  /**
   * What a page showed otherwise than it is known, which of its rows it showed as they are known, and which were taken over, with
   * what they were before.
   */
  note(page: NotedPage, readAt: number): void;
  /** One that a reading had left out was shown by a later one. */
  noteReturn(readAt: number): void;
  /** Whether anything is to be looked at again. */
  isOpen(): boolean;
  /** What is to be remembered of it; undefined: nothing has changed. */
  changes(): Pick<ReadingState, "sightings"> | undefined;
}

export interface NotedPage {
  readonly differing: ReadonlyMap<string, string>;
  readonly agreeing: readonly string[];
  readonly replaced: ReadonlyMap<string, string>;
}

export function createSteadiness({ sightings: stored }: Pick<ReadingState, "sightings">): Steadiness {
  const { former, sightings, ...parsed } = parse(stored);
  let { contradictedAt } = parsed;
  const isContradicted = (readAt: number): boolean => readAt - contradictedAt < REMEMBERED_SECONDS;
  const neededSeconds = (readAt: number): number =>
    isContradicted(readAt) ? OLDEST_CACHE_SECONDS : APART_SECONDS;
  const mayBeOld = ({ fingerprint, goneAt, id, readAt }: UnstampedVersion): boolean => {
    const was = former.get(id);
    const leftAt = goneAt ?? (was?.fingerprint === fingerprint ? was.since : -Infinity);
    return readAt - leftAt < OLDEST_CACHE_SECONDS;
  };
  return {
    neededSeconds,

    isBelieved: (shown) => {
      if (mayBeOld(shown)) return false;
      const { fingerprint, id, readAt } = shown;
      const sighting = sightings.get(id);
      if (!isContradicted(readAt) && !sighting) return true;
      return sighting?.fingerprint === fingerprint && readAt - sighting.since >= neededSeconds(readAt);
    },

    note({ agreeing, differing, replaced }, readAt) {
      for (const id of agreeing) if (sightings.delete(id)) contradictedAt = readAt;
      for (const [id, fingerprint] of replaced) {
        sightings.delete(id);
        former.set(id, { fingerprint, since: readAt });
      }
      for (const [id, fingerprint] of differing) {
        const before = sightings.get(id);
        if (before && before.fingerprint !== fingerprint) contradictedAt = readAt;
        if (before?.fingerprint !== fingerprint) sightings.set(id, { fingerprint, since: readAt });
      }
      for (const [id, { since }] of former) if (readAt - since >= OLDEST_CACHE_SECONDS) former.delete(id);
    },

    noteReturn(readAt) {
      contradictedAt = readAt;
    },

    isOpen: () => sightings.size > 0,

    changes() {
      const now = [contradictedAt, ...format("?", sightings), ...format("-", former)].join(",");
      return now === (stored || "0") ? undefined : { sightings: now };
    },
  };
}

function format(mark: string, versions: ReadonlyMap<string, Version>): string[] {
  return [...versions].map(([id, { fingerprint, since }]) => [mark, id, fingerprint, since].join(" "));
}

/** `contradictedAt,? id fingerprint since,- id fingerprint since,…`: what readings show, and what was before. */
function parse(text: string): {
  contradictedAt: number;
  sightings: Map<string, Version>;
  former: Map<string, Version>;
} {
  const [contradictedAt = "0", ...entries] = text.split(",");
  const parsed = { contradictedAt: Number(contradictedAt), sightings: new Map(), former: new Map() };
  for (const entry of entries) {
    const [mark, id = "", fingerprint = "", since] = entry.split(" ");
    parsed[mark === "?" ? "sightings" : "former"].set(id, { fingerprint, since: Number(since) });
  }
  return parsed;
}
