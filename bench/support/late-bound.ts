import { type ClinicShape, expectedUnforeseen } from "./clinic-edits.ts";

/**
 * What no schedule can beat, however clever: an edit that nothing announces (the first of a run, or a patient's own) is
 * equally likely at any moment of its hour, so with n polls in an hour at least 1 − n × `lateMs` / hour of them are late.
 * All other edits are taken to be found at once, for nothing, and requests to take no time.
 *
 * Polls beyond the least number that the promise demands are best spent on the hours with the most such edits: the late
 * share falls in proportion to n until the hour has none. Returns the smallest share of all edits that can be late.
 */
export function leastLateShare(
  shape: ClinicShape,
  requestsPerDay: number,
  promisedMaxMs: number,
  lateMs: number,
): number {
  const leastPolls = 3_600_000 / promisedMaxMs;
  const enoughPolls = 3_600_000 / lateMs;
  const hours = expectedUnforeseen(shape).toSorted((left, right) => right - left);
  let spare = requestsPerDay * 14 - leastPolls * hours.length;
  if (spare < 0) return 1;
  let late = 0;
  for (const edits of hours) {
    const polls = leastPolls + Math.min(spare, enoughPolls - leastPolls);
    spare -= polls - leastPolls;
    late += edits * (1 - polls / enoughPolls);
  }
  return late / (shape.editsPerDay * 14);
}
