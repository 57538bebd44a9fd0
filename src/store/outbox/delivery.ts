import { z } from "zod";

import type { DeliveryState } from "./delivery-state.ts";

/** Attempts that a delivery has by schedule, the first at once included. See dispatch/retry-policy.ts for their times. */
export const SCHEDULED_ATTEMPTS = 10;

/** What is known of a delivery without opening its event. */
export interface DeliveryHead {
  readonly eventId: string;
  readonly account: string;
  /** `appointment`. */
  readonly subject: string;
  readonly subjectId: string;
  /** The first of them names the event's type. */
  readonly transitions: readonly string[];
  /** When its event was committed, unix ms. */
  readonly at: number;
}

export const attemptSchema = z.strictObject({
  /** When it ended, unix ms. */
  at: z.number(),
  durationMs: z.number(),
  outcome: z.enum(["delivered", "rejected", "unreachable", "refused", "own_fault"]),
  errorClass: z.string().optional(),
  status: z.number().optional(),
  /** For the operator alone. */
  detail: z.string().optional(),
  /** The beginning of the answer's body. */
  excerpt: z.string().optional(),
  /** Unix ms; absent: there is none. */
  nextAt: z.number().optional(),
  /** `manual`: asked for by a person, beside the schedule. */
  trigger: z.enum(["schedule", "manual"]),
  /** Whether it used up one of the schedule's attempts. */
  counts: z.boolean(),
});

/** One attempt, as the log keeps it (sealed). */
export type Attempt = z.infer<typeof attemptSchema>;

export interface Delivery extends DeliveryHead {
  readonly state: DeliveryState;
  /** When the next attempt is due (ready, retry), it began (in_flight), or it came to rest (parked, failed, delivered); unix ms. */
  readonly since: number;
  readonly attempts: readonly Attempt[];
}

/** `appointment.cancelled`. */
export function typeOf({ subject, transitions }: Pick<DeliveryHead, "subject" | "transitions">): string {
  return `${subject}.${transitions[0] ?? "updated"}`;
}
