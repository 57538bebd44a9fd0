import type { ClinikoClient } from "../../cliniko/client.ts";
import { type Failure, concernsAccount } from "../../cliniko/outcome.ts";
import type { FailingStep } from "../../store/detection/failing-steps.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { PATIENTS } from "../../resources/field.ts";
import { MOVED_BY_OTHERS, NAMING_PATIENTS, resources } from "../../resources/registry.ts";
import { isReadWhole } from "../../resources/resource.ts";
import { confirmSuspects } from "./confirm-suspects.ts";
import { countSweep } from "./count-sweep.ts";
import { failAgain, isDue, isPausing } from "./failing-step.ts";
import { hasNear, nearStep, takesPlace } from "./near-reading.ts";
import type { ReadingDeps, ReadingResult } from "../scan/reading-deps.ts";
import { recheckStep } from "../scan/recheck-step.ts";
import { rereadStep } from "../scan/reread.ts";
import { WALK_NOW, canCount, seesHidden, trustsCounts, walkEveryMs } from "./sweep-times.ts";
import { type Asked, type RequestMeter, askedSince } from "../schedule/request-meter.ts";
import { claimAgain, isComparing } from "../scan/unseen.ts";
import { walkStep } from "./walk.ts";
import { type WholeDeps, askedByReading, settleDoubts, suspectUnshown } from "./whole-reading.ts";

/** Steps of the walk in one poll while nothing later is claimed before its end. */
const WALK_STEPS = 20;

/** How often each kind of reading is due, and how long one answer may take, ms. */
export interface ReconcileIntervals {
  /** What takes place soon. */
  readonly nearMs: number;
  /** Counting everything known against the upstream. */
  readonly countMs: number;
  /** Walking through everything known. */
  readonly walkMs: number;
  /**
   * An answer that takes longer is given up, and once half of it has passed no further step is begun: the next scan is
   * promised, reconciliation is not.
   */
  readonly timeoutMs: number;
}

export const RECONCILE_INTERVALS: ReconcileIntervals = {
  nearMs: 300_000,
  countMs: 3_600_000,
  walkMs: 86_400_000,
  timeoutMs: 10_000,
};

/** A slow answer is no answer below this, whatever is promised. */
const LEAST_PATIENCE_MS = 5_000;

/** Half of what is promised is for the scan itself. @param promiseMs how soon a change is to be seen */
export function reconcileWithin(promiseMs: number): ReconcileIntervals {
  const timeoutMs = Math.max(LEAST_PATIENCE_MS, Math.min(RECONCILE_INTERVALS.timeoutMs, promiseMs / 2));
  return { ...RECONCILE_INTERVALS, timeoutMs };
}

/** However long a step has failed, it is tried this often. */
const LONGEST_PAUSE_MS = 3_600_000;
/** Of what somebody waits for: a deletion that was seen, or what a merge moved. */
const LONGEST_SOON_MS = 300_000;

interface Task {
  /** One word, for metrics. */
  readonly step: string;
  /** For a person, in a few words. */
  readonly name: string;
  /** sweep: whether anything is missing · recheck: records looked at again by themselves. */
  readonly kind: "sweep" | "recheck";
  readonly longestPauseMs: number;
  readonly run: (deps: ReadingDeps, lease: Lease, signal: AbortSignal) => Promise<ReadingResult>;
}

/** One step of reconciliation in one poll, and what it came to. */
export interface ReconcileStep extends Asked, Pick<Task, "name" | "kind"> {
  readonly result: ReadingResult;
  readonly durationMs: number;
}

export interface ReconcileDeps extends WholeDeps {
  readonly meter: RequestMeter;
  /** Set: everything is being compared, and nothing later is claimed until that has ended. See `Cursor`. */
  readonly unseenSince: number | undefined;
  /** Not called for a step that had nothing to ask. */
  readonly onStep: (step: ReconcileStep) => void;
}

/** `failed`: of the whole account. What a single step failed with is kept in the store. */
export type ReconcileResult = ReadingResult & {
  /** Events of all steps, whatever became of the last. */
  readonly events: number;
  /** Steps that failed in this poll, and those that had failed and went well. */
  readonly failing: readonly FailingStep[];
  readonly mended: readonly FailingStep[];
};

