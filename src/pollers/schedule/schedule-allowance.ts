/**
 * Divides an account's requests per minute among its resources: half to the `urgent` ones, half to the rest, evenly.
 * The parts add up to the whole, so that schedules which each keep to their part keep to the budget together.
 */
export function divideAllowance(
  resources: readonly string[],
  urgent: readonly string[],
  requestsPerMinute: number,
): ReadonlyMap<string, number> {
  const urgentCount = resources.filter((resource) => urgent.includes(resource)).length;
  const otherCount = resources.length - urgentCount;
  const undivided = urgentCount === 0 || otherCount === 0;
  return new Map(
    resources.map((resource) => {
      if (undivided) return [resource, requestsPerMinute / resources.length];
      const count = urgent.includes(resource) ? urgentCount : otherCount;
      return [resource, requestsPerMinute / 2 / count];
    }),
  );
}
