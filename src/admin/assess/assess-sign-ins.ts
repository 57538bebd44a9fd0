import type { FailedMinute } from "../../store/access/sign-in-failures.ts";
import type { Assessment } from "./assessment.ts";

/** In so many minutes so many: a person who mistypes stays far below, a program with a revoked token does not. */
const LOOKED_AT_MINUTES = 5;
const MANY = 20;

/** Whether somebody tries to get in, or a program shows what opens nothing any more. Pure. @param now unix ms */
export function assessSignIns(failed: readonly FailedMinute[], now: number): Assessment {
  const subject = { kind: "sign_ins" } as const;
  const present = Math.floor(now / 60_000);
  const lately = failed.filter(({ minute }) => present - minute < LOOKED_AT_MINUTES);
  const times = lately.reduce((sum, one) => sum + one.times, 0);
  const detail = `${times} failed in the last ${LOOKED_AT_MINUTES} minutes`;
  if (times < MANY) return { subject, severity: "ok", code: "usable", since: undefined, detail };
  const since = beginningOf(failed) * 60_000;
  return { subject, severity: "warning", code: "sign_ins_failing", since, detail };
}

/** The minute from which on there was no pause as long as is looked at. */
function beginningOf(failed: readonly FailedMinute[]): number {
  const minutes = failed.map(({ minute }) => minute).toSorted((left, right) => right - left);
  let [first = 0] = minutes;
  for (const minute of minutes) {
    if (first - minute > LOOKED_AT_MINUTES) break;
    first = minute;
  }
  return first;
}