const SOON = { kind: "recheck", longestPauseMs: LONGEST_SOON_MS } as const;
const SWEEP = { kind: "sweep", longestPauseMs: LONGEST_PAUSE_MS } as const;
const REREADS: Task = { step: "merges", name: "after a merge or a movement", ...SOON, run: rereadStep };
const SUSPECTS: Task = { step: "suspects", name: "suspects", ...SOON, run: confirmSuspects };
const DOUBTS: Task = { step: "doubts", name: "shown otherwise", ...SOON, run: settleDoubts };
const NEAR: Task = { step: "near", name: "what may change without a stamp", ...SOON, run: nearStep };
const RECHECKS: Task = { step: "rechecks", name: "looked at again", ...SOON, run: recheckStep };
const COUNT: Task = { step: "count", name: "count", ...SWEEP, run: countSweep };
const WALK: Task = { step: "walk", name: "walk", ...SWEEP, run: walkStep };

/**
 * What a scan by stamps cannot see: records that vanish, that change without moving their stamp, or that a merge moved.
 * Runs after a scan that completed, under its lease, at most a request or a few for each kind, so that the next scan is
 * not kept waiting. No step blocks another: one that fails pauses, twice as long each time, and the next one runs. Only
 * what concerns the whole account ends it: a refused key, spent requests, a guard.
 */
export async function reconcile(
  given: ReconcileDeps,
  intervals: ReconcileIntervals,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { account, resource } = lease;
  const { now, reading, state } = given;
  const startedAt = now();
  const hasTime = (): boolean => Math.abs(now() - startedAt) <= intervals.timeoutMs / 2;
  const client = given.resource.hasStamps
    ? withPatience(given.client, intervals.timeoutMs)
    : askedByReading(given);
  const deps = { ...given, client, hasTime };
  const kept = new Map(
    (await reading.failingSteps(account, resource)).map((failed) => [failed.step, failed]),
  );
  const failing: FailingStep[] = [];
  const mended: FailingStep[] = [];
  let events = 0;
  // It asks nothing: what the reading showed is held against what is known.
  const guard = isReadWhole(deps.resource) ? await suspectUnshown(deps, lease) : undefined;
  if (guard) return { kind: "guarded", guard, events, failing, mended };
  // A whole reading shows them again.
  if (!isReadWhole(deps.resource)) deps.rechecks?.add(deps.doubted ?? [], deps.watermark);
  const tasks = possibleTasks(deps);
  // What is not done any more does not fail any more.
  const gone = [...kept.keys()].filter((step) => tasks.every((task) => task.step !== step));
  await reading.stepsWell(account, resource, gone);
  // The first walk comes a while after the first sync, which has just read everything.
  if (state.walkedAt === 0 && tasks.includes(WALK))
    await reading.update(account, resource, { walkedAt: now() });
  let left: Task | undefined;
  for (const task of startingWith(tasks, state.reconcileFrom)) {
    const before = kept.get(task.step);
    if (before ? isPausing(before, now()) : !isTaskDue(deps, task, intervals)) continue;
    if (!hasTime()) {
      left = task;
      break;
    }
    const isThrough = task === WALK && deps.unseenSince !== undefined;
    const result = isThrough
      ? await walkThrough(deps, lease, signal)
      : await runTask(deps, task, lease, signal);
    if (result.kind === "done") {
      events += result.events;
      if (before) {
        mended.push(before);
        await reading.stepsWell(account, resource, [task.step]);
      }
      await afterTask(deps, task, lease, result.events);
      continue;
    }
    if (result.kind !== "failed" || concernsAccount(result.failure)) {
      return { ...result, events, failing, mended };
    }
    const failed = failAgain(before, task, result.failure, now());
    failing.push(failed);
    await reading.stepFailed(account, resource, failed);
    await startAnew(deps, task, result.failure, lease);
    // What is refused is not waited for.
    if (isThrough && result.failure.kind === "bad_filter") {
      await reading.update(account, resource, { walkedAt: now() });
    }
  }
  if (left?.step !== state.reconcileFrom)
    await reading.update(account, resource, { reconcileFrom: left?.step });
  if (deps.unseenSince !== undefined) {
    const isCompared = isReadWhole(deps.resource) || !seesHidden(deps.plan);
    const isDone = isCompared || !isComparing(await reading.read(account, resource));
    if (isDone && !(await claimAgain(deps, lease))) return { kind: "stopped", events, failing, mended };
  }
  return { kind: "done", events, failing, mended };
}

