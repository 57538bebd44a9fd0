import type { Overview } from "../../api/answers.ts";
import type { Tone } from "./tone.ts";

export type Source = Overview["sources"]["shown"][number];

/** A first sync needs nobody. */
const CALM_STATES: readonly string[] = ["first_sync", "not_read_yet"];

/** What the key never could see, or the account does not have: nothing is late there, and nothing comes. */
export const NEVER_READ: readonly string[] = ["not_permitted", "not_offered"];

export const TONES = { ok: "good", notice: "warn", warning: "warn", critical: "bad" } as const;

/** live: it is read all the time · calm: it will be by itself, or is not there · wrong: something keeps it from being read. */
export function kindOf({
  quarantined,
  severity,
  state,
}: Pick<Source, "quarantined" | "severity" | "state">): "live" | "calm" | "wrong" {
  if (quarantined) return "wrong";
  if (state === "live") return "live";
  if (NEVER_READ.includes(state) && severity !== "critical") return "calm";
  return CALM_STATES.includes(state) && TONES[severity] === "good" ? "calm" : "wrong";
}

/** As the service judges it; what is in its first sync or never read is neither. */
export function toneOf(source: Pick<Source, "quarantined" | "severity" | "state">): Tone {
  return kindOf(source) === "calm" ? "idle" : TONES[source.severity];
}

/** How far behind a live source was at that moment, by the service's clock. */
export function lagOf({ complete_up_to: upTo }: Pick<Source, "complete_up_to">, atMs: number): number {
  return upTo === null ? 0 : Math.max(0, atMs - Date.parse(upTo));
}
