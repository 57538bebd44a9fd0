import type { Attempt } from "../../store/outbox/delivery.ts";
import type { ClaimedDelivery, Settlement } from "../../store/outbox/outbox.ts";
import { type DeliveryOutcome, errorClassOf } from "./outcome.ts";
import { nextStep } from "../policy/retry-policy.ts";

/** How many attempts of one delivery are kept: the schedule's ten and what was asked for by hand. The oldest go. */
const MAX_KEPT = 30;

export interface EndedAttempt {
  readonly outcome: DeliveryOutcome;
  /** Unix ms. */
  readonly endedAt: number;
  readonly durationMs: number;
  /** The endpoint is a subscriber's: when it is tried again tells nothing of why there was no answer. */
  readonly owned: boolean;
  /** Attempts that the endpoint wants at most; undefined: all of the schedule. */
  readonly most?: number | undefined;
}

/** What becomes of a delivery after an attempt, and what is written down of it. Pure. @param random in [0, 1) */
export function settleAttempt(delivery: ClaimedDelivery, ended: EndedAttempt, random: number): Settlement {
  const { outcome, endedAt } = ended;
  const next = nextStep(delivery.counted + 1, ended.owned ? pacedAs(outcome) : outcome, random, ended.most);
  const counts = !delivery.manual && (next.kind !== "retry" || next.counts);
  const retryAt = next.kind === "retry" && !delivery.manual ? endedAt + next.delayMs : undefined;
  return {
    delivery,
    counted: delivery.counted + (counts ? 1 : 0),
    at: retryAt ?? endedAt,
    verdict: verdictOf(next.kind, outcome),
    attempts: [...delivery.attempts, toAttempt(delivery, ended, counts, retryAt)].slice(-MAX_KEPT),
  };
}

/** A fault of ours is not among them: it is looked after sooner, and does not count. */
function pacedAs(outcome: DeliveryOutcome): DeliveryOutcome {
  return outcome.kind === "unreachable" || outcome.kind === "refused"
    ? { kind: "unreachable", errorClass: "timeout", detail: "" }
    : outcome;
}

/**
 * event_not_kept: erased, or older than the retention · account_withdrawn: the endpoint may not have this account's events
 * any more · not_subscribed: the endpoint does not ask for it, and nobody gave it on purpose.
 */
export const UNSENT_CLASSES = ["event_not_kept", "account_withdrawn", "not_subscribed"] as const;
export type UnsentClass = (typeof UNSENT_CLASSES)[number];

/** What cannot be sent, whoever tries. */
export function settleUnsent(delivery: ClaimedDelivery, errorClass: UnsentClass, now: number): Settlement {
  const attempt: Attempt = {
    at: now,
    durationMs: 0,
    outcome: "own_fault",
    errorClass,
    trigger: delivery.manual ? "manual" : "schedule",
    counts: false,
  };
  const attempts = [...delivery.attempts, attempt].slice(-MAX_KEPT);
  return { delivery, verdict: "failed", at: now, counted: delivery.counted, attempts };
}

function verdictOf(next: "done" | "retry" | "give_up", outcome: DeliveryOutcome): Settlement["verdict"] {
  if (next === "done") return "delivered";
  if (next === "retry") return "retry";
  // 410 is said of the endpoint, not of this event: it waits with the others until somebody decides.
  return outcome.kind === "rejected" && outcome.status === 410 ? "parked" : "failed";
}

function toAttempt(
  delivery: ClaimedDelivery,
  { outcome, endedAt, durationMs }: EndedAttempt,
  counts: boolean,
  nextAt: number | undefined,
): Attempt {
  const errorClass = errorClassOf(outcome);
  return {
    at: endedAt,
    durationMs,
    outcome: outcome.kind,
    ...(errorClass === undefined ? {} : { errorClass }),
    ...("status" in outcome ? { status: outcome.status } : {}),
    ...("detail" in outcome ? { detail: outcome.detail } : {}),
    ...("excerpt" in outcome && outcome.excerpt ? { excerpt: outcome.excerpt } : {}),
    ...(nextAt === undefined ? {} : { nextAt }),
    trigger: delivery.manual ? "manual" : "schedule",
    counts,
  };
}
