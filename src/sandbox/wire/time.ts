/** How the upstream prints a moment. Everybody has seen `seconds`; the others are reported by single authors. */
export type TimestampStyle = "seconds" | "milliseconds" | "offset";

const OFFSET_SECONDS = 10 * 3600;
const ISO_WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Stored moments are whole epoch seconds: that is the upstream's precision, and several writes share one. */
export function toEpochSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

export function toWireTime(epochSeconds: number, style: TimestampStyle): string {
  const inUtc = new Date(epochSeconds * 1000).toISOString();
  if (style === "milliseconds") return inUtc;
  if (style === "seconds") return `${inUtc.slice(0, 19)}Z`;
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
