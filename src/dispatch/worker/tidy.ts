import type { DeliveryLog } from "../../store/outbox/delivery-log.ts";
import type { EndpointStore } from "../../store/outbox/endpoint-store.ts";
import type { EventLog, TrimCandidate } from "../../store/events/event-log.ts";
import type { Outbox } from "../../store/outbox/outbox.ts";
import { orderOf } from "../routing/route.ts";

export interface TidyDeps {
  readonly accounts: readonly string[];
  readonly endpoints: Pick<EndpointStore, "ids">;
  readonly log: Pick<EventLog, "trim">;
  readonly deliveries: Pick<DeliveryLog, "trim" | "pending">;
  readonly outbox: Pick<Outbox, "readPosition">;
  readonly retention: { readonly eventsMs: number; readonly attemptsMs: number };
  readonly now: () => number;
}

export interface Tidied {
  readonly events: number;
  readonly deliveries: number;
}

/**
 * Removes events, and what became of them, that are older than the retention. What is still to be delivered stays, however
 * old: an event that waits for an endpoint, or that an endpoint has not been given yet.
 */
export async function tidy(deps: TidyDeps): Promise<Tidied> {
  const now = deps.now();
  const endpoints = await deps.endpoints.ids();
  let [events, deliveries] = [0, 0];
  for (const account of deps.accounts) {
    events += await deps.log.trim(
      account,
      now - deps.retention.eventsMs,
      async (entries) => await findNeeded(deps, endpoints, account, entries),
    );
  }
  for (const endpoint of endpoints) {
    deliveries += await deps.deliveries.trim(endpoint, now - deps.retention.attemptsMs);
  }
  return { events, deliveries };
}

async function findNeeded(
  { deliveries, outbox }: TidyDeps,
  endpoints: readonly string[],
  account: string,
  entries: readonly TrimCandidate[],
): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  const ids = entries.map(({ eventId }) => eventId);
  for (const endpoint of endpoints) {
    for (const id of await deliveries.pending(endpoint, ids)) needed.add(id);
    const position = await outbox.readPosition(endpoint, account);
    if (position === undefined) continue;
    for (const entry of entries) {
      if (entry.position !== undefined && orderOf(entry.position) > orderOf(position))
        needed.add(entry.eventId);
    }
  }
  return needed;
}
