import type { Row } from "../../cliniko/outcome.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingState, ReadingStore } from "../../store/detection/reading-store.ts";
import { WALK_NOW } from "../reconcile/sweep-times.ts";

/** So many of the newest records are remembered. */
const MOST_WITNESSES = 50;
/** So many of those that were missed are asked for by id; where more are, the count says it. */
const MOST_ASKED = 10;

/** Ids of records with their stamps, unix seconds. */
export type Stamps = ReadonlyMap<string, number>;

/** What two scans that overlap say of each other. */
export interface WindowWitness {
  /** @param from unix seconds: so far back looks the next scan */
  note(rows: readonly Pick<Row, "id" | "updatedAt">[], from: number): void;
  /** Records that the scan before showed with a stamp inside this one's window, and that this one did not show. */
  missed(): string[];
  /** What the next scan must show. */
  expected(): Stamps;
}

/**
 * The overlap as a free witness: a record that was shown with a stamp inside the window must be shown again. Where it is
 * not, it was deleted for good, or something is hidden: the sweeps that follow at once know which, and should the
 * watermark have passed over what could not be seen, they move it back.
 * @param since the window's beginning; undefined: everything is read, and nothing is expected
 */
export function createWindowWitness(recent: Stamps, since: number | undefined): WindowWitness {
  const missed = new Set<string>();
  for (const [id, stamp] of recent) if (since !== undefined && stamp >= since) missed.add(id);
  const shown = new Map<string, number>();
  return {
    note: (rows, from) => {
      for (const { id, updatedAt } of rows) {
        missed.delete(id);
        if (updatedAt >= from) shown.set(id, updatedAt);
        else shown.delete(id);
      }
    },
    missed: () => [...missed],
    expected: () =>
      new Map([...shown].toSorted(([, left], [, right]) => right - left).slice(0, MOST_WITNESSES)),
  };
}

/** Remembers what a scan showed; what it missed is asked for, and everything is counted, or walked through, at once. */
export async function keepWitnesses(
  reading: Pick<ReadingStore, "suspect" | "update">,
  { account, resource }: Pick<Lease, "account" | "resource">,
  state: ReadingState,
  isCounted: boolean,
  scanned: { readonly expected: Stamps; readonly missed: readonly string[] },
): Promise<ReadingState> {
  const expected = formatStamps(scanned.expected);
  // Nearly every scan of a quiet clinic shows what the one before showed: nothing.
  if (expected === state.expected) return state;
  const lookNow = isCounted ? { countedAt: 0 } : { walkedAt: WALK_NOW, walkAfter: undefined };
  const changes = { expected, ...(scanned.missed.length > 0 ? lookNow : {}) };
  if (scanned.missed.length > 0) {
    await reading.suspect(account, resource, scanned.missed.slice(0, MOST_ASKED));
  }
  await reading.update(account, resource, changes);
  return { ...state, ...changes };
}

/** In one order, whatever that of the map. */
export function formatStamps(stamps: Stamps): string {
  return [...stamps]
    .map(([id, stamp]) => `${id}:${stamp}`)
    .toSorted()
    .join(",");
}

/** What the last scan showed and the next must show. */
export function parseStamps(text: string): Stamps {
  return new Map(
    text
      .split(",")
      .filter(Boolean)
      .map((part) => {
        const end = part.lastIndexOf(":");
        return [part.slice(0, end), Number(part.slice(end + 1))] as const;
      }),
  );
}
