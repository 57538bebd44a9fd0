import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { EventLog, LaterEvent } from "../../store/events/event-log.ts";
import type { ClaimedDelivery, EndpointWorker, Outbox, Settlement } from "../../store/outbox/outbox.ts";
import type { AttemptReport } from "./attempt-delivery.ts";
import type { WakeSignal } from "./wake-signal.ts";
import type { WorkerWakes } from "./worker-wakes.ts";
import { allowed } from "../policy/circuit.ts";
import type { HealthStepTold, WorkerState } from "./worker-state.ts";
import type { RateLimiter } from "../policy/rate-limiter.ts";
import type { SendDeps } from "../http/send-event.ts";

export interface WorkerDeps extends SendDeps {
  readonly outbox: Outbox;
  /** Asked before every attempt: whether it is paused, or what it is to get, may have changed. */
  readonly readEndpoint: (id: string) => Promise<Endpoint | undefined>;
  readonly log: Pick<EventLog, "readLater" | "readRelated">;
  readonly limiter: RateLimiter;
  readonly random: () => number;
  /** Fires when the service is to stop: what is under way ends, nothing else begins. */
  readonly stopping: AbortSignal;
  /** Removes all that is kept of an endpoint's deliveries. */
  readonly forget: (endpoint: string) => Promise<void>;
  readonly onAttempt: (report: AttemptReport) => void;
  /** Wakes a worker that has nothing to do for a moment. Default: nothing does, and it rests at once. */
  readonly wakes?: WorkerWakes;
  /** Another worker has the endpoint: what was told to this one is for that one. Default: nobody was told anything. */
  readonly onLost?: (endpoint: string) => Promise<void>;
  /** The endpoint took a step on its ladder. Safe to repeat: told again when we die before it is written down. */
  readonly onStep: (endpoint: Endpoint, step: HealthStepTold) => Promise<void>;
}

/** A delivery that is this worker's, and has not begun. */
export interface Waiting {
  readonly delivery: ClaimedDelivery;
  readonly event: LaterEvent;
}

/** What changes while a worker runs. */
export interface Run {
  readonly worker: EndpointWorker;
  readonly wakeSignal: WakeSignal;
  endpoint: Endpoint;
  state: WorkerState;
  /** The state as it rests in the outbox. */
  written: WorkerState;
  /** Steps of the ladder that are still to be told. */
  steps: HealthStepTold[];
  ended: Settlement[];
  /** Claimed, and to be given back without having begun. */
  unbegun: ClaimedDelivery[];
  /** Claimed, and to be begun as slots get free, in this order. */
  waiting: Waiting[];
  /** How many first attempts are to be claimed before there is a slot for them. */
  ahead: number;
  /** Nothing more was due when the outbox was last asked. */
  drained: boolean;
  underWay: number;
  /** What was claimed and is not written down as ended: event ids. */
  readonly unsettled: Set<string>;
  /** When the outbox last said that the endpoint is this worker's, unix ms. */
  confirmedAt: number;
  /** Order is asked for, and all that waits has its place. */
  inOrder: boolean;
  /** Somebody else delivers to this endpoint now. */
  lost: boolean;
  /** From then on `wakes` are not for this worker. */
  readonly stopListening: () => void;
}

/** While attempts are under way, what came in meanwhile is looked for this often. */
export const LOOK_AGAIN_MS = 200;
/** Nothing is due: it is looked after all the same, should a wake have been lost. */
const IDLE_MS = 5 * 60_000;

export function mayStart({ stopping }: WorkerDeps, { endpoint, state, lost }: Run): boolean {
  return !stopping.aborted && !lost && endpoint.pausedAt === undefined && state.health.step !== "disabled";
}

export function freeSlots({ now }: WorkerDeps, { endpoint, state, underWay }: Run): number {
  return Math.max(0, Math.min(allowed(state.circuit, now()), endpoint.settings.concurrency) - underWay);
}

/** How many attempts may start now. */
export function roomNow({ limiter }: WorkerDeps, { endpoint }: Run, slots: number): number {
  const { rateLimit } = endpoint.settings;
  return rateLimit === undefined ? slots : Math.min(slots, limiter.room(endpoint.id, rateLimit));
}

/** With slots free: when the rate lets the next one start, or something may have come in. */
export function lookAgainMs({ limiter, now }: WorkerDeps, { endpoint }: Run): number {
  const { rateLimit } = endpoint.settings;
  if (rateLimit === undefined) return LOOK_AGAIN_MS;
  const waitMs = limiter.nextAt(endpoint.id, rateLimit) - now();
  return waitMs > 0 ? Math.min(waitMs, LOOK_AGAIN_MS) : LOOK_AGAIN_MS;
}

export function restUntil(
  deps: WorkerDeps,
  run: Run,
  isOpen: boolean,
  nextDueAt: number | undefined,
): number {
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
