import type { Lease } from "../store/lease.ts";
import { confirmSuspects } from "./confirm-suspects.ts";
import { countSweep } from "./count-sweep.ts";
import { nearStep } from "./near-reading.ts";
import type { ReadingDeps, ReadingResult } from "./reading-deps.ts";
import { rereadPatients } from "./reread.ts";
import { WALK_NOW, seesHidden, trustsCounts, walkEveryMs } from "./sweep-times.ts";
import { type Asked, type Tally, askedSince } from "./tally.ts";
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

interface Task {
  /** For a person, in a few words. */
  readonly name: string;
  /** sweep: whether anything is missing · recheck: records looked at again by themselves. */
  readonly kind: "sweep" | "recheck";
  readonly run: (deps: ReadingDeps, lease: Lease, signal: AbortSignal) => Promise<ReadingResult>;
}

/** One kind of upkeep in one poll, and what it came to. */
export interface UpkeepStep extends Asked, Pick<Task, "name" | "kind"> {
  readonly result: ReadingResult;
  readonly durationMs: number;
}

export interface UpkeepDeps extends ReadingDeps {
  readonly tally: Tally;
  /** Not called for a step that had nothing to ask. */
  readonly onStep: (step: UpkeepStep) => void;
}

const REREADS: Task = { name: "after a merge", kind: "recheck", run: rereadPatients };
const SUSPECTS: Task = { name: "suspects", kind: "recheck", run: confirmSuspects };
const NEAR: Task = { name: "what takes place soon", kind: "recheck", run: nearStep };
const COUNT: Task = { name: "count", kind: "sweep", run: countSweep };
const WALK: Task = { name: "walk", kind: "sweep", run: walkStep };

/**
 * What a scan by stamps cannot see: records that vanish, that change without moving their stamp, or that a merge moved.
 * Runs after a scan that completed, under its lease, at most a request or a few for each kind, so that the next scan is
 * not kept waiting. Stops at the first that does not end well.
 */
export async function upkeep(
  deps: UpkeepDeps,
  intervals: UpkeepIntervals,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  const { state, reading, now } = deps;
  let events = 0;
  const tasks: Task[] = [];
  if (resource === "individual_appointments" || resource === "attendees") tasks.push(REREADS);
  if (seesHidden(deps.plan)) {
    tasks.push(SUSPECTS);
    const counts = !deps.resource.partlyKept && trustsCounts(state, now());
    if (counts && now() - state.countedAt >= intervals.countMs) tasks.push(COUNT);
    if (state.nearAfter !== undefined || now() - state.nearReadAt >= intervals.nearMs) {
      if (state.nearAfter === undefined) await reading.update(account, resource, { nearReadAt: now() });
      tasks.push(NEAR);
    }
    // The first walk comes a while after the first sync, which has just read everything.
    if (state.walkedAt === 0) await reading.update(account, resource, { walkedAt: now() });
    else if (
      state.walkAfter !== undefined ||
      now() - state.walkedAt >= walkEveryMs(state, intervals, now())
    ) {
      if (state.walkAfter === undefined) await reading.update(account, resource, { walkedAt: now() });
      tasks.push(WALK);
    }
  }
  for (const task of tasks) {
    const result = await runTask(deps, task, lease, signal);
    if (result.kind === "failed" && result.failure.kind === "bad_filter") await postpone(deps, task, lease);
    if (result.kind !== "done") return result;
    events += result.events;
    // A patient that is gone took its appointments along.
    if (task === SUSPECTS && resource === "patients" && result.events > 0) {
      await reading.update(account, "individual_appointments", { countedAt: 0 });
      await reading.update(account, "attendees", { walkedAt: WALK_NOW });
    }
  }
  return { kind: "done", events };
}

async function runTask(
  deps: UpkeepDeps,
  { kind, name, run }: Task,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { now, onStep, tally } = deps;
  const before = tally.read();
  const startedAt = now();
  const result = await run(deps, lease, signal);
  const asked = askedSince(tally, before);
  if (asked.requests > 0) onStep({ name, kind, result, durationMs: now() - startedAt, ...asked });
  return result;
}

/** What the account refuses is tried again when it is next due, not at once. */
async function postpone(deps: ReadingDeps, task: Task, { account, resource }: Lease): Promise<void> {
  const changes =
    task === COUNT
      ? { countedAt: deps.now() }
      : task === NEAR
        ? { nearAfter: undefined }
        : task === WALK
          ? { walkAfter: undefined }
          : {};
  await deps.reading.update(account, resource, changes);
}
