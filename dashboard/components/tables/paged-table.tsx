import type { ReactNode } from "react";

import type { Pages } from "../../api/use-pages.ts";
import { Button } from "../controls/button.tsx";
import { type Column, DataTable } from "./data-table.tsx";
import { Loading } from "../layout/loading.tsx";
import { ProblemNote } from "../layout/problem-note.tsx";

/** A list that is read page by page. */
export function PagedTable<Row>({
  caption,
  columns,
  pages,
  keyOf,
  empty,
  below,
}: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly pages: Pages<Row>;
  readonly keyOf: (row: Row) => string;
  readonly empty: ReactNode;
  /** See DataTable. */
  readonly below?: (row: Row) => ReactNode;
}): ReactNode {
  const { items, error, hasMore, isReadingMore, readMore } = pages;
  if (!items) return error ? <ProblemNote problem={error} /> : <Loading what={caption.toLowerCase()} />;
  return (
    <>
      {error ? <ProblemNote problem={error} /> : null}
      {items.length === 0 && !hasMore ? (
        empty
      ) : (
        <DataTable caption={caption} columns={columns} rows={items} keyOf={keyOf} below={below} />
      )}
      {hasMore ? (
        <p className="more">
          {/* A page of a search can be empty and not the last. */}
          <Button onPress={readMore} isPending={isReadingMore}>
            {isReadingMore ? "Reading …" : items.length === 0 ? "Look further" : "Show more"}
          </Button>
        </p>
      ) : null}
    </>
  );
}
