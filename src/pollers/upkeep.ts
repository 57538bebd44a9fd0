import type { Lease } from "../store/lease.ts";
import { confirmSuspects } from "./confirm-suspects.ts";
import { countSweep } from "./count-sweep.ts";
import { nearStep } from "./near-reading.ts";
import type { ReadingDeps, ReadingResult } from "./reading-deps.ts";
import { rereadPatients } from "./reread.ts";
import { walkStep } from "./walk.ts";

/** How often each kind of reading is due, ms. */
export interface UpkeepIntervals {
  /** What takes place soon. */
  readonly nearMs: number;
  /** Counting everything known against the upstream. */
  readonly countMs: number;
  /** Walking through everything known. */
  readonly walkMs: number;
}

export const UPKEEP_INTERVALS: UpkeepIntervals = { nearMs: 300_000, countMs: 3_600_000, walkMs: 86_400_000 };

/**
 * What a scan by stamps cannot see: records that vanish, that change without moving their stamp, or that a merge moved.
 * Runs after a scan that completed, under its lease, at most a request or a few for each kind, so that the next scan is
 * not kept waiting. Stops at the first that does not end well.
 */
export async function upkeep(
  deps: ReadingDeps,
  intervals: UpkeepIntervals,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  const { state, reading, now } = deps;
  let events = 0;
  const tasks: ((deps: ReadingDeps, lease: Lease, signal: AbortSignal) => Promise<ReadingResult>)[] = [];
  if (resource === "individual_appointments" || resource === "attendees") tasks.push(rereadPatients);
  // An account that does not filter by archived_at cannot be asked for what is hidden: its records would seem missing.
  const seesHidden = !deps.plan.name.startsWith("old-lists");
  if (seesHidden) {
    tasks.push(confirmSuspects);
    if (!deps.resource.partlyKept && now() - state.countedAt >= intervals.countMs) tasks.push(countSweep);
    if (state.nearAfter !== undefined || now() - state.nearReadAt >= intervals.nearMs) {
      if (state.nearAfter === undefined) await reading.update(account, resource, { nearReadAt: now() });
      tasks.push(nearStep);
    }
    // The first walk comes a while after the first sync, which has just read everything.
    if (state.walkedAt === 0) await reading.update(account, resource, { walkedAt: now() });
    else if (state.walkAfter !== undefined || now() - state.walkedAt >= intervals.walkMs) {
      if (state.walkAfter === undefined) await reading.update(account, resource, { walkedAt: now() });
      tasks.push(walkStep);
    }
  }
  for (const task of tasks) {
    const result = await task(deps, lease, signal);
    if (result.kind === "failed" && result.failure.kind === "bad_filter") await postpone(deps, task, lease);
    if (result.kind !== "done") return result;
    events += result.events;
    // A patient that is gone took its appointments along.
    if (task === confirmSuspects && resource === "patients" && result.events > 0) {
      await reading.update(account, "individual_appointments", { countedAt: 0 });
      await reading.update(account, "attendees", { walkedAt: 1 });
    }
  }
  return { kind: "done", events };
}

/** What the account refuses is tried again when it is next due, not at once. */
async function postpone(deps: ReadingDeps, task: unknown, { account, resource }: Lease): Promise<void> {
  const changes =
    task === countSweep
      ? { countedAt: deps.now() }
      : task === nearStep
        ? { nearAfter: undefined }
        : task === walkStep
          ? { walkAfter: undefined }
          : {};
  await deps.reading.update(account, resource, changes);
}
