import type { Base } from "../base.ts";
import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import { parseWorkerState } from "../../dispatch/worker/worker-state.ts";
import { holds, isSubscribed } from "../../dispatch/routing/subscriptions.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { Delivery } from "../../store/outbox/delivery.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { Patience } from "../../store/events/patience.ts";
import { comparePositions } from "../../store/events/position.ts";
import type { Caller } from "../access/caller.ts";
import type { DeliveryCode } from "./explain-codes.ts";
import { pauserOf } from "../endpoints/paused.ts";
import { NO_ANSWER, toldErrorClass } from "./told-failure.ts";
import { visibleEndpoints } from "../endpoints/find-endpoint.ts";
import type { ListedEvent } from "../events/list-events.ts";

export interface DeliveryStep {
  readonly code: DeliveryCode;
  readonly text: string;
  readonly endpoint: string;
  readonly eventId: string;
}

type DeliveryBase = Pick<Base, "deliveries" | "endpoints" | "outbox">;

/** For each event and each endpoint that exists for the caller: why it was or was not sent. */
export async function explainDeliveries(
  base: DeliveryBase,
  caller: Caller,
  events: readonly ListedEvent[],
  { signal }: Pick<Patience, "signal">,
): Promise<DeliveryStep[]> {
  const endpoints = await visibleEndpoints(base, caller);
  const steps: DeliveryStep[] = [];
  // Event by event: with a hundred endpoints, others want to be served in between.
  for (const event of events) {
    signal.throwIfAborted();
    const explained = endpoints.map(async (endpoint) => ({
      ...(await explainOne(base, caller, endpoint, event)),
      endpoint: endpoint.id,
      eventId: event.eventId,
    }));
    steps.push(...(await Promise.all(explained)));
  }
  return steps;
}

type Verdict = Pick<DeliveryStep, "code" | "text">;

async function explainOne(
  base: DeliveryBase,
  caller: Caller,
  endpoint: Endpoint,
  event: ListedEvent,
): Promise<Verdict> {
  const delivery = await base.deliveries.read(endpoint.id, event.eventId);
  if (delivery) return await explainGiven(base, caller, endpoint, delivery);
  const position = await base.outbox.readPosition(endpoint.id, event.account);
  return explainNotGiven(endpoint, event, position);
}

/** It was given to the endpoint: where it stands. */
async function explainGiven(
  { outbox }: DeliveryBase,
  caller: Caller,
  endpoint: Endpoint,
  delivery: Delivery,
): Promise<Verdict> {
  const { attempts, since, state } = delivery;
  const last = attempts.at(-1);
  const failure = toldErrorClass(caller, last?.errorClass) ?? NO_ANSWER;
  const why = last?.status === undefined ? failure.replace(NO_ANSWER, "no answer") : `status ${last.status}`;
  switch (state) {
    case "delivered":
      return {
        code: "delivered",
        text: `It was delivered at ${toIsoSeconds(since)}, at attempt ${attempts.length}.`,
      };
    case "failed":
      return {
        code: "failed",
        text: `All attempts failed, the last at ${toIsoSeconds(since)} (${why}): see recover.`,
      };
    case "parked":
      return { code: "parked", text: `The endpoint was disabled before it could be sent: see recover.` };
    case "blocked":
      return {
        code: "waiting_for_earlier",
        text: "An earlier event of the same record is still to be delivered.",
      };
    case "ready":
    case "in_flight":
    case "retry":
      return await explainPending(outbox, endpoint, delivery, why);
  }
}

async function explainPending(
  outbox: Base["outbox"],
  endpoint: Endpoint,
  { attempts, since, state }: Delivery,
  why: string,
): Promise<Verdict> {
  const { id, pausedAt, settings } = endpoint;
  if (pausedAt !== undefined) {
    const by = pauserOf(endpoint) === "operator" ? "the operator" : "its subscriber";
    return {
      code: "paused",
      text: `The endpoint is paused by ${by} since ${toIsoSeconds(pausedAt)}: it waits until it is enabled.`,
    };
  }
  if (state === "retry" && attempts.length > 0) {
    const text = `${attempts.length} attempts failed (${why}); the next is due at ${toIsoSeconds(since)}.`;
    return { code: "retrying", text };
  }
  const { circuit } = parseWorkerState(await outbox.readHealth(id), settings.concurrency, since);
  const gently =
    circuit.state === "closed"
      ? ""
      : ` The endpoint has failed several times in a row and is being tried gently.`;
  return { code: "waiting", text: `It is about to be sent.${gently}` };
}

/** It was not given to the endpoint: what stood in the way. */
function explainNotGiven(endpoint: Endpoint, event: ListedEvent, position: string | undefined): Verdict {
  const { settings, createdAt, updatedAt } = endpoint;
  const { account, subject, transitions } = event;
  if (event.committedAt < createdAt) {
    const text = `The endpoint was made later, at ${toIsoSeconds(createdAt)}: see backfill for what was there before.`;
    return { code: "before_endpoint", text };
  }
  if (account !== SERVICE_ACCOUNT && settings.accounts && !settings.accounts.includes(account)) {
    return { code: "other_account", text: `It wants events of ${settings.accounts.join(", ")} alone.` };
  }
  if (!isSubscribed(settings, account, { subject: subject.type, transitions })) {
    return {
      code: "type_not_wanted",
      text: `None of its types matches: it wants ${settings.events.join(", ")}.`,
    };
  }
  if (event.body.state === "kept" && !holds(settings.when, event.body.event)) {
    const fields = settings.when.map(({ field }) => field).join(", ");
    return { code: "condition_not_met", text: `Its conditions on ${fields} are not met.` };
  }
  if (position === undefined || comparePositions(position, event.position) < 0) {
    return {
      code: "not_routed_yet",
      text: "It has not been handed to delivery yet: is a service running with the role dispatch?",
    };
  }
  if (updatedAt > event.committedAt) {
    const text = `It would be sent now, but the endpoint was changed at ${toIsoSeconds(updatedAt)}, after the event.`;
    return { code: "settings_changed_since", text };
  }
  return {
    code: "delivery_forgotten",
    text: "What became of it is older than the retention, and not known any more.",
  };
}
