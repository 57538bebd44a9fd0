import { isReadWhole } from "../../resources/resource.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { seesHidden } from "./sweep-times.ts";
import { MOST_DOUBTS, type WholeDeps } from "./whole-reading.ts";

/** A little more than two answers of 404 must lie apart. */
const SECOND_LOOK_MS = 61_000;

/**
 * When a resource is to be read again so that its suspects are asked for a second time, ms from now: its tier may let a day pass.
 * Undefined: nobody is suspected, or nobody can be asked for.
 */
export async function secondLookInMs(
  { doubted = [], keyUser, plan, reading, resource, steadiness }: WholeDeps,
  { account }: Lease,
): Promise<number | undefined> {
  if (plan.isBlind || !(isReadWhole(resource) || seesHidden(plan))) return undefined;
  if (doubted.length > MOST_DOUBTS || steadiness?.isOpen() === true) return SECOND_LOOK_MS;
  // Those whom the key's user does not see any more are asked for when it may see them again.
  if (keyUser?.wasLess() === true) return undefined;
  if ((await reading.suspects(account, resource.path)).size === 0) return undefined;
  const failing = await reading.failingSteps(account, resource.path);
  return Math.max(SECOND_LOOK_MS, ...failing.map(({ pauseMs }) => pauseMs));
}
