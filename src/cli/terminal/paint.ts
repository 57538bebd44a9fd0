import { styleText } from "node:util";

export type Tone = "good" | "warn" | "bad" | "quiet";

/** Says in colour how a word is meant, on a terminal; elsewhere it leaves the word as it is. */
export type Paint = (tone: Tone, text: string) => string;

const COLOURS = { good: "green", warn: "yellow", bad: "red", quiet: "dim" } as const;

/** Source: https://no-color.org: any value but an empty one. */
export function createPaint(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const coloured = stream.isTTY === true && !env["NO_COLOR"];
  // Whether the stream takes colour has been decided: Node would ask standard output, whatever the stream.
  return (tone, text) => (coloured ? styleText(COLOURS[tone], text, { validateStream: false }) : text);
}

export const PLAIN: Paint = (_tone, text) => text;

const TONES: Readonly<Record<string, Tone>> = {
  ok: "good",
  live: "good",
  healthy: "good",
  delivered: "good",
  warn: "warn",
  "first sync": "warn",
  "not read yet": "warn",
  note: "quiet",
  source_late: "warn",
  scan_failing: "warn",
  clock_skew: "warn",
  budget_blocked: "warn",
  poll_asleep: "warn",
  paused: "warn",
  failing: "warn",
  warned: "warn",
  retry: "warn",
  degraded: "warn",
  parked: "warn",
  FAIL: "bad",
  account_quarantined: "bad",
  poll_missing: "bad",
  poll_failed: "bad",
  poll_overdue: "bad",
  lease_stuck: "bad",
  first_sync_stuck: "bad",
  failed: "bad",
  disabled: "bad",
  key_revoked: "bad",
  permission_reduced: "bad",
  schema_changed: "bad",
};

/** A state or verdict in its own colour, by its first words: `failing since 3 min` is like `failing`. */
export function paintState(paint: Paint, text: string): string {
  const word = Object.keys(TONES).find((known) => text === known || text.startsWith(`${known} `));
  const tone = word === undefined ? undefined : TONES[word];
  return tone === undefined ? text : paint(tone, text);
}
