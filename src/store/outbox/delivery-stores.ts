import type { RosterOptions } from "../access/rosters.ts";
import { type EventLog, createEventLog } from "../events/event-log.ts";
import { readLastPlaces } from "../events/log-reader.ts";
import type { Redis } from "../redis/client.ts";
import type { Keys } from "../redis/keys.ts";
import type { Keyring } from "../sealing/keyring.ts";
import { type DeliveryLog, createDeliveryLog } from "./delivery-log.ts";
import type { AlongRules } from "../events/related-store.ts";
import { type EndpointStore, createEndpointStore } from "./endpoint-store.ts";
import { type Outbox, createOutbox } from "./outbox.ts";

/** What has happened, and who is to be told of it. */
export interface DeliveryStores {
  readonly log: EventLog;
  readonly endpoints: EndpointStore;
  readonly outbox: Outbox;
  readonly deliveries: DeliveryLog;
}

export interface DeliveryStoresDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly keyring: Keyring;
  readonly now: () => number;
  readonly rosters: RosterOptions;
  readonly alongOf: (account: string) => AlongRules;
  /** Names of the logs that there are by the configuration. */
  readonly logs: readonly string[];
}

export function createDeliveryStores(deps: DeliveryStoresDeps): DeliveryStores {
  const { alongOf, keyring, keys, logs, now, redis, rosters } = deps;
  const outbox = createOutbox(redis, keys, keyring);
  return {
    log: createEventLog(redis, keys, keyring, now, alongOf),
    endpoints: createEndpointStore(redis, keys, keyring, now, {
      ...rosters,
      // A new endpoint is given what comes from now on.
      onMake: async ({ createdAt, id }) => {
        const all = new Set([...logs, ...(await redis.smembers(keys.seenAccounts))]);
        await outbox.begin(id, createdAt, await readLastPlaces(redis, keys, [...all]));
      },
    }),
    outbox,
    deliveries: createDeliveryLog(redis, keys, keyring),
  };
}
