const TIME = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** Where an interval begins: `Mon 03:10`. Unix seconds. */
export function formatTime(seconds: number): string {
  return TIME.format(seconds * 1_000).replace(/, (?=\d\d:)/, " ");
}

export function formatOrDash(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}
