import type { EndpointConfig } from "../config/config.ts";
import type { EventLog } from "../store/event-log.ts";
import { isSubscribed } from "./subscriptions.ts";

/** Entries handed on in one step. */
const BATCH = 200;

export interface Delivery {
  readonly account: string;
  readonly eventId: string;
  readonly endpoint: string;
}

export interface RouteDeps {
  readonly log: EventLog;
  readonly endpoints: readonly Pick<EndpointConfig, "name" | "events" | "accounts">[];
  /** Must be idempotent by (event, endpoint). */
  readonly enqueue: (deliveries: readonly Delivery[]) => Promise<void>;
}

/**
 * Hands every event that was committed since the last time to the endpoints that want it. Jobs are added before the
 * mark moves: a crash in between means that they are added again under the same id, never that one is left out.
 */
export async function routeAccount({ log, endpoints, enqueue }: RouteDeps, account: string): Promise<number> {
  let routed = 0;
  for (;;) {
    const entries = await log.read(account, await log.readRouted(account), BATCH);
    const last = entries.at(-1);
    if (!last) return routed;
    const deliveries = entries.flatMap((entry) =>
      endpoints
        .filter((endpoint) => isSubscribed(endpoint, account, entry))
        .map((endpoint) => ({ account, eventId: entry.eventId, endpoint: endpoint.name })),
    );
    if (deliveries.length > 0) await enqueue(deliveries);
    await log.advanceRouted(account, last.position);
    routed += deliveries.length;
  }
}
