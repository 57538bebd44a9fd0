import "../../styles/field-diff.css";

import type { ReactNode } from "react";

import { type Column, DataTable } from "../data-table.tsx";
import { FieldName, FieldValue, HiddenValue } from "./field-value.tsx";
import type { DiffRow } from "./to-diff-rows.ts";

/** What changed, side by side. */
export function FieldDiff({
  caption,
  account,
  rows,
}: {
  readonly caption: string;
  readonly account: string;
  readonly rows: readonly DiffRow[];
}): ReactNode {
  const columns: readonly Column<DiffRow>[] = [
    { name: "Field", heads: true, cell: ({ field }) => <FieldName name={field} /> },
    {
      name: "Before",
      cell: (row) => (row.hidden ? <HiddenValue /> : <FieldValue account={account} value={row.before} />),
    },
    {
      name: "After",
      cell: (row) => (row.hidden ? <HiddenValue /> : <FieldValue account={account} value={row.after} />),
    },
  ];
  return (
    <div className="field-diff">
      <DataTable caption={caption} columns={columns} rows={rows} keyOf={({ field }) => field} />
    </div>
  );
}

/** A record's fields with one value each. */
export function FieldList({
  caption,
  account,
  rows,
}: {
  readonly caption: string;
  readonly account: string;
  readonly rows: readonly DiffRow[];
}): ReactNode {
  const columns: readonly Column<DiffRow>[] = [
    { name: "Field", heads: true, cell: ({ field }) => <FieldName name={field} /> },
    {
      name: "Value",
      cell: (row) => (row.hidden ? <HiddenValue /> : <FieldValue account={account} value={row.after} />),
    },
  ];
  return (
    <div className="field-diff" data-single>
      <DataTable caption={caption} columns={columns} rows={rows} keyOf={({ field }) => field} />
    </div>
  );
}
