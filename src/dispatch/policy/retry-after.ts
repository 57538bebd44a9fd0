/** IMF-fixdate, RFC 850 and asctime all begin with a weekday (RFC 9110 §5.6.7). */
const HTTP_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d/i;

/** A comma before another number or date, and not the one behind a date's weekday. */
const BETWEEN = /,(?=\s*(?:\d+\s*(?:,|$)|[a-z]{3}))/i;

/**
 * What a receiver asks for in Retry-After (RFC 9110 §10.2.3: seconds or an HTTP date), as ms from now, never negative. A date is by the
 * receiver's own clock, which its answer shows (`date`): only where it does not, ours stands in. Undefined: it asks for nothing that can
 * be understood. Of several, which come joined by commas, the first counts.
 */
export function parseRetryAfter(
  header: string | undefined,
  nowMs: number,
  date?: string,
): number | undefined {
  const text = header?.split(BETWEEN)[0]?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000;
  const until = parseHttpDate(text);
  return until === undefined ? undefined : Math.max(0, until - (parseHttpDate(date?.trim()) ?? nowMs));
}

/** Unix ms; undefined: it is no date of HTTP. */
function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined || !HTTP_DATE.test(text)) return undefined;
  // asctime names no zone, and a date of HTTP is always in GMT.
  const ms = Date.parse(/gmt$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(ms) ? undefined : ms;
}
