import type { WebhookEvent } from "../../src/diff/event.ts";
import { type RouteDeps, createRouter } from "../../src/dispatch/routing/route.ts";
import type { Endpoint } from "../../src/store/outbox/endpoint-store.ts";
import { createAccountStore } from "../../src/store/detection/account-store.ts";
import { createDeliveryLog } from "../../src/store/outbox/delivery-log.ts";
import { createEventLog } from "../../src/store/events/event-log.ts";
import type { Redis } from "../../src/store/redis/client.ts";
import type { Keys } from "../../src/store/redis/keys.ts";
import { createLeases } from "../../src/store/detection/lease.ts";
import { createLogReader } from "../../src/store/events/log-reader.ts";
import { createOutbox } from "../../src/store/outbox/outbox.ts";
import { endpointOf } from "./endpoints.ts";
import { eventOf, keyringOf } from "./stored-things.ts";

const ring = keyringOf("k1");

export const CRM = endpointOf("crm");

/** A router over the real stores; the endpoints are whatever the test says they are. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types, typescript/explicit-function-return-type -- what it returns is its own type
export function setUpRouter(redis: Redis, keys: Keys, ...first: readonly Endpoint[]) {
  const log = { ...createEventLog(redis, keys, ring), ...createLogReader(redis, keys) };
  const outbox = createOutbox(redis, keys, ring);
  const lost: string[] = [];
  const deliveries = createDeliveryLog(redis, keys, ring);
  const woken: string[] = [];
  let endpoints = first;
  let nowMs = Date.now();
  const deps: RouteDeps = {
    log,
    outbox,
    endpoints: { list: async () => endpoints, ids: async () => endpoints.map(({ id }) => id) },
    wake: async (endpoint) => void woken.push(endpoint),
    now: () => nowMs,
    onWentBack: (account, place) => void lost.push(`${account} ${place}`),
  };
  return {
    lost,
    log,
    outbox,
    deps,
    woken,
    route: createRouter(deps),
    pass: (ms: number) => {
      nowMs += ms;
    },
    become: (...changed: readonly Endpoint[]) => {
      endpoints = changed;
    },
    /** The events that an endpoint was given, in the order of their commits. */
    given: async ({ id }: Endpoint): Promise<string[]> => {
      const ids: string[] = [];
      const range = { since: 0, until: Number.MAX_SAFE_INTEGER };
      for await (const heads of deliveries.walk(id, range)) ids.push(...heads.map(({ eventId }) => eventId));
      return ids;
    },
  };
}

/** Commits in one go, as a scan does; ids that end in `x` are cancellations. */
export async function commit(redis: Redis, keys: Keys, ...ids: readonly string[]): Promise<void> {
  const events = ids.map((id) => {
    const event = eventOf({ id });
    return id.endsWith("x") ? { ...event, data: { ...event.data, transitions: ["cancelled"] } } : event;
  });
  await commitEvents(redis, keys, events);
}

export async function commitEvents(redis: Redis, keys: Keys, events: readonly WebhookEvent[]): Promise<void> {
  const leases = createLeases(redis, keys, 60_000);
  const lease = await leases.acquire("northside", "individual_appointments");
  if (!lease) throw new Error("the lease is free");
  const scan = { snapshots: new Map(), events, cursor: undefined };
  await createAccountStore(redis, keys, ring).commit(lease, scan);
  await leases.release(lease);
}
