import { type ReactNode, useState } from "react";

/** See filters.css: where rows become cards. */
const WIDE = "(width >= 760px)";

/** The filters of a list: all in sight at a desk, behind one line on a phone, where the list comes first. */
export function FoldedFilters({
  count,
  children,
}: {
  /** How many are set. */
  readonly count: number;
  readonly children: ReactNode;
}): ReactNode {
  const [isWide] = useState(() => matchMedia(WIDE).matches);
  return (
    <search>
      <details className="folded-filters" open={isWide}>
        <summary>{count === 0 ? "Filters" : `Filters: ${count} set`}</summary>
        <div className="filters">{children}</div>
      </details>
    </search>
  );
}
