import type { ReactNode } from "react";

/** What is wrong with a group of fields: a single one says it by itself. */
export function FieldFault({ fault }: { readonly fault: string | undefined }): ReactNode {
  if (fault === undefined) return null;
  return (
    <p className="fault" role="alert">
      {fault}
    </p>
  );
}
