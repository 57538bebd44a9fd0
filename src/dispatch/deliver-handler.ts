import type { EndpointConfig } from "../config/config.ts";
import { renderPayload } from "../diff/event.ts";
import { sensitiveFieldsOf } from "../diff/projections.ts";
import type { EventLog } from "../store/event-log.ts";
import { type NextStep, nextStep } from "./retry-policy.ts";
import type { Delivery } from "./route.ts";
import type { CallbackSender, DeliveryOutcome } from "./send-callback.ts";
import { signatureHeaders } from "./sign.ts";

export interface AttemptReport extends Delivery {
  readonly type: string;
  readonly attempt: number;
  readonly outcome: DeliveryOutcome;
  readonly next: NextStep;
  readonly durationMs: number;
  /** From when the upstream's answer showed the change to the end of this attempt, ms. */
  readonly sinceObservedMs: number;
}

export interface DeliverDeps {
  readonly log: Pick<EventLog, "readEvent">;
  readonly endpoints: ReadonlyMap<string, EndpointConfig>;
  readonly sender: Pick<CallbackSender, "send">;
  readonly now: () => number;
  readonly random: () => number;
  readonly onAttempt: (report: AttemptReport) => void;
}

/** Handles one attempt (from 1) to bring one event to one endpoint. Rejects for faults of our own only. */
export function createDeliverHandler(
  deps: DeliverDeps,
): (delivery: Delivery, attempt: number) => Promise<NextStep> {
  return async (delivery, attempt) => {
    const endpoint = deps.endpoints.get(delivery.endpoint);
    if (!endpoint) return { kind: "give_up", reason: "the endpoint is no longer configured" };
    const event = await deps.log.readEvent(delivery.account, delivery.eventId);
    if (!event) return { kind: "give_up", reason: "the event is no longer in the log" };

    const body = renderPayload(
      event,
      sensitiveFieldsOf(event.subject.type),
      endpoint.payload,
      endpoint.include,
    );
    const startedAt = deps.now();
    const headers = signatureHeaders(endpoint.secret, event.id, Math.floor(startedAt / 1_000), body);
    const outcome = await deps.sender.send(endpoint.url, headers, body);
    const next = nextStep(attempt, outcome, deps.random());
    const endedAt = deps.now();
    deps.onAttempt({
      ...delivery,
      type: event.type,
      attempt,
      outcome,
      next,
      durationMs: endedAt - startedAt,
      sinceObservedMs: Math.max(0, endedAt - Date.parse(event.observed.at)),
    });
    return next;
  };
}