/** Many steps of the walk, one after the other. */
async function walkThrough(
  deps: ReconcileDeps & { readonly hasTime: () => boolean },
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  let events = 0;
  let { state } = deps;
  for (let step = 0; step < WALK_STEPS && (step === 0 || deps.hasTime()); step += 1) {
    const result = await runTask({ ...deps, state }, WALK, lease, signal);
    if (result.kind !== "done") return result;
    events += result.events;
    state = await deps.reading.read(lease.account, lease.resource);
    if (state.walkAfter === undefined) break;
  }
  return { kind: "done", events };
}

/** What there is to do for a resource that is read by this plan, in the order of how soon somebody wants it. */
function possibleTasks({ now, plan, resource: of, shown, state }: ReconcileDeps): Task[] {
  // The reading itself is the answer to whether one is there: see `askedByReading`.
  if (!of.hasStamps) return shown ? [SUSPECTS] : [];
  const rereads = of.patientLinks.length > 0 || MOVED_BY_OTHERS.has(of.path) ? [REREADS] : [];
  if (isReadWhole(of)) return [...rereads, DOUBTS, SUSPECTS, RECHECKS];
  if (!seesHidden(plan)) return rereads;
  return [
    ...rereads,
    DOUBTS,
    SUSPECTS,
    RECHECKS,
    ...(canCount(of, plan) && trustsCounts(state, now()) ? [COUNT] : []),
    ...(hasNear(of) ? [NEAR] : []),
    WALK,
  ];
}

function isTaskDue(
  { now, plan, resource, state }: ReconcileDeps,
  { step }: Task,
  intervals: ReconcileIntervals,
): boolean {
  switch (step) {
    case COUNT.step:
      return isDue(state.countedAt, intervals.countMs, now());
    case NEAR.step:
      return (
        state.nearAfter !== undefined ||
        isDue(state.nearReadAt, takesPlace(resource) ? intervals.nearMs : intervals.countMs, now())
      );
    case WALK.step:
      if (state.walkAfter !== undefined) return true;
      return (
        state.walkedAt !== 0 &&
        isDue(state.walkedAt, walkEveryMs(resource, plan, state, intervals, now()), now())
      );
    default:
      return true;
  }
}

/** The same tasks, the one that there was no time for first. */
function startingWith(tasks: readonly Task[], step: string | undefined): Task[] {
  const from = Math.max(
    0,
    tasks.findIndex((task) => task.step === step),
  );
  return [...tasks.slice(from), ...tasks.slice(0, from)];
}

async function runTask(
  deps: ReconcileDeps,
  { kind, name, run }: Task,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { now, onStep, meter } = deps;
  const before = meter.read();
  const startedAt = now();
  const result = await run(deps, lease, signal);
  const asked = askedSince(meter, before);
  if (asked.requests > 0) onStep({ name, kind, result, durationMs: now() - startedAt, ...asked });
  return result;
}

async function afterTask(
  { now, reading, state }: ReconcileDeps,
  task: Task,
  { account, resource }: Lease,
  events: number,
): Promise<void> {
  if (task === NEAR && state.nearAfter === undefined) {
    await reading.update(account, resource, { nearReadAt: now() });
  }
  if (task === WALK && state.walkAfter === undefined) {
    await reading.update(account, resource, { walkedAt: now() });
  }
  // A patient that is gone took its appointments along. What is kept in part cannot be counted.
  if (task === SUSPECTS && resource === PATIENTS && events > 0) {
    for (const name of NAMING_PATIENTS) {
      const soon = resources[name].keptIf ? { walkedAt: WALK_NOW } : { countedAt: 0 };
      await reading.update(account, name, soon);
    }
  }
}

/** What cannot be begun where it stopped (the place is of an order that is refused) is begun anew after its pause. */
async function startAnew(
  { reading }: ReconcileDeps,
  task: Task,
  failure: Failure,
  { account, resource }: Lease,
): Promise<void> {
  if (failure.kind !== "bad_filter") return;
  if (task === NEAR) await reading.update(account, resource, { nearAfter: undefined });
  if (task === WALK) await reading.update(account, resource, { walkAfter: undefined });
}

/** A client that gives an answer up sooner. */
function withPatience(
  { findRecord, listPage }: ReadingDeps["client"],
  timeoutMs: number,
): Pick<ClinikoClient, "listPage" | "findRecord"> {
  return {
    findRecord: async (resource, id, signal, _given, shows) =>
      await findRecord(resource, id, signal, timeoutMs, shows),
    listPage: async (resource, request, signal) => await listPage(resource, request, signal, timeoutMs),
  };
}
