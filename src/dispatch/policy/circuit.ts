import type { DeliveryOutcome } from "../worker/outcome.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const FAILURES_TO_OPEN = 5;
const FIRST_COOL_DOWN_MS = 5 * SECOND;
const MAX_COOL_DOWN_MS = 5 * MINUTE;
/** An endpoint's Retry-After holds back all its deliveries no longer than this; the one it was said of waits as asked. */
const MAX_PAUSE_MS = 15 * MINUTE;
/** 429 without Retry-After. */
const DEFAULT_PAUSE_MS = SECOND;
const OWN_FAULT_PAUSE_MS = 5 * SECOND;
/** Longer than any attempt may take: a probe whose process died must not hold the endpoint for ever. */
const PROBE_LIMIT_MS = 90 * SECOND;
const JITTER = 0.2;

/**
 * How much may be under way to one endpoint.
 *
 *                  5 failures in a row                    cool-down over, the probe starts
 *   closed ────────────────────────────────▶ open ────────────────────────────────▶ half_open
 *      ▲                                     ▲  │ an answer                           │  │
 *      │◀────────────────────────────────────┼──┘                                     │  │
 *      │                                     └──── the probe failed: twice as long ───┘  │
 *      └──────────────────────────────────────────────────── the receiver has answered ──┘
 *
 * Closed, `slots` shrinks by half when the receiver is overloaded and grows by one with each success. Plain data: it
 * rests in Redis as JSON, and whoever takes over the endpoint goes on with it.
 */
export interface Circuit {
  readonly state: "closed" | "open" | "half_open";
  /** Attempts that may be under way at once, at least 1. */
  readonly slots: number;
  readonly failuresInRow: number;
  /** Nothing starts before this, unix ms; 0: at once. */
  readonly notBeforeMs: number;
  /** The present cool-down before jitter, 0 while closed. */
  readonly coolDownMs: number;
  /** When it opened first since it was last closed, unix ms. */
  readonly openedAt?: number;
}

export interface CircuitMoment {
  readonly nowMs: number;
  /** What the endpoint's settings allow at most. */
  readonly concurrency: number;
  /** In [0, 1). */
  readonly random: number;
}

export function initialCircuit(concurrency: number): Circuit {
  return { state: "closed", slots: atLeastOne(concurrency), failuresInRow: 0, notBeforeMs: 0, coolDownMs: 0 };
}

/**
 * How many attempts may be under way now, those that are already included: another one may start while there are fewer.
 * 0 before `notBeforeMs`, which is when to look again. Lower settings take effect with the next outcome: the caller takes
 * the lesser of this and the endpoint's concurrency.
 */
export function allowed(circuit: Circuit, nowMs: number): number {
  if (isPaused(circuit, nowMs)) return 0;
  return circuit.state === "closed" ? circuit.slots : 1;
}

/** To be called for every attempt that starts. The same object unless the attempt is a probe. */
export function afterStart(circuit: Circuit, nowMs: number): Circuit {
  if (circuit.state === "closed") return circuit;
  // Until its outcome is known nothing else starts, whoever counts.
  return { ...circuit, state: "half_open", notBeforeMs: nowMs + PROBE_LIMIT_MS };
}

/** The same object when the outcome changes nothing, as a success at full width does. */
export function afterOutcome(circuit: Circuit, outcome: DeliveryOutcome, moment: CircuitMoment): Circuit {
  const meaning = meaningOf(outcome);
  switch (meaning.kind) {
    case "success":
      return circuit.state === "closed" ? grown(circuit, moment) : closed();
    case "answered":
      return circuit.state === "closed" ? settled(circuit, circuit.slots, moment) : closed();
    case "overloaded":
      if (circuit.state !== "closed") return afterFailure(circuit, meaning.pauseMs, moment);
      // What was under way together is turned away together: that is one incident and slows down once. Nothing starts
      // during a pause, so what ends in one belongs to the same incident.
      if (isPaused(circuit, moment.nowMs)) return pausedFor(circuit, meaning.pauseMs, moment);
      return afterFailure(
        pausedFor({ ...circuit, slots: atLeastOne(circuit.slots / 2) }, meaning.pauseMs, moment),
        meaning.pauseMs,
        moment,
      );
    case "failure":
      return afterFailure(circuit, 0, moment);
    case "no_way_out":
      return afterOwnFault(circuit, jittered(OWN_FAULT_PAUSE_MS, moment.random), moment);
    case "unsent":
      return afterOwnFault(circuit, 0, moment);
  }
}

