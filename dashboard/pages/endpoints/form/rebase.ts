import type { Draft } from "./draft.ts";

const NAMES = [
  "url",
  "description",
  "events",
  "accounts",
  "when",
  "payload",
  "include",
  "expand",
  "localTime",
  "format",
  "ordering",
  "concurrency",
  "rateLimit",
  "attempts",
  "bodySignature",
  "headers",
  "tls",
] as const satisfies readonly (keyof Draft)[];
type Name = (typeof NAMES)[number];

export interface Rebased {
  /** The newer version, with what was changed here on top. */
  readonly draft: Draft;
  /** What others have changed. */
  readonly theirs: readonly Name[];
  /** Of it, what was changed here as well: what was typed here stands in the draft. */
  readonly both: readonly Name[];
}

/** Carries what somebody typed over to the version that somebody else has saved meanwhile. Pure. */
export function rebase(former: Draft, mine: Draft, newer: Draft): Rebased {
  const changedHere = NAMES.filter((name) => differs(former[name], mine[name]));
  const theirs = NAMES.filter((name) => differs(former[name], newer[name]));
  const draft = changedHere.reduce<Draft>((all, name) => ({ ...all, [name]: mine[name] }), newer);
  return { draft, theirs, both: theirs.filter((name) => changedHere.includes(name)) };
}

function differs(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) !== JSON.stringify(right);
}
