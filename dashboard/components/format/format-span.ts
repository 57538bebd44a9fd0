import { formatDuration } from "./format-duration.ts";

/** Whole seconds, for what goes on counting: `4 s`, `3 min 20 s`. */
export function formatSpan(ms: number): string {
  const whole = Math.floor(ms / 1_000) * 1_000;
  return whole < 10_000 ? `${whole / 1_000} s` : formatDuration(whole);
}
