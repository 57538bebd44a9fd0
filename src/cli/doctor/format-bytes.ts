const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `512 MB`: units of 1,024, as memory is counted. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)));
  const size = bytes / 1_024 ** power;
  return `${size < 10 && power > 0 ? size.toFixed(1) : Math.round(size)} ${UNITS[power] ?? ""}`;
}
