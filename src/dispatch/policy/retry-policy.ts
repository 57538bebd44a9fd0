import type { DeliveryOutcome, OwnFaultClass } from "../worker/outcome.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Wait before the second attempt, the third, … Source: design §5.2, the Standard Webhooks schedule. */
const WAITS_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** Attempts that count, the first at once included. */
export const MAX_ATTEMPTS = WAITS_MS.length + 1;

/** A receiver may ask for more patience than the schedule has, up to this. */
const MAX_ASKED_MS = 24 * HOUR;

/** Whoever did not answer in time gets more of it: an early second call would only add to its load. */
const AFTER_TIMEOUT_MS = MINUTE;

/**
 * A fault of ours is looked after quickly: nothing of it is the receiver's doing. What cannot be opened waits for a person
 * with the right key, and a log full of it must not be tried over and over.
 */
const OWN_FAULT_MS: Readonly<Record<OwnFaultClass, number>> = {
  no_network: 15 * SECOND,
  proxy: 15 * SECOND,
  unreadable_event: 5 * MINUTE,
};

/** No wait is cut off after it was jittered, not even the longest, or what failed together would come back together. */
const JITTER = 0.2;

/**
 * `delayMs` is whole, at least 4 s and at most 28.8 h, so that setTimeout takes it (it fires at once beyond 24.8 days).
 * `counts`: the attempt that just ended has used up one of MAX_ATTEMPTS.
 */
export type NextStep =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly delayMs: number; readonly counts: boolean }
  /** The schedule is at its end, or the receiver is gone (410). */
  | { readonly kind: "give_up" };

/**
 * What to do with a delivery after an attempt. Pure.
 * @param attempt the number among those that count of the attempt that just ended, from 1
 * @param random in [0, 1)
 * @param most attempts that count, from 1 to MAX_ATTEMPTS
 */
export function nextStep(
  attempt: number,
  outcome: DeliveryOutcome,
  random: number,
  most: number = MAX_ATTEMPTS,
): NextStep {
  if (attempt >= most && !["delivered", "own_fault"].includes(outcome.kind)) return { kind: "give_up" };
  switch (outcome.kind) {
    case "delivered":
      return { kind: "done" };
    case "own_fault":
      return {
        kind: "retry",
        delayMs: Math.round(jittered(OWN_FAULT_MS[outcome.errorClass], random)),
        counts: false,
      };
    case "rejected":
      // 410 Gone: the receiver says that it will never want this. Source: Standard Webhooks, operational considerations.
      if (outcome.status === 410) return { kind: "give_up" };
      return retryOnSchedule(attempt, random, Math.min(outcome.retryAfterMs ?? 0, MAX_ASKED_MS));
    case "unreachable": {
      const inTime = outcome.errorClass !== "timeout" && outcome.errorClass !== "body_too_slow";
      // Jittered upwards alone: it is a least wait.
      return retryOnSchedule(attempt, random, inTime ? 0 : AFTER_TIMEOUT_MS * (1 + JITTER * random));
    }
    case "refused":
      return retryOnSchedule(attempt, random, 0);
  }
}

function retryOnSchedule(attempt: number, random: number, leastMs: number): NextStep {
  if (attempt >= MAX_ATTEMPTS) return { kind: "give_up" };
  const waitMs = jittered(WAITS_MS[attempt - 1] ?? WAITS_MS[0], random);
  return { kind: "retry", delayMs: Math.round(Math.max(waitMs, leastMs)), counts: true };
}

function jittered(ms: number, random: number): number {
  return ms * (1 - JITTER + 2 * JITTER * random);
}
