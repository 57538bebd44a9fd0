import { randomBytes } from "node:crypto";

import type { Redis } from "../../src/store/redis/client.ts";

import { type ClinikoClient, createClinikoClient } from "../../src/cliniko/client.ts";
import type { ReadingPlan } from "../../src/cliniko/reading-plan.ts";
import { type ResourceName, resources } from "../../src/resources/registry.ts";
import { Secret } from "../../src/config/secret.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import { type ScanResult, scan } from "../../src/pollers/scan/scan.ts";
import { type AccountStore, createAccountStore } from "../../src/store/detection/account-store.ts";
import { type EventLog, createEventLog } from "../../src/store/events/event-log.ts";
import { createKeyring } from "../../src/store/sealing/keyring.ts";
import type { Keys } from "../../src/store/redis/keys.ts";
import { type Lease, createLeases } from "../../src/store/detection/lease.ts";
import { cataloguedAtRest } from "./assert-catalogued.ts";

const ACCOUNT = "northside";
export const OVERLAP_MS = 120_000;

/** One resource scanned by hand against a real API and a real Redis, without queues: each step is the test's own. */
export interface ScanBench extends AsyncDisposable {
  readonly store: AccountStore;
  readonly log: EventLog;
  readonly client: ClinikoClient;
  lease(): Promise<Lease>;
  scan(options?: {
    client?: Pick<ClinikoClient, "listPage">;
    store?: AccountStore;
    plan?: ReadingPlan;
  }): Promise<ScanResult>;
  /** All events committed so far, in order. */
  events(): Promise<WebhookEvent[]>;
}

export function createScanBench(
  redis: Redis,
  keys: Keys,
  baseUrl: string,
  apiKey: string,
  resource: ResourceName = "individual_appointments",
): ScanBench {
  const keyring = createKeyring([{ id: "k1", key: new Secret(randomBytes(32).toString("base64")) }]);
  const store = createAccountStore(redis, keys, keyring);
  const log = createEventLog(redis, keys, keyring);
  const leases = createLeases(redis, keys, 60_000);
  const identityKey = randomBytes(32);
  const client = createClinikoClient({
    apiKey: new Secret(apiKey),
    baseUrl,
    contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
    budget: { take: async () => 0, freeInMs: async () => 0, blockUntil: async () => undefined },
    timeoutMs: 10_000,
    maxBudgetWaitMs: 0,
    now: Date.now,
    sleep: async () => undefined,
  });
  const take = async (): Promise<Lease> => {
    const lease = await leases.acquire(ACCOUNT, resource);
    if (!lease) throw new Error("the lease is taken");
    return lease;
  };
  return {
    store,
    log,
    client,
    lease: take,
    async scan(options = {}) {
      const lease = await take();
      const context = { account: ACCOUNT, resource, projection: resources[resource], identityKey };
      const deps = {
        client,
        store,
        resource: resources[resource],
        context,
        overlapMs: OVERLAP_MS,
        ...options,
      };
      try {
        return await scan(deps, lease, new AbortController().signal);
      } finally {
        await leases.release(lease);
      }
    },
    async events() {
      const entries = await log.read(ACCOUNT, undefined, 10_000);
      const events = await Promise.all(
        entries.map(async ({ eventId }) => await log.readEvent(ACCOUNT, eventId)),
      );
      return cataloguedAtRest(events.filter((event) => event !== undefined));
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
    },
  };
}
