import type { Problem } from "../../shared/errors.ts";

/** Why something was not done. Nothing has been changed then. */
export type Refusal =
  /** There is no such thing, or it is not for this caller. */
  | { readonly kind: "unknown" }
  /** It has changed since the caller looked. */
  | { readonly kind: "stale" }
  /** What was given is wrong. */
  | { readonly kind: "invalid"; readonly problems: readonly Problem[] }
  /** What was given is right, and does not go with what is there. */
  | { readonly kind: "conflict"; readonly problems: readonly Problem[] };

/** How the one who gave something calls it: `--url`, `url`. An empty path: the thing itself. */
export type NameOf = (path: readonly PropertyKey[]) => string;

export function invalid(path: string, message: string, remedy: string): Refusal {
  return { kind: "invalid", problems: [{ path, message, remedy }] };
}

export function conflict(path: string, message: string, remedy: string): Refusal {
  return { kind: "conflict", problems: [{ path, message, remedy }] };
}
