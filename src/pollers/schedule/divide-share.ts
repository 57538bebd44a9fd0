/** What is known of a resource before its requests are divided. */
export interface Claim {
  readonly name: string;
  /** Of the live ones, what somebody waits for most. */
  readonly urgent: boolean;
  /** Undefined: it is live. Otherwise within what time a change of it is to be known. */
  readonly slowMs: number | undefined;
}

/** What is slow may read this often in the time of its promise: a reading can be of more than one page. */
const READINGS_A_PROMISE = 2;

/**
 * Divides an account's requests per minute among its resources. What is slow gets the little that it needs, and never more
 * than half of all; the live ones divide the rest: half to the `urgent` ones, half to the others, evenly. The parts add up to the
 * whole, so that schedules which each keep to their part keep to the budget together.
 */
export function divideShare(
  claims: readonly Claim[],
  requestsPerMinute: number,
): ReadonlyMap<string, number> {
  const live = claims.filter(({ slowMs }) => slowMs === undefined);
  const needs = claims.flatMap(({ name, slowMs }) =>
    slowMs === undefined ? [] : [[name, (READINGS_A_PROMISE * 60_000) / slowMs] as const],
  );
  const needed = needs.reduce((sum, [, need]) => sum + need, 0);
  const slow = live.length === 0 ? requestsPerMinute : Math.min(needed, requestsPerMinute / 2);
  return new Map([
    ...needs.map(([name, need]) => [name, (need / needed) * slow] as const),
    ...divideAmongLive(live, needs.length === 0 ? requestsPerMinute : requestsPerMinute - slow),
  ]);
}

function divideAmongLive(live: readonly Claim[], requestsPerMinute: number): [string, number][] {
  const urgentCount = live.filter(({ urgent }) => urgent).length;
  const otherCount = live.length - urgentCount;
  const undivided = urgentCount === 0 || otherCount === 0;
  return live.map(({ name, urgent }) => {
    if (undivided) return [name, requestsPerMinute / live.length];
    return [name, requestsPerMinute / 2 / (urgent ? urgentCount : otherCount)];
  });
}
