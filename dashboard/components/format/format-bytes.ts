const UNITS = [
  { name: "GB", bytes: 1e9 },
  { name: "MB", bytes: 1e6 },
  { name: "kB", bytes: 1e3 },
] as const;

/** `940 B`, `12.4 kB`, `299 MB`: in thousands, three digits. */
export function formatBytes(bytes: number): string {
  const unit = UNITS.find((each) => bytes >= each.bytes);
  if (!unit) return `${bytes} B`;
  const number = bytes / unit.bytes;
  return `${number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0)} ${unit.name}`;
}
