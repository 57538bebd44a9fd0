import type { Config } from "../../config/config.ts";
import type { Tier } from "../../shared/tier.ts";
import { isResourceName, resources } from "../../resources/registry.ts";

type Polling = Pick<Config["polling"], "intervalMs" | "promiseMs">;

/** What is read by nobody's definition any more is judged like what people wait for. */
export function tierOf(resource: string): Tier {
  return isResourceName(resource) ? resources[resource].tier : "live";
}

/** Within what time a change of a resource is to be known, ms. */
export function promiseMsOf({ intervalMs, promiseMs }: Polling, resource: string): number {
  return intervalMs ?? promiseMs[tierOf(resource)];
}
