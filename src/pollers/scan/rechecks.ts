import type { OlderVersion } from "../../diff/shown-version.ts";
import type { ReadingState } from "../../store/detection/reading-store.ts";

/** Two readings that show the same must lie this far apart, by the upstream's clock. */
const APART_SECONDS = 60;
/** No cache and no replica shows what was this long ago: what differs for longer is what the upstream holds. */
export const OLDEST_CACHE_SECONDS = 900;
/** Of what has not been settled for long, the next question waits for this part of as long. */
const PATIENCE = 1 / 16;
/** What has not been settled by then has been met by a walk, or is hidden. */
const GIVE_UP_SECONDS = 86_400;
const MOST_RECHECKS = 100;

/** A record that is to be looked at by its id again. Times are unix seconds of the upstream's clock. */
interface Recheck {
  /** What the readings show, when that is an older version than the known one; empty: none has shown it yet. */
  readonly fingerprint: string;
  /** When they began to show it. */
  readonly since: number;
  readonly lookedAt: number;
}

/**
 * Records of which scans alone cannot tell how they are: such as are shown in an older version than the known one, such
 * as a list left out although they answer by id, and such as it cannot be said of yet whether they are ours (`keepIf`). An older
 * version is a cache's or a replica's, or somebody set a stamp back. It is believed when two complete readings, a minute apart or more, showed the same one, and when it has
 * differed for longer than any cache is old. Scans are never believed, and never count.
 */
export interface Rechecks {
  /** Whether this older version is what the upstream holds. */
  readonly isBelieved: (older: OlderVersion) => boolean;
  /** Whether this one is looked at again. Of one that is not known: a scan has shown it. */
  readonly has: (id: string) => boolean;
  /** A page was taken over. @param older what it showed in an older version, with its fingerprint */
  shown(ids: readonly string[], older: ReadonlyMap<string, string>, readAt: number, isScan: boolean): void;
  /** These are to be looked at again. */
  add(ids: readonly string[], at: number): void;
  /** Those to be asked for now. */
  due(at: number): readonly string[];
  /** They were asked for: who was not shown is asked for again. */
  asked(ids: readonly string[], at: number): void;
  /** What is to be remembered of it; undefined: nothing has changed. */
  changes(): Pick<ReadingState, "rechecks"> | undefined;
}

export function createRechecks({ rechecks: stored }: Pick<ReadingState, "rechecks">): Rechecks {
  const rechecks = parse(stored);
  const put = (id: string, recheck: Recheck): void => {
    if (rechecks.has(id) || rechecks.size < MOST_RECHECKS) rechecks.set(id, recheck);
  };
  return {
    isBelieved: ({ id, fingerprint, knownStamp, readAt }) => {
      const recheck = rechecks.get(id);
      if (recheck?.fingerprint !== fingerprint || readAt - recheck.since < APART_SECONDS) return false;
      // A stamp from the future says nothing of how long it has differed.
      return readAt - Math.min(recheck.since, knownStamp) >= OLDEST_CACHE_SECONDS;
    },

    has: (id) => rechecks.has(id),

    shown: (ids, older, readAt, isScan) => {
      for (const id of ids) {
        const before = rechecks.get(id);
        const fingerprint = older.get(id);
        if (fingerprint === undefined) rechecks.delete(id);
        else if (isScan) put(id, before ?? { fingerprint: "", since: readAt, lookedAt: readAt });
        else {
          const since = before?.fingerprint === fingerprint ? before.since : readAt;
          put(id, { fingerprint, since, lookedAt: readAt });
        }
      }
    },

    add: (ids, at) => {
      for (const id of ids) put(id, rechecks.get(id) ?? { fingerprint: "", since: at, lookedAt: at });
    },

    due: (at) =>
      [...rechecks]
        .filter(
          ([, { lookedAt, since }]) =>
            at - lookedAt >= Math.max(APART_SECONDS, (lookedAt - since) * PATIENCE),
        )
        .map(([id]) => id),

    asked: (ids, at) => {
      for (const id of ids) {
        const recheck = rechecks.get(id);
        if (!recheck) continue;
        if (at - recheck.since >= GIVE_UP_SECONDS) rechecks.delete(id);
        else rechecks.set(id, { ...recheck, lookedAt: at });
      }
    },

    changes: () => {
      const now = format(rechecks);
      return now === stored ? undefined : { rechecks: now };
    },
  };
}

/** `id fingerprint since lookedAt`, comma-separated. */
function format(rechecks: ReadonlyMap<string, Recheck>): string {
  return [...rechecks]
    .map(([id, { fingerprint, lookedAt, since }]) => [id, fingerprint, since, lookedAt].join(" "))
    .join(",");
}

function parse(text: string): Map<string, Recheck> {
  const entries = text.split(",").filter(Boolean);
  return new Map(
    entries.map((entry) => {
      const [id = "", fingerprint = "", since, lookedAt] = entry.split(" ");
      return [id, { fingerprint, since: Number(since), lookedAt: Number(lookedAt) }];
    }),
  );
}
