import type { ProblemError } from "../api/problem.ts";

export type Credential = { readonly token: string } | { readonly code: string };

/** What to do about a sign-in that was refused. */
export function formatRefusal({ status }: Pick<ProblemError, "status">, credential: Credential): string {
  switch (status) {
    case 0:
      return "Is it running, and is this the right address? Then try again.";
    case 401:
      return "code" in credential
        ? "A new one comes from whoever sent it, or from cliniko-webhooks dashboard on the service's machine. Or sign in with a token here."
        : "Was it copied whole? An operator can make you another.";
    case 429:
      return "Wait a few minutes, then try again. A sign-in link works meanwhile.";
    case 403:
      return "Open the dashboard at its own address, and sign in there.";
    default:
      return "Try again in a moment.";
  }
}
