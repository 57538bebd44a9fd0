import type { EndpointSettings } from "../../config/endpoint-settings.ts";

/** So much work of an endpoint is claimed before there is a slot for it: longer than Redis takes to answer. */
const AHEAD_MS = 20;
/** Most deliveries that a worker has claimed ahead: more would make its steps no cheaper. */
const MOST_AHEAD = 64;

/** What ended between two turns of a worker. */
export interface EndedTogether {
  readonly count: number;
  readonly allDelivered: boolean;
  /** Since the turn before, ms. */
  readonly sinceMs: number;
}

/**
 * How many first attempts to claim ahead: what the endpoint has just shown that it takes in a moment. Of one that fails, is
 * slow, is paced by a rate or is given its events in order, nothing: each of its attempts is claimed when it begins. Pure.
 */
export function claimAhead(
  { rateLimit, ordering }: Pick<EndpointSettings, "rateLimit" | "ordering">,
  { count, allDelivered, sinceMs }: EndedTogether,
): number {
  if (rateLimit !== undefined || ordering === "subject") return 0;
  if (!allDelivered) return 0;
  return Math.min(MOST_AHEAD, Math.floor((count * AHEAD_MS) / Math.max(1, sinceMs)));
}
