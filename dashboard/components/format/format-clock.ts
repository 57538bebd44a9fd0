const DAY_MS = 86_400_000;
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** `03:12` today, `Sun 03:12` within six days, else `12 Nov, 03:12`; as the reader's own clock has it. */
export function formatClock(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  if (at.toDateString() === new Date(nowMs).toDateString()) return CLOCK.format(at);
  // Seven days apart the name of the day would be today's.
  return (Math.abs(nowMs - atMs) < 6 * DAY_MS ? WEEKDAY : DATE).format(at).replace(/, (?=\d\d:)/, " ");
}
