import { setTimeout as delay } from "node:timers/promises";

import type { Base } from "../admin/base.ts";
import { baseUrlOf } from "../cliniko/base-url.ts";
import { type ClinikoClient, createClinikoClient } from "../cliniko/client.ts";
import type { Connections } from "../cliniko/connections.ts";
import type { AccountConfig } from "../config/config.ts";
import { createRequestBudget } from "../store/detection/request-budget.ts";

/** Longest wait for a free request before a poll makes room for others. */
const MAX_BUDGET_WAIT_MS = 30_000;

/** Asks an account's clinic, within its share of the requests. */
export function createClinicClient(
  { config, keys, now, random, redis }: Pick<Base, "config" | "keys" | "now" | "random" | "redis">,
  account: AccountConfig,
  connections: Connections,
): ClinikoClient {
  const { requestsPerMinute, budgetShare: share, timeoutMs } = config.polling;
  const { apiKey } = account;
  return createClinikoClient({
    apiKey,
    connections,
    timeoutMs,
    now,
    contact: config.contact,
    baseUrl: addressOf(account),
    budget: createRequestBudget(redis, keys, { apiKey, requestsPerMinute, share, now, random }),
    maxBudgetWaitMs: MAX_BUDGET_WAIT_MS,
    sleep,
  });
}

/** Where an account's clinic is asked. */
export function addressOf({ apiKey, baseUrl }: AccountConfig): string {
  return baseUrl ?? baseUrlOf(apiKey.reveal());
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}
