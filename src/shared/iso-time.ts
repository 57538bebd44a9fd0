/** Unix milliseconds to the second: `2026-11-22T03:15:00Z`. */
export function toIsoSeconds(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The same; null for what is not known. */
export function toIsoSecondsOrNull(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : toIsoSeconds(unixMs);
}

/** Unix milliseconds, exact: `2026-11-22T03:15:00.250Z`; null for what is not known. */
export function toIsoOrNull(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : new Date(unixMs).toISOString();
}
