import type { ReactNode } from "react";

import type { ProblemError } from "../../api/problem.ts";
import { Icon } from "./icon.tsx";

/** Why something could not be shown or done, and what to do. */
export function ProblemNote({ problem }: { readonly problem: ProblemError }): ReactNode {
  return (
    <div role="alert" className="note" data-tone="bad">
      <Icon name="warning" />
      <div>
        <p>{problem.message}</p>
        {problem.fields.length > 0 ? (
          <ul>
            {problem.fields.map(({ path, message, remedy }) => (
              <li key={path}>
                <code>{path}</code> {message}: {remedy}
              </li>
            ))}
          </ul>
        ) : null}
        {problem.status === 0 ? <p>It is tried again by itself.</p> : null}
        {problem.requestId === undefined ? null : (
          <p className="quiet">
            Request <code>{problem.requestId}</code>
          </p>
        )}
      </div>
    </div>
  );
}
