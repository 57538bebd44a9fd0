import type { Base } from "../base.ts";
import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import { matchesPattern } from "../../diff/event-types.ts";
import type { Delivery } from "../../store/outbox/delivery.ts";
import type { DeliveryState } from "../../store/outbox/delivery-state.ts";
import type { DeliveryRange, ListedHead } from "../../store/outbox/delivery-log.ts";
import {
  type DeliveryPage,
  type DeliveryPlace,
  createDeliveryPages,
} from "../../store/outbox/delivery-pages.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import { readEndpointStatus } from "../endpoints/endpoint-status.ts";
import { findEndpoint, visibleEndpoints } from "../endpoints/find-endpoint.ts";
import type { Patience } from "../../store/events/patience.ts";

export interface DeliveryQuery extends DeliveryRange {
  /** Empty: all. */
  readonly states: readonly DeliveryState[];
  /** `*`, `<subject>.*` or event types; empty: all. */
  readonly types: readonly string[];
}

/** A page of an endpoint's deliveries, the newest first. */
export async function listDeliveries(
  base: Pick<Base, "redis" | "keys" | "keyring">,
  caller: Caller,
  endpoint: string,
  { states, types, ...range }: DeliveryQuery,
  { from, count }: { readonly from: DeliveryPlace | undefined; readonly count: number },
  patience: Patience,
): Promise<DeliveryPage> {
  const pages = createDeliveryPages(base.redis, base.keys, base.keyring);
  const wanted = ({ account, state, subject, transitions }: ListedHead): boolean => {
    if (!seesDelivery(caller, { account })) return false;
    if (states.length > 0 && !states.includes(state)) return false;
    return types.length === 0 || types.some((pattern) => matchesPattern(pattern, subject, transitions));
  };
  return await pages.page(endpoint, range, from, count, wanted, patience);
}

/** The newest of a range, for an operator: as many pages as it takes. */
export async function newestDeliveries(
  base: Pick<Base, "redis" | "keys" | "keyring">,
  endpoint: string,
  {
    limit,
    states,
    ...range
  }: DeliveryRange & {
    readonly limit: number;
    /** Undefined: all. */
    readonly states: readonly DeliveryState[] | undefined;
  },
): Promise<readonly Delivery[]> {
  return await createDeliveryPages(base.redis, base.keys, base.keyring).newest(
    endpoint,
    range,
    limit,
    states,
  );
}

/** An endpoint may have been given accounts before that its subscriber must not see now. */
function seesDelivery(caller: Caller, { account }: Pick<Delivery, "account">): boolean {
  return caller.role !== "subscriber" || account === SERVICE_ACCOUNT || caller.accounts.includes(account);
}

/** What became of one event at one endpoint. */
export interface EventDelivery {
  readonly endpoint: Endpoint;
  readonly delivery: Delivery;
}

/** Undefined: it does not exist for the caller. */
export async function readDelivery(
  base: Pick<Base, "deliveries" | "endpoints">,
  caller: Caller,
  endpoint: string,
  eventId: string,
): Promise<EventDelivery | undefined> {
  const found = await findEndpoint(base, caller, endpoint);
  const delivery = found && (await base.deliveries.read(endpoint, eventId));
  return delivery && seesDelivery(caller, delivery) ? { endpoint: found, delivery } : undefined;
}

/** One event's deliveries at every endpoint that exists for the caller and was given it. */
export async function deliveriesOf(
  base: Pick<Base, "deliveries" | "endpoints">,
  caller: Caller,
  eventId: string,
  patience: Pick<Patience, "signal">,
): Promise<readonly EventDelivery[]> {
  return (await deliveriesOfAll(base, caller, [eventId], patience)).get(eventId) ?? [];
}

/** The same of several events. Each endpoint is asked once, one after the other: others want to be served in between. */
export async function deliveriesOfAll(
  { deliveries, endpoints }: Pick<Base, "deliveries" | "endpoints">,
  caller: Caller,
  eventIds: readonly string[],
  { signal }: Pick<Patience, "signal">,
): Promise<ReadonlyMap<string, readonly EventDelivery[]>> {
  const found = new Map<string, EventDelivery[]>();
  for (const endpoint of await visibleEndpoints({ endpoints }, caller)) {
    signal.throwIfAborted();
    for (const delivery of await deliveries.readAll(endpoint.id, eventIds)) {
      if (!seesDelivery(caller, delivery)) continue;
      const known = found.get(delivery.eventId) ?? [];
      known.push({ endpoint, delivery });
      found.set(delivery.eventId, known);
    }
  }
  return found;
}

/**
 * One attempt more, beside the schedule. under_way: it is about to be sent anyway · disabled: nothing is sent to this endpoint ·
 * unknown: there is no such endpoint for the caller, or it was not given this event, or longer ago than is kept.
 */
export async function retryDelivery(
  base: Base,
  caller: Caller,
  id: string,
  eventId: string,
): Promise<"queued" | "under_way" | "disabled" | "unknown"> {
  const endpoint = await findEndpoint(base, caller, id);
  if (!endpoint || !(await readDelivery(base, caller, id, eventId))) return "unknown";
  if ((await readEndpointStatus(base, endpoint)).state === "disabled") return "disabled";
  const asked = await base.deliveries.retry(id, eventId, base.now());
  if (asked === "queued") {
    await base.queues.wakeDelivery({ endpoint: id });
    await noteChange(base, caller, { action: "delivery.retry", target: `${id}/${eventId}`, fields: [] });
  }
  return asked;
}
