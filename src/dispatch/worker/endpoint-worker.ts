import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { EventLog } from "../../store/events/event-log.ts";
import type {
  Claim,
  ClaimedDelivery,
  EndpointWorker,
  Outbox,
  Settlement,
} from "../../store/outbox/outbox.ts";
import { type AttemptReport, type FoundEvent, attemptDelivery } from "./attempt-delivery.ts";
import { type WakeSignal, createWakeSignal } from "./wake-signal.ts";
import { afterStart, allowed } from "../policy/circuit.ts";
import {
  type HealthStepTold,
  type WorkerState,
  afterAttempt,
  afterClaim,
  formatWorkerState,
  parseWorkerState,
  retriesFirst,
} from "./worker-state.ts";
import type { RateLimiter } from "../policy/rate-limiter.ts";
import type { SendDeps } from "../http/send-event.ts";

export interface WorkerDeps extends SendDeps {
  readonly outbox: Outbox;
  /** Asked before every attempt: whether it is paused, or what it is to get, may have changed. */
  readonly readEndpoint: (id: string) => Promise<Endpoint | undefined>;
  readonly log: Pick<EventLog, "readEvents">;
  readonly limiter: RateLimiter;
  readonly random: () => number;
  /** Fires when the service is to stop: what is under way ends, nothing else begins. */
  readonly stopping: AbortSignal;
  /** Removes all that is kept of an endpoint's deliveries. */
  readonly forget: (endpoint: string) => Promise<void>;
  readonly onAttempt: (report: AttemptReport) => void;
  /** The endpoint took a step on its ladder. Safe to repeat: told again when we die before it is written down. */
  readonly onStep: (endpoint: Endpoint, step: HealthStepTold) => Promise<void>;
}

/** When the worker wants to run again. */
export interface WorkerRest {
  /** Unix ms. */
  readonly at: number;
  /** What the outbox's `wakes` said when there was nothing to do. */
  readonly wakes: string;
}

/** While attempts are under way, what came in meanwhile is looked for this often. */
const LOOK_AGAIN_MS = 200;
/** A wait shorter than this is not worth giving the endpoint back for. */
const LINGER_MS = 1_000;
/** Nothing is due: it is looked after all the same, should a wake have been lost. */
const IDLE_MS = 5 * 60_000;

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
    const run: Run = {
      worker,
      endpoint,
      wakeSignal,
      state,
      written: state,
      steps: [],
      ended: [],
      underWay: 0,
      unsettled: new Set(),
      lost: false,
    };
    wakeSignals.add(wakeSignal);
    try {
      return await runWorker(deps, run);
    } finally {
      wakeSignals.delete(wakeSignal);
      // Whatever ended the worker: the next one must not find the endpoint busy with what this one began.
      while (run.underWay > 0) await wakeSignal.wait(undefined);
    }
  };
}

/** What changes while a worker runs. */
interface Run {
  readonly worker: EndpointWorker;
  readonly wakeSignal: WakeSignal;
  endpoint: Endpoint;
  state: WorkerState;
  /** The state as it rests in the outbox. */
  written: WorkerState;
  /** Steps of the ladder that are still to be told. */
  steps: HealthStepTold[];
  ended: Settlement[];
  underWay: number;
  /** What was claimed and is not written down as ended: event ids. */
  readonly unsettled: Set<string>;
  /** Somebody else delivers to this endpoint now. */
  lost: boolean;
}

