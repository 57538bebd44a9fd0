/** Unix seconds as `2026-11-22T03:15:00Z`. */
export function isoSeconds(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Unix milliseconds as `2026-11-22T03:15:00Z`. */
export function isoOfMs(unixMs: number): string {
  return isoSeconds(unixMs / 1_000);
}
