const EXACT = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** Moments as the reader's own clock has them. */
export function formatMoment(iso: string): string {
  return EXACT.format(new Date(iso));
}
