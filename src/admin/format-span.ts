const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A span of time as a person says it: `40 s`, `3 min`, `5 h`, `12 d`. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 2 * MINUTE_MS) return `${Math.round(span / 1_000)} s`;
  if (span < 2 * HOUR_MS) return `${Math.round(span / MINUTE_MS)} min`;
  if (span < 2 * DAY_MS) return `${Math.round(span / HOUR_MS)} h`;
  return `${Math.round(span / DAY_MS)} d`;
}
