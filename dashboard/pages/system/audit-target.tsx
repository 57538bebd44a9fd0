import type { ReactNode } from "react";
import { Link } from "wouter";

import type { AuditEntry } from "../../api/answers.ts";
import { targetLinks } from "./target-links.ts";

/** What was changed, leading there. */
export function AuditTarget({ entry }: { readonly entry: AuditEntry }): ReactNode {
  return (
    <span className="stacked">
      {targetLinks(entry)
        .filter(({ text }) => text !== "")
        .map(({ path, text }) =>
          path === undefined ? (
            <code key={text}>{text}</code>
          ) : (
            <Link key={text} href={path}>
              <code>{text}</code>
            </Link>
          ),
        )}
    </span>
  );
}
