import type { DeliveryOutcome } from "./send-callback.ts";

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
];

/** A receiver may ask for more patience than the schedule has, up to this. */
const MAX_WAIT_MS = 24 * HOUR;
const JITTER = 0.2;

export type NextStep =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly delayMs: number; readonly reason: string }
  | { readonly kind: "give_up"; readonly reason: string };

/**
 * What to do after an attempt. Pure.
 * @param attempt the attempt that just ended, from 1
 * @param random in [0, 1)
 */
export function nextStep(attempt: number, outcome: DeliveryOutcome, random: number): NextStep {
  if (outcome.kind === "delivered") return { kind: "done" };
  const reason = outcome.kind === "rejected" ? `status ${outcome.status}` : outcome.fault;
  // 410 Gone: the receiver says that it will never want this.
  if (outcome.kind === "rejected" && outcome.status === 410) return { kind: "give_up", reason };
  const wait = WAITS_MS[attempt - 1];
  if (wait === undefined) return { kind: "give_up", reason };
  const asked = outcome.kind === "rejected" ? (outcome.retryAfterMs ?? 0) : 0;
  const jittered = wait * (1 - JITTER + 2 * JITTER * random);
  return { kind: "retry", delayMs: Math.round(Math.min(Math.max(jittered, asked), MAX_WAIT_MS)), reason };
}
