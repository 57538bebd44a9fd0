import { formatSpan } from "./format-span.ts";

/** `12 s ago`, `in 4 min`, `now`. A moment to come within a second, or just past, is now: clocks differ a little. */
export function formatAge(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (Math.abs(ms) < 1_000) return "now";
  const words = formatSpan(Math.abs(ms));
  return ms > 0 ? `${words} ago` : `in ${words}`;
}
