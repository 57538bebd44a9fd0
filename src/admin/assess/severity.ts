/**
 * ok: it is as it should be · notice: as a person wants it, or it mends itself; nobody is needed · warning: a promise is not
 * kept, somebody should look · critical: it stands still, or is about to; it needs a person. The better first.
 */
export const SEVERITIES = ["ok", "notice", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** 0 for `ok` to 3 for `critical`: as metrics show it. */
export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** The worst of them; `ok` where there is none. */
export function worstOf(severities: readonly Severity[]): Severity {
  return SEVERITIES[Math.max(0, ...severities.map(rankOf))] ?? "ok";
}

/** Nothing stands still and every promise is kept. What the exit codes of `status` and `doctor` say. */
export function isWell(severity: Severity): boolean {
  return rankOf(severity) < rankOf("warning");
}
