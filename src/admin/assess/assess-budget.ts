import { formatSpan } from "../format-span.ts";
import type { Assessment } from "./assessment.ts";

/** Half of our share gone means that other tools were refused too. */
const SHRUNK = 0.5;

export interface BudgetSituation {
  /** Our part of what Cliniko allows, 0 to 1, at present and as configured. */
  readonly share: number;
  readonly configuredShare: number;
  /** Requests lately. */
  readonly taken: number;
  /** Unix ms; undefined: nothing is held back. */
  readonly blockedUntil: number | undefined;
}

/** A 429 makes nobody late by itself: a source that waits too long says so. Pure. @param now unix ms */
export function assessBudget(
  account: string,
  { blockedUntil, configuredShare, share, taken }: BudgetSituation,
  now: number,
): Assessment {
  const subject = { kind: "budget", account } as const;
  const inForce = share / configuredShare;
  const detail = `${Math.round(inForce * 100)} % of our share in force, ${taken} requests so far`;
  if (blockedUntil !== undefined && blockedUntil > now) {
    const until = `${detail}; Cliniko asks us to wait for ${formatSpan(blockedUntil - now)}`;
    return { subject, severity: "notice", code: "budget_blocked", since: undefined, detail: until };
  }
  return inForce < SHRUNK
    ? {
        subject,
        severity: "notice",
        code: "budget_shrunk",
        since: undefined,
        detail: `${detail}: Cliniko has answered 429`,
      }
    : { subject, severity: "ok", code: "usable", since: undefined, detail };
}
