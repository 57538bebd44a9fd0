/** IMF-fixdate, RFC 850 and asctime all begin with a weekday (RFC 9110 §5.6.7). */
const HTTP_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d/i;

/**
 * What a receiver asks for in Retry-After (RFC 9110 §10.2.3: seconds or an HTTP date), as ms from now, never negative.
 * Undefined: it asks for nothing that can be understood.
 */
export function parseRetryAfter(
  header: string | readonly string[] | undefined,
  nowMs: number,
): number | undefined {
  const text = (typeof header === "string" ? header : header?.[0])?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000;
  if (!HTTP_DATE.test(text)) return undefined;
  // asctime names no zone, and a date of HTTP is always in GMT.
  const ms = Date.parse(/gmt$/i.test(text) ? text : `${text} GMT`) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