async function runWorker(deps: WorkerDeps, run: Run): Promise<WorkerRest | undefined> {
  for (;;) {
    const [endpoint] = await Promise.all([deps.readEndpoint(run.worker.endpoint), writeDown(deps, run)]);
    if (endpoint) run.endpoint = endpoint;
    const isOpen = endpoint !== undefined && mayStart(deps, run);
    const slots = isOpen ? freeSlots(deps, run) : 0;
    const room = slots > 0 ? roomNow(deps, run, slots) : 0;
    // Without room there is still to be known when something will be due, but not while answers are awaited anyway.
    const claim = room > 0 || run.underWay === 0 ? await claimMore(deps, run, room) : undefined;
    if (run.underWay > 0 || run.ended.length > 0) {
      await run.wakeSignal.wait(slots > 0 ? lookAgainMs(deps, run) : undefined);
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
    if (!isOpen || waitMs > LINGER_MS) return rest;
    await run.wakeSignal.wait(Math.min(Math.max(1, waitMs), LOOK_AGAIN_MS));
  }
}

function mayStart({ stopping }: WorkerDeps, { endpoint, state, lost }: Run): boolean {
  return !stopping.aborted && !lost && endpoint.pausedAt === undefined && state.health.step !== "disabled";
}

function freeSlots({ now }: WorkerDeps, { endpoint, state, underWay }: Run): number {
  return Math.max(0, Math.min(allowed(state.circuit, now()), endpoint.settings.concurrency) - underWay);
}

/** How many attempts may start now. */
function roomNow({ limiter }: WorkerDeps, { endpoint }: Run, slots: number): number {
  const { rateLimit } = endpoint.settings;
  return rateLimit === undefined ? slots : Math.min(slots, limiter.room(endpoint.id, rateLimit));
}

/** With slots free: when the rate lets the next one start, or something may have come in. */
function lookAgainMs({ limiter, now }: WorkerDeps, { endpoint }: Run): number {
  const { rateLimit } = endpoint.settings;
  if (rateLimit === undefined) return LOOK_AGAIN_MS;
  const waitMs = limiter.nextAt(endpoint.id, rateLimit) - now();
  return waitMs > 0 ? Math.min(waitMs, LOOK_AGAIN_MS) : LOOK_AGAIN_MS;
}

function restUntil(deps: WorkerDeps, run: Run, isOpen: boolean, nextDueAt: number | undefined): number {
  const now = deps.now();
  // Whoever is free takes it up at once.
  if (deps.stopping.aborted) return now;
  if (!isOpen || nextDueAt === undefined) return now + IDLE_MS;
  const { endpoint, state } = run;
  const circuitAt = allowed(state.circuit, now) === 0 ? state.circuit.notBeforeMs : now;
  const { rateLimit } = endpoint.settings;
  const rateAt = rateLimit === undefined ? now : deps.limiter.nextAt(endpoint.id, rateLimit);
  return Math.min(Math.max(nextDueAt, circuitAt, rateAt), now + IDLE_MS);
}

/** Takes on up to `room` deliveries and starts them. Undefined: the endpoint was lost. */
async function claimMore(deps: WorkerDeps, run: Run, room: number): Promise<Claim | undefined> {
  const { outbox, limiter, now } = deps;
  const late = retriesFirst(run.state, room);
  const claim = await outbox.claim(run.worker, now(), { count: room, late }, run.unsettled);
  if (claim === "lost") {
    run.lost = true;
    return undefined;
  }
  const { deliveries } = claim;
  if (deliveries.length === 0) return claim;
  run.state = afterClaim(run.state, deliveries.length, claim.retries);
  limiter.take(run.endpoint.id, deliveries.length);
  for (const { eventId } of deliveries) run.unsettled.add(eventId);
  const events = await readEvents(deps, deliveries);
  for (const delivery of deliveries) {
    const circuit = afterStart(run.state.circuit, now());
    if (circuit !== run.state.circuit) run.state = { ...run.state, circuit };
    run.underWay += 1;
    void deliver(deps, run, delivery, events.get(delivery.eventId)).finally(() => {
      run.underWay -= 1;
      run.wakeSignal.wake();
    });
  }
  return claim;
}

async function readEvents(
  { log }: WorkerDeps,
  deliveries: readonly ClaimedDelivery[],
): Promise<ReadonlyMap<string, FoundEvent>> {
  const accounts = [...new Set(deliveries.map(({ account }) => account))];
  const found = await Promise.all(
    accounts.map(async (account) => {
      const ids = deliveries.filter((delivery) => delivery.account === account);
      return await log.readEvents(
        account,
        ids.map(({ eventId }) => eventId),
      );
    }),
  );
  return new Map(found.flatMap((events) => [...events]));
}

async function deliver(
  deps: WorkerDeps,
  run: Run,
  delivery: ClaimedDelivery,
  event: FoundEvent,
): Promise<void> {
  const { endpoint } = run;
  const { outcome, endedAt, settlement, report } = await attemptDelivery(deps, endpoint, delivery, event);
  const moment = { nowMs: endedAt, concurrency: endpoint.settings.concurrency, random: deps.random() };
  const { state, steps } = afterAttempt(run.state, outcome, moment);
  run.state = state;
  run.steps.push(...steps);
  run.ended.push(settlement);
  if (report) deps.onAttempt(report);
}

/** Writes down what has ended. What is told of the endpoint goes first: dying in between tells it again, under the same id. */
async function writeDown(deps: WorkerDeps, run: Run): Promise<void> {
  if (run.ended.length === 0) return;
  const { state, ended, steps } = run;
  run.ended = [];
  run.steps = [];
  for (const step of steps) await deps.onStep(run.endpoint, step);
  await deps.outbox.settle(run.worker, ended, state === run.written ? undefined : formatWorkerState(state));
  for (const { delivery } of ended) run.unsettled.delete(delivery.eventId);
  run.written = state;
}
