/**
 * Where a delivery (one event for one endpoint) stands:
 *
 *   blocked ──▶ ready ──▶ in_flight ──▶ delivered
 *                 ▲         │  ▲
 *                 │         ▼  │
 *                 │       retry ┘ ──▶ failed        parked: its endpoint was disabled before it could be sent
 *
 * ready: first attempt due · retry: another attempt, or one that gives way to first attempts · blocked: an earlier event of
 * its subject comes first · failed: all attempts used up.
 */
export const DELIVERY_STATES = [
  "ready",
  "retry",
  "in_flight",
  "blocked",
  "parked",
  "failed",
  "delivered",
] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Still to be delivered: never trimmed. */
export const PENDING_STATES = ["ready", "retry", "in_flight", "blocked"] as const;

/** parked and failed are what was not delivered; delivered ones are sent once more. */
export const RESTING_STATES = ["parked", "failed", "delivered"] as const satisfies readonly DeliveryState[];
export type RestingState = (typeof RESTING_STATES)[number];
