/** How the upstream prints a moment. Everybody has seen `seconds`; the others are reported by single authors. */
export type TimestampStyle = "seconds" | "milliseconds" | "offset";

const OFFSET_SECONDS = 10 * 3600;
const ISO_WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Stored moments are whole epoch seconds: that is the upstream's precision, and several writes share one. */
export function toEpochSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** Most records are printed again and again, and a moment takes longer to print than the rest of its row. */
const MOST_PRINTED = 50_000;
const printed = new Map<number, string>();

function toUtc(epochSeconds: number): string {
  const known = printed.get(epochSeconds);
  if (known !== undefined) return known;
  if (printed.size >= MOST_PRINTED) printed.clear();
  const text = `${new Date(epochSeconds * 1000).toISOString().slice(0, 19)}Z`;
  printed.set(epochSeconds, text);
  return text;
}

export function toWireTime(epochSeconds: number, style: TimestampStyle): string {
  if (style === "seconds") return toUtc(epochSeconds);
  if (style === "milliseconds") return new Date(epochSeconds * 1000).toISOString();
  const shifted = new Date((epochSeconds + OFFSET_SECONDS) * 1000).toISOString();
  return `${shifted.slice(0, 19)}+10:00`;
}

/** Epoch seconds of an ISO moment that names its zone, or undefined. A fraction is cut off, not rounded. */
export function parseWireTime(text: string): number | undefined {
  if (!ISO_WITH_ZONE.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : toEpochSeconds(ms);
}

export function toHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}