type Meaning =
  | { readonly kind: "success" | "answered" | "failure" | "no_way_out" | "unsent" }
  | { readonly kind: "overloaded"; readonly pauseMs: number };

function meaningOf(outcome: DeliveryOutcome): Meaning {
  switch (outcome.kind) {
    case "delivered":
      return { kind: "success" };
    case "rejected":
      return meaningOfStatus(outcome.status, outcome.retryAfterMs);
    case "unreachable":
    case "refused":
      return { kind: "failure" };
    case "own_fault":
      // One event that cannot be opened says nothing of the way to the endpoint: the others go on.
      return { kind: outcome.errorClass === "unreadable_event" ? "unsent" : "no_way_out" };
  }
}

function meaningOfStatus(status: number, retryAfterMs: number | undefined): Meaning {
  switch (status) {
    case 429:
      return { kind: "overloaded", pauseMs: retryAfterMs ?? DEFAULT_PAUSE_MS };
    case 502:
    case 503:
    case 504:
      return { kind: "overloaded", pauseMs: retryAfterMs ?? 0 };
    case 408: // it was too slow to read us
    case 410:
    case 425: // not yet
      return { kind: "failure" };
    default:
      // Any other 4xx is about the one event: a receiver that chokes on it is up, and must get the next.
      return { kind: status >= 400 && status < 500 ? "answered" : "failure" };
  }
}

/** One slot at first: what was down gets its load back step by step. */
function closed(): Circuit {
  return initialCircuit(1);
}

function grown(circuit: Circuit, moment: CircuitMoment): Circuit {
  // What succeeds during a pause started before it, and does not say that there is room again.
  return settled(circuit, circuit.slots + (isPaused(circuit, moment.nowMs) ? 0 : 1), moment);
}

/** The row of failures is broken. */
function settled(circuit: Circuit, wanted: number, { concurrency }: CircuitMoment): Circuit {
  const slots = Math.min(wanted, atLeastOne(concurrency));
  if (slots === circuit.slots && circuit.failuresInRow === 0) return circuit;
  return { ...circuit, slots, failuresInRow: 0 };
}

function afterFailure(circuit: Circuit, askedMs: number, moment: CircuitMoment): Circuit {
  // It started before the circuit opened, and tells nothing new.
  if (circuit.state === "open") return circuit;
  const failuresInRow = circuit.failuresInRow + 1;
  if (circuit.state === "closed" && failuresInRow < FAILURES_TO_OPEN) {
    return { ...circuit, slots: Math.min(circuit.slots, atLeastOne(moment.concurrency)), failuresInRow };
  }
  // A probe's own limit gives way to the cool-down; any other pause stands.
  const [coolDownMs, standing] =
    circuit.state === "closed"
      ? [FIRST_COOL_DOWN_MS, circuit]
      : [Math.min(circuit.coolDownMs * 2, MAX_COOL_DOWN_MS), { ...circuit, notBeforeMs: 0 }];
  const { notBeforeMs } = pausedFor(standing, Math.max(jittered(coolDownMs, moment.random), askedMs), moment);
  const openedAt = circuit.openedAt ?? moment.nowMs;
  return { state: "open", slots: 1, failuresInRow, notBeforeMs, coolDownMs, openedAt };
}

/** The attempt never reached the receiver: no judgement. A probe that did not come to pass is made again. */
function afterOwnFault(circuit: Circuit, pauseMs: number, moment: CircuitMoment): Circuit {
  if (circuit.state !== "half_open") return pausedFor(circuit, pauseMs, moment);
  return { ...circuit, state: "open", notBeforeMs: moment.nowMs + Math.round(pauseMs) };
}

/** Lengthens a pause, never shortens it. */
function pausedFor(circuit: Circuit, pauseMs: number, moment: CircuitMoment): Circuit {
  const untilMs = moment.nowMs + Math.round(Math.min(pauseMs, MAX_PAUSE_MS));
  const standing = isPaused(circuit, moment.nowMs) ? circuit.notBeforeMs : moment.nowMs;
  return untilMs > standing ? { ...circuit, notBeforeMs: untilMs } : circuit;
}

/** What lies further ahead than any pause, and clocks that differ, was set by a clock that has gone back: it holds nothing. */
function isPaused({ notBeforeMs }: Circuit, nowMs: number): boolean {
  return nowMs < notBeforeMs && notBeforeMs - nowMs <= 2 * MAX_PAUSE_MS;
}

function jittered(ms: number, random: number): number {
  return ms * (1 - JITTER + 2 * JITTER * random);
}

function atLeastOne(slots: number): number {
  return Math.max(1, Math.floor(slots));
}
