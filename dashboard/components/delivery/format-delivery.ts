import type { Attempt, Delivery } from "../../api/answers.ts";
import { formatDuration } from "../format/format-duration.ts";
import type { Tone } from "../status/tone.ts";

export interface StateWords {
  readonly tone: Tone;
  readonly name: string;
  readonly means: string;
}

/** Every state of a delivery, in words. */
export const DELIVERY_STATE_WORDS: Readonly<Record<Delivery["state"], StateWords>> = {
  ready: { tone: "idle", name: "Ready", means: "Its first attempt is to come." },
  blocked: {
    tone: "idle",
    name: "Blocked",
    means: "The endpoint keeps the order of a record's events, and an earlier one is still to be delivered.",
  },
  in_flight: { tone: "idle", name: "In flight", means: "An attempt is under way." },
  retry: { tone: "warn", name: "Retrying", means: "Attempts have failed, and another one is to come." },
  parked: {
    tone: "bad",
    name: "Parked",
    means: "The endpoint was disabled before it could be sent. Recovering the endpoint sends it.",
  },
  failed: { tone: "bad", name: "Given up", means: "All its attempts are used up, or it can never be sent." },
  delivered: { tone: "good", name: "Delivered", means: "The endpoint answered with 2xx." },
};

/** Attempts that used up one of those allowed. */
export function countAttempts({ attempts }: Pick<Delivery, "attempts">): number {
  return attempts.filter(({ counts }) => counts).length;
}

/** The last one that failed, unless one after it was taken. */
export function lastFailure({ attempts }: Pick<Delivery, "attempts">): Attempt | undefined {
  const last = attempts.at(-1);
  return last && last.outcome !== "delivered" ? last : undefined;
}

/**
 * From the change in the clinic to the first 2xx, in ms; undefined: not delivered yet.
 * @param happenedAt the event's `timestamp`; left out: from when it was committed
 */
export function latencyMs({ attempts, committed_at }: Delivery, happenedAt?: string): number | undefined {
  const taken = attempts.find(({ outcome }) => outcome === "delivered");
  return taken && Math.max(0, Date.parse(taken.at) - Date.parse(happenedAt ?? committed_at));
}

/** `3 of 10 attempts`, and what was tried besides. */
export function formatAttempts(delivery: Pick<Delivery, "attempts" | "attempts_allowed">): string {
  const used = countAttempts(delivery);
  const others = delivery.attempts.length - used;
  return `${used} of ${delivery.attempts_allowed} attempts${others > 0 ? ` and ${others} beside the schedule` : ""}`;
}

/** `1.8 s after the change in Cliniko`; undefined: not delivered yet. */
export function formatLatency(delivery: Delivery, happenedAt?: string): string | undefined {
  const ms = latencyMs(delivery, happenedAt);
  if (ms === undefined) return undefined;
  return `${formatDuration(ms)} after ${happenedAt === undefined ? "it was recorded" : "the change in Cliniko"}`;
}

const OUTCOMES: Readonly<Record<Attempt["outcome"], string>> = {
  delivered: "Taken",
  rejected: "Rejected",
  unreachable: "Unreachable",
  refused: "Not called",
  own_fault: "Fault of ours",
};

/** What came of one attempt, with the answer's status where there was one. */
export function formatOutcome({ outcome, status }: Pick<Attempt, "outcome" | "status">): string {
  return status === null ? OUTCOMES[outcome] : `${OUTCOMES[outcome]}, ${status}`;
}

/** `2 delivered, 1 retrying`: how a number of deliveries stand, the worst last. */
export function formatDeliveries(deliveries: readonly Pick<Delivery, "state">[]): string {
  const counts = new Map<Delivery["state"], number>();
  for (const { state } of deliveries) counts.set(state, (counts.get(state) ?? 0) + 1);
  return ORDER.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [`${count} ${DELIVERY_STATE_WORDS[state].name.toLowerCase()}`];
  }).join(", ");
}

const ORDER: readonly Delivery["state"][] = [
  "delivered",
  "in_flight",
  "ready",
  "blocked",
  "retry",
  "parked",
  "failed",
];

/** Those that need somebody come first; otherwise in the order of their endpoints' ids. */
export function worstFirst(deliveries: readonly Delivery[]): readonly Delivery[] {
  return deliveries.toSorted(
    (left, right) =>
      ORDER.indexOf(right.state) - ORDER.indexOf(left.state) || (left.endpoint < right.endpoint ? -1 : 1),
  );
}

/** Of the element that shows it on its event's page. Ids of endpoints are made of letters, digits, `-` and `_`. */
export function anchorOf({ endpoint }: Pick<Delivery, "endpoint">): string {
  return `delivery-${endpoint}`;
}

/** Still on its way: its state changes without an event. */
export function isPending({ state }: Pick<Delivery, "state">): boolean {
  return ["ready", "blocked", "in_flight", "retry"].includes(state);
}
