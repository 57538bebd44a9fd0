/** Evidence of something that a machine should not decide: nothing of the account is read until a person has looked. */
export type Guard =
  /** Lists or answers by id leave out more than a clinic deletes. */
  | { readonly kind: "mass_disappearance"; readonly missing: number; readonly known: number }
  /** Records answer 404 and no other record of their list is left that answers. */
  | { readonly kind: "no_witness"; readonly missing: number; readonly known: number }
  /** More records than a clinic deletes say of themselves that they are deleted. */
  | { readonly kind: "mass_deletion"; readonly deleted: number; readonly known: number }
  /** Records that were made long ago can be seen now, and could not before. */
  | { readonly kind: "mass_appearance"; readonly appeared: number; readonly known: number };

/** More records than this at once is a changed permission or a fault of the upstream, not a clinic at work. */
export function isMassive(count: number, known: number): boolean {
  return count > Math.max(20, known * 0.02);
}

/**
 * How many deletions without a stamp are believed within a day. Of a small list no more than half: a role that fades
 * takes few records at a time, and each wave alone would look like a clinic at work. Of a list whose records never go any
 * other way three at least: two of three taxes are removed by a clinic at work, two of three alerts are archived.
 */
export function mostGoneInADay(
  known: number,
  { hiddenBy }: { readonly hiddenBy: readonly string[] },
): number {
  const fewest = hiddenBy.length === 0 ? 3 : 1;
  return Math.min(Math.max(20, known * 0.02), Math.max(fewest, known / 2));
}

/** The evidence in a few words. */
export function summariseGuard(guard: Guard): string {
  switch (guard.kind) {
    case "mass_disappearance":
    case "no_witness":
      return `${guard.missing} of ${guard.known} known records are missing`;
    case "mass_deletion":
      return `${guard.deleted} records, of ${guard.known} known ones, are said to be deleted within a day`;
    case "mass_appearance":
      return `${guard.appeared} older records appeared beside ${guard.known} known ones`;
  }
}

const CONSEQUENCES: Readonly<Record<Guard["kind"], string>> = {
  mass_disappearance: " at once: nothing is taken as deleted",
  no_witness: " and no other one answers: nothing is taken as deleted",
  mass_deletion: ": nothing more is reported",
  mass_appearance: " that could not be seen before: none is reported as created",
};

/** The evidence and what follows from it, for a person. */
export function describeGuard(guard: Guard): string {
  return summariseGuard(guard) + CONSEQUENCES[guard.kind];
}
