/** What a `datetime-local` field takes: the reader's own clock, to the minute. Empty: not set, or no moment at all. */
export function toLocalInput(iso: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return "";
  const date = new Date(ms);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** ISO, UTC, as the API takes it. Empty: nothing whole was typed. */
export function fromLocalInput(text: string): string {
  const ms = text === "" ? Number.NaN : new Date(text).getTime();
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString().replace(".000Z", "Z");
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
