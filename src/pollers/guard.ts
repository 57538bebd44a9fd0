/** Evidence of something that a machine should not decide: nothing of the account is read until a person has looked. */
export type Guard =
  /** Lists or answers by id leave out more than a clinic deletes. */
  | { readonly kind: "mass_disappearance"; readonly missing: number; readonly known: number }
  /** Records answer 404 and no other record of their list is left that answers. */
  | { readonly kind: "no_witness"; readonly missing: number; readonly known: number };

/** More records than this at once is a changed permission or a fault of the upstream, not a clinic at work. */
export function isMassive(count: number, known: number): boolean {
  return count > Math.max(20, known * 0.02);
}

/**
 * How many deletions without a stamp are believed within a day. Of a small list no more than half: a role that fades
 * takes few records at a time, and each wave alone would look like a clinic at work.
 */
export function mostGoneInADay(known: number): number {
  return Math.min(Math.max(20, known * 0.02), Math.max(3, known / 2));
}

/** For a person. */
export function describeGuard(guard: Guard): string {
  switch (guard.kind) {
    case "mass_disappearance":
      return `${guard.missing} of ${guard.known} known records are missing at once: nothing is taken as deleted`;
    case "no_witness":
      return `${guard.missing} of ${guard.known} known records are missing and no other one answers: nothing is taken as deleted`;
  }
}
