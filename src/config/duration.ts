const UNITS_MS = new Map([
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
]);

/** `"5s"`, `"2m"`, `"1.5h"` as milliseconds; undefined when it is not a number with a unit. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unitMs = UNITS_MS.get(match?.[2] ?? "");
  return match && unitMs ? Number(match[1]) * unitMs : undefined;
}

/** In the largest unit that it is a whole number of. */
export function formatMs(ms: number): string {
  const [unit = "ms", unitMs = 1] = [...UNITS_MS].find(([, size]) => ms % size === 0) ?? [];
  return `${ms / unitMs}${unit}`;
}
