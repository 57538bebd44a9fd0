import type { ReactNode } from "react";

import { useTitle } from "../../shell/use-title.ts";

/** The head of a page: where one is, in words and on the browser's tab, and what can be done here. */
export function PageHead({
  title,
  above,
  children,
}: {
  readonly title: string;
  /** The way back up. */
  readonly above?: ReactNode;
  /** Actions. */
  readonly children?: ReactNode;
}): ReactNode {
  useTitle(title);
  return (
    <header className="page-head">
      {above === undefined ? null : <nav aria-label="Above this page">{above}</nav>}
      <h1>{title}</h1>
      {children === undefined ? null : <div className="actions">{children}</div>}
    </header>
  );
}
