import { type EndpointFact, SERVICE_ACCOUNT, toEndpointEvent } from "../../diff/endpoint-event.ts";
import type { IdentityKey } from "../../diff/identity.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { EventLog } from "../../store/events/event-log.ts";
import { disablesAt } from "../policy/health.ts";
import type { HealthStepTold } from "./worker-state.ts";

export interface TellDeps {
  readonly identityKey: IdentityKey;
  readonly log: Pick<EventLog, "append">;
  /** There is something new in this account's log. */
  readonly onEvents: (account: string) => Promise<void>;
}

/** Tells subscribers to `endpoint.*` of a step on an endpoint's ladder. Told twice, it is one event. */
export async function tellStep(deps: TellDeps, endpoint: Endpoint, step: HealthStepTold): Promise<void> {
  await deps.log.append(toEndpointEvent(deps.identityKey, toFact(endpoint, step)));
  await deps.onEvents(SERVICE_ACCOUNT);
}

function toFact(
  { createdAt, id, owner, settings }: Endpoint,
  { delivery, news, health, failingSince, sequence }: HealthStepTold,
): EndpointFact {
  return {
    endpointId: id,
    madeAt: createdAt,
    transition: news === "warned" ? "failing" : news,
    state: health.step,
    since: health.since,
    failingSince,
    disablesAt: disablesAt(health),
    errorClass: toldClass(owner, health.reason),
    description: settings.description,
    delivery,
    sequence,
  };
}

/** `status 503` is for the operator: one word is for all. Of a subscriber's endpoint, which it reads too, whether it answered. */
function toldClass(owner: string | undefined, reason: string | undefined): string | undefined {
  const errorClass = reason?.split(" ")[0];
  return owner === undefined || errorClass === undefined || errorClass === "status"
    ? errorClass
    : "no_answer";
}
