import { beginWaiting, giveBack, isStale } from "./begin-deliveries.ts";
import {
  LOOK_AGAIN_MS,
  type Run,
  type WorkerDeps,
  freeSlots,
  lookAgainMs,
  mayStart,
  restUntil,
  roomNow,
} from "./endpoint-run.ts";
import { takeTurn } from "./take-turn.ts";
import { type WakeSignal, createWakeSignal } from "./wake-signal.ts";
import { parseWorkerState } from "./worker-state.ts";

export type { WorkerDeps } from "./endpoint-run.ts";

/** When the worker wants to run again. */
export interface WorkerRest {
  /** Unix ms. */
  readonly at: number;
  /** What the outbox's `wakes` said when there was nothing to do. */
  readonly wakes: string;
}

/** A wait shorter than this is not worth giving the endpoint back for, and so long it is waited for what may come. */
const LINGER_MS = 1_000;

/**
 * Delivers what is due to one endpoint until there is nothing more to do now. Undefined: there is no such endpoint.
 *
 * One worker at a time delivers to an endpoint, so its slots, its rate, its circuit and the order of its events are decided in
 * one place. What is under way when this process dies is due again when the next worker opens, under the same id.
 */
export function createEndpointWorker(
  deps: WorkerDeps,
): (endpoint: string) => Promise<WorkerRest | undefined> {
  // One listener for all workers: more than ten on one signal are taken for a leak.
  const wakeSignals = new Set<WakeSignal>();
  deps.stopping.addEventListener("abort", () => {
    for (const wakeSignal of wakeSignals) wakeSignal.wake();
  });
  return async (id) => {
    const endpoint = await deps.readEndpoint(id);
    if (!endpoint) {
      await deps.forget(id);
      return undefined;
    }
    const worker = await deps.outbox.openWorker(id);
    const state = parseWorkerState(worker.health, endpoint.settings.concurrency, deps.now());
    const wakeSignal = createWakeSignal();
    const stopListening = deps.wakes?.listen(id, wakeSignal) ?? (() => undefined);
    const run: Run = {
      worker,
      endpoint,
      wakeSignal,
      state,
      written: state,
      steps: [],
      ended: [],
      unbegun: [],
      waiting: [],
      ahead: 0,
      drained: false,
      underWay: 0,
      unsettled: new Set(),
      confirmedAt: deps.now(),
      inOrder: false,
      lost: false,
      stopListening,
    };
    wakeSignals.add(wakeSignal);
    try {
      return await runWorker(deps, run);
    } finally {
      wakeSignals.delete(wakeSignal);
      stopListening();
      // Whatever ended the worker: the next one must not find the endpoint busy with what this one began. What it had not
      // begun is due again when the next one opens.
      run.waiting = [];
      while (run.underWay > 0) await wakeSignal.wait(undefined);
    }
  };
}

async function runWorker(deps: WorkerDeps, run: Run): Promise<WorkerRest | undefined> {
  let hasLingered = false;
  for (;;) {
    const endpoint = await deps.readEndpoint(run.worker.endpoint);
    if (endpoint) run.endpoint = endpoint;
    const isInOrder = await putInOrder(deps, run);
    const isOpen = endpoint !== undefined && isInOrder && mayStart(deps, run);
    if (!isOpen || run.state.circuit.state !== "closed" || isStale(deps, run)) giveBack(run);
    beginWaiting(deps, run);
    const slots = isOpen ? freeSlots(deps, run) : 0;
    const room = slots > 0 ? roomNow(deps, run, slots) : 0;
    const claim = isWorthAsking(run, room) ? await takeTurn(deps, run, room) : undefined;
    if (run.underWay > 0 || hasLeft(run) || !isInOrder) {
      hasLingered = false;
      if (run.underWay > 0) await run.wakeSignal.wait(slots > 0 ? lookAgainMs(deps, run) : undefined);
      continue;
    }
    // Whoever holds it now looks after everything else.
    if (run.lost) return { at: deps.now(), wakes: "" };
    if (!endpoint) {
      // Deleted while it was delivered to: nothing of it stays behind.
      await deps.forget(run.worker.endpoint);
      return undefined;
    }
    if (run.state.health.step === "disabled") await deps.outbox.parkAll(run.worker, deps.now());
    const rest = { at: restUntil(deps, run, isOpen, claim?.nextDueAt), wakes: claim?.wakes ?? "" };
    const waitMs = rest.at - deps.now();
    if (!isOpen || (waitMs > LINGER_MS && (hasLingered || !deps.wakes?.hears()))) return rest;
    // More may come in a moment, and then need not wait for the job to be taken up. After that it is looked once more.
    hasLingered = waitMs > LINGER_MS;
    const lingerMs = hasLingered ? LINGER_MS : Math.min(Math.max(1, waitMs), LOOK_AGAIN_MS);
    await run.wakeSignal.wait(lingerMs);
  }
}

/**
 * Where order is asked for, also what waits since before has its place. What was begun without one ends first. False: something
 * has yet to end.
 */
async function putInOrder({ now, outbox }: WorkerDeps, run: Run): Promise<boolean> {
  const isAsked = run.endpoint.settings.ordering === "subject";
  if (isAsked && !run.inOrder && run.unsettled.size > 0) return false;
  run.inOrder = isAsked;
  // Whoever gives an endpoint events may not know yet what is asked for.
  if (isAsked) await outbox.keepOrder(run.worker, now());
  return true;
}

/** Without room there is still to be known when something will be due, but not while answers are awaited anyway. */
function isWorthAsking({ ended, unbegun, underWay }: Run, room: number): boolean {
  return room > 0 || ended.length > 0 || unbegun.length > 0 || underWay === 0;
}

/** Whether it has something to begin, to give back or to write down. */
function hasLeft({ ended, unbegun, waiting }: Run): boolean {
  return ended.length > 0 || unbegun.length > 0 || waiting.length > 0;
}
