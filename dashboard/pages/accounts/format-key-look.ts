/** What Cliniko said, asked again, of a key that it had refused. */
export interface KeyLook {
  readonly outcome: "accepted" | "refused" | "unanswered" | "not_looked";
  readonly detail: string;
  readonly at: string;
}

export function formatKeyLook({ detail, outcome }: KeyLook): string {
  switch (outcome) {
    case "accepted":
      return "The key is accepted again: reading goes on.";
    case "refused":
      return `The key was tried just now and refused again (${detail}). Nothing is read.`;
    case "unanswered":
      return `The key was tried just now, without an answer (${detail}). Nothing is read.`;
    case "not_looked":
      return "Nobody has tried the key so far: is a process with the role poll running?";
  }
}
