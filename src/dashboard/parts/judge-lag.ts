import type { Tone } from "./tone.ts";

/** A poll may come half as late again as it is promised. */
const GRACE = 1.5;
/** Beyond this it is no hiccup. */
const STANDS_STILL = 5;

/** Whether a source that is read all the time is as fresh as it is promised to be: good, a little late, or standing still. */
export function judgeLag(lagMs: number, promiseMs: number): Extract<Tone, "good" | "warn" | "bad"> {
  if (lagMs <= GRACE * promiseMs) return "good";
  return lagMs <= STANDS_STILL * promiseMs ? "warn" : "bad";
}
