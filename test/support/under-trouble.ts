import { setTimeout as delay } from "node:timers/promises";

import { auditDeliveries } from "../../src/sandbox/audit/audit.ts";
import type { Harness } from "./harness.ts";
import { identityFaults } from "./simulation/verdict.ts";

/** What became of a clinic's work while something went wrong with Redis. */
export interface Through {
  readonly lost: number;
  readonly invented: number;
  /** What was told wrongly, but for an event that was observed twice: then the times of its observation differ. */
  readonly strange: readonly string[];
  /** Events that came again under the id that they had. */
  readonly repeated: number;
  /** Ids that came with other bytes, or sequences that two events share. */
  readonly identityFaults: number;
  readonly told: number;
  /** The longest time without a request to the upstream, and between two callbacks while changes were made, ms. */
  readonly readingGapMs: number;
  readonly callbackGapMs: number;
}

const PAUSE_MS = 100;
const OBSERVED_TWICE = "the same id came with other bytes";

/** A clinic that works on whatever happens to Redis. */
export interface Work {
  /** It works on while `trouble` lasts and for a while after it; resolves when all of that has been told. */
  through(trouble: () => Promise<unknown>): Promise<Through>;
}

/** Who is watched: a clinic, the service that reads it, and who is told. */
export type Watched = Pick<Harness, "clinic" | "events" | "receiver" | "settled">;

/** Holds to account what was told from now on. */
export function startWork(harness: Watched): Work {
  const from = harness.clinic.ledger.entries.length;
  return { through: async (trouble) => await workThrough(harness, from, trouble) };
}

async function workThrough(
  harness: Watched,
  from: number,
  trouble: () => Promise<unknown>,
): Promise<Through> {
  const { clinic, receiver } = harness;
  const { desk, ledger } = clinic;
  const before = receiver.callbacks.length;
  const beganAt = Date.now();
  const requests: number[] = [];
  const over = new AbortController();
  let last = clinic.traffic.total;
  const watching = (async () => {
    for (let n = 0; !over.signal.aborted || n % 5 !== 0; n += 1) {
      const standing = desk
        .appointments()
        .filter((row) => row.cancelled_at === null && row.archived_at === null);
      desk.editNote(standing[n % standing.length]?.id ?? "", `note ${beganAt} ${n}`);
      await delay(PAUSE_MS);
      if (clinic.traffic.total !== last) requests.push(Date.now());
      last = clinic.traffic.total;
    }
  })();
  await trouble();
  await harness.settled();
  over.abort();
  await watching;
  await harness.settled();
  const due = (): ReturnType<typeof auditDeliveries> =>
    auditDeliveries({ entries: ledger.entries, deliveries: receiver.callbacks, from: { index: from } });
  // Until nothing is missing; the test's own limit ends it in vain, with what was.
  for (let n = 0; n < 3_000 && due().lost.length > 0; n += 1) await delay(PAUSE_MS);
  const report = due();
  return {
    lost: report.lost.length,
    invented: report.invented.length,
    strange: report.wrong.map(({ reason }) => reason).filter((reason) => reason !== OBSERVED_TWICE),
    repeated: report.duplicates,
    identityFaults: identityFaults(harness.events()).length,
    told: report.covered,
    readingGapMs: longestGap([beganAt, ...requests]),
    callbackGapMs: longestGap([
      beganAt,
      ...receiver.callbacks.slice(before).map(({ receivedAt }) => receivedAt),
    ]),
  };
}

function longestGap(times: readonly number[]): number {
  return Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? time)));
}
