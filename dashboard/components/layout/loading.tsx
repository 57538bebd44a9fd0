import type { ReactNode } from "react";

/** While the first answer is awaited. Shown late by its style: what is quick does not flicker. */
export function Loading({ what }: { readonly what: string }): ReactNode {
  return (
    <p role="status" className="loading">
      Reading {what} …
    </p>
  );
}
