import { z } from "zod";

import type { Caller } from "../../../admin/access/caller.ts";
import { toldAttempt } from "../../../admin/deliveries/told-failure.ts";
import { toIsoOrNull } from "../../../shared/iso-time.ts";
import { type Attempt, type Delivery, SCHEDULED_ATTEMPTS, typeOf } from "../../../store/outbox/delivery.ts";
import { DELIVERY_STATES } from "../../../store/outbox/delivery-state.ts";
import type { Endpoint } from "../../../store/outbox/endpoint-store.ts";
import { pageOf } from "../page.ts";

const time = z.string().meta({ format: "date-time" });

export const attemptSchema = z
  .strictObject({
    at: time.meta({ format: "date-time", description: "When it ended." }),
    duration_ms: z
      .number()
      .nullable()
      .meta({ description: "Null for a subscriber where there was no answer." }),
    outcome: z.enum(["delivered", "rejected", "unreachable", "refused", "own_fault"]).meta({
      description:
        "delivered: answered with 2xx · rejected: with another status · unreachable: there was no answer, and all that a subscriber is told then · refused: we do not call such an address · own_fault: a fault of ours, which counts for nothing.",
    }),
    error_class: z.string().nullable().meta({
      description:
        "One word for what went wrong. For a subscriber `status`, or `no_answer` whatever the cause.",
    }),
    status: z.int().nullable(),
    detail: z.string().nullable().meta({ description: "What exactly went wrong. For operators." }),
    excerpt: z.string().nullable().meta({
      description: "The beginning of the answer. For admins: a receiver may answer with what it was sent.",
    }),
    next_at: time.nullable().meta({ description: "When the next was due after this one." }),
    trigger: z.enum(["schedule", "manual"]).meta({ description: "manual: somebody asked for it." }),
    counts: z
      .boolean()
      .meta({ description: "Whether it used up one of `attempts_allowed`: a fault of ours does not." }),
  })
  .meta({ id: "Attempt", description: "One attempt to deliver." });

export const deliverySchema = z
  .strictObject({
    endpoint: z.string(),
    event: z.string().meta({ description: "Id of the event." }),
    type: z.string(),
    account: z.string(),
    subject: z.strictObject({ type: z.string(), id: z.string() }),
    committed_at: time,
    state: z.enum(DELIVERY_STATES).meta({
      description:
        "ready: about to be sent · blocked: an earlier event of its record comes first · in_flight: under way · retry: another attempt is to come · parked: the endpoint was disabled before it could be sent · failed: all attempts used up · delivered.",
    }),
    since: time.meta({
      format: "date-time",
      description:
        "ready, retry: when the next attempt is due · in_flight: since when · the others: when it came to rest.",
    }),
    attempts: z.array(attemptSchema).meta({ description: "The oldest first." }),
    attempts_allowed: z.int().meta({ description: "So many attempts that count, then it is failed." }),
  })
  .meta({ id: "Delivery", description: "One event for one endpoint." });

export const deliveryPage = pageOf(deliverySchema, "DeliveryPage");

export function toDeliveryAnswer(
  caller: Caller,
  { id, settings }: Pick<Endpoint, "id" | "settings">,
  delivery: Delivery,
): z.infer<typeof deliverySchema> {
  const { account, at, attempts, eventId, since, state, subject, subjectId } = delivery;
  return {
    endpoint: id,
    event: eventId,
    type: typeOf(delivery),
    account,
    subject: { type: subject, id: subjectId },
    committed_at: new Date(at).toISOString(),
    state,
    since: new Date(since).toISOString(),
    attempts: attempts.map((attempt) => toAttemptAnswer(caller, attempt)),
    attempts_allowed: settings.attempts ?? SCHEDULED_ATTEMPTS,
  };
}

/**
 * What stands in the operator's network is not for a subscriber to find out: no words, no answer, no timing of failures. A
 * viewer gets no answer either: one that echoes its callback would bring the sensitive fields that were in it.
 */
function toAttemptAnswer(caller: Caller, attempt: Attempt): z.infer<typeof attemptSchema> {
  const { at, detail, durationMs, excerpt, nextAt, status, trigger } = attempt;
  const { counts, errorClass, outcome } = toldAttempt(caller, attempt);
  const operator = caller.role !== "subscriber";
  return {
    at: new Date(at).toISOString(),
    duration_ms: operator || status !== undefined ? durationMs : null,
    outcome,
    error_class: errorClass ?? null,
    status: status ?? null,
    detail: operator ? (detail ?? null) : null,
    excerpt: caller.role === "admin" ? (excerpt ?? null) : null,
    next_at: toIsoOrNull(nextAt),
    trigger,
    counts,
  };
}
