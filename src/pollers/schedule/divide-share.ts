/** What is known of a resource before its requests are divided. */
export interface Claim {
  readonly name: string;
  /** Of the live ones, what somebody waits for most. */
  readonly urgent: boolean;
  /** Undefined: it is live. Otherwise within what time a change of it is to be known. */
  readonly slowMs: number | undefined;
}

/** What is slow may read this often in the time of its promise: a little oftener than it must. */
const READINGS_A_PROMISE = 4 / 3;
/** The part of an urgent one, beside that of another. */
const URGENT_WEIGHT = 1.5;

/**
 * Divides an account's requests per minute among its resources. What is slow gets the little that it needs, and never more
 * than half of all; the live ones divide the rest, the `urgent` ones with more than the others. The parts add up to the whole, so that
 * schedules which each keep to their part keep to the budget together.
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
  const weightOf = ({ urgent }: Claim): number => (urgent ? URGENT_WEIGHT : 1);
  const all = live.reduce((sum, claim) => sum + weightOf(claim), 0);
  return live.map((claim) => [claim.name, (requestsPerMinute * weightOf(claim)) / all]);
}
