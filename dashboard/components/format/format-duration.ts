const UNITS = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1_000 },
] as const;

/** `340 ms`, `1.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `6 d 3 h`: two units at most. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const [largest = UNITS[3], next] = UNITS.slice(UNITS.findIndex((unit) => ms >= unit.ms));
  const whole = Math.floor(ms / largest.ms);
  const rest = next ? Math.floor((ms - whole * largest.ms) / next.ms) : 0;
  return next && rest > 0 && whole < 10
    ? `${whole} ${largest.name} ${rest} ${next.name}`
    : `${whole} ${largest.name}`;
}
