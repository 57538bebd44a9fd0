import type { Config } from "../../config/config.ts";
import type { Tier } from "../../shared/tier.ts";
import { isResourceName, resources } from "../../resources/registry.ts";

type Polling = Pick<Config["polling"], "intervalMs" | "promiseMs" | "tiers">;

/**
 * As the operator wants it, or as it is defined. What is read by nobody's definition any more is judged like what people wait for.
 */
export function tierOf({ tiers }: Pick<Polling, "tiers">, resource: string): Tier {
  return tiers?.[resource] ?? (isResourceName(resource) ? resources[resource].tier : "live");
}

/** Within what time a change of a resource is to be known, ms. */
export function promiseMsOf({ intervalMs, promiseMs, tiers }: Polling, resource: string): number {
  return intervalMs ?? promiseMs[tierOf({ tiers }, resource)];
}
