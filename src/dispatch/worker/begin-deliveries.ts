import { attemptDelivery } from "./attempt-delivery.ts";
import { afterStart } from "../policy/circuit.ts";
import { elapsedMs } from "../../shared/elapsed.ts";
import { type Run, type Waiting, type WorkerDeps, freeSlots, mayStart } from "./endpoint-run.ts";
import { afterAttempt } from "./worker-state.ts";

/**
 * What was claimed ahead is begun only so long after the outbox said that the endpoint is still ours: far sooner than another
 * process could have taken it over, and as soon as what was changed of an endpoint counts.
 */
const CONFIRMED_MS = 100;
/** What has ended is written down this soon, however much there is to go on with, and whether or not more comes. */
const WRITE_DOWN_MS = 20;

/** Begins what waits, as far as there are slots for it. */
export function beginWaiting(deps: WorkerDeps, run: Run): void {
  while (run.waiting.length > 0 && mayStart(deps, run) && !isStale(deps, run) && freeSlots(deps, run) > 0) {
    const next = run.waiting.shift();
    if (next) begin(deps, run, next);
  }
}

/** Whether it is too long ago that the outbox said whose the endpoint is. */
export function isStale({ now }: WorkerDeps, { confirmedAt }: Run): boolean {
  return elapsedMs(now(), confirmedAt) > CONFIRMED_MS;
}

export function begin(deps: WorkerDeps, run: Run, waiting: Waiting): void {
  const circuit = afterStart(run.state.circuit, deps.now());
  if (circuit !== run.state.circuit) run.state = { ...run.state, circuit };
  run.underWay += 1;
  void deliver(deps, run, waiting).finally(() => {
    run.underWay -= 1;
    beginWaiting(deps, run);
    if (isTurnDue(deps, run)) run.wakeSignal.wake();
    else run.wakeSignal.wakeWithin(WRITE_DOWN_MS);
  });
}

/**
 * While all goes well and there is enough to go on with, what ends is written down together; and where nothing is due and one is told
 * of what comes, together with that.
 */
function isTurnDue(deps: WorkerDeps, run: Run): boolean {
  const { ahead, drained, ended, endpoint, underWay, waiting } = run;
  if (ended.at(-1)?.verdict !== "delivered") return true;
  if (drained && waiting.length === 0 && !deps.stopping.aborted && deps.wakes?.hears() === true) {
    // What comes next of a subject waits for this.
    return endpoint.settings.ordering === "subject";
  }
  return underWay === 0 || waiting.length <= ahead / 2 || freeSlots(deps, run) > 0;
}

async function deliver(deps: WorkerDeps, run: Run, { delivery, event }: Waiting): Promise<void> {
  const { endpoint } = run;
  const { outcome, endedAt, settlement, report } = await attemptDelivery(deps, endpoint, delivery, event());
  const moment = { nowMs: endedAt, concurrency: endpoint.settings.concurrency, random: deps.random() };
  const { state, steps } = afterAttempt(run.state, outcome, moment);
  run.state = state;
  const { account, eventId } = delivery;
  run.steps.push(...steps.map((step) => ({ ...step, delivery: { account, eventId } })));
  run.ended.push(settlement);
  if (report) deps.onAttempt(report);
}

/** What was claimed and is not to be begun now is due again, where it stood. */
export function giveBack(run: Run): void {
  run.unbegun.push(...run.waiting.splice(0).map(({ delivery }) => delivery));
}
