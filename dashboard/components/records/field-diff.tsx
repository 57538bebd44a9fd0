import "./field-diff.css";

import type { ReactNode } from "react";

import { type Column, DataTable } from "../tables/data-table.tsx";
import { FieldName, FieldValue, HiddenValue } from "./field-value.tsx";
import type { DiffRow } from "./to-diff-rows.ts";

interface FieldTableProps {
  readonly caption: string;
  readonly account: string;
  readonly rows: readonly DiffRow[];
}

const FIELD: Column<DiffRow> = {
  name: "Field",
  heads: true,
  cell: ({ field }) => <FieldName name={field} />,
};

/** What changed, side by side. */
export function FieldDiff({ caption, account, rows }: FieldTableProps): ReactNode {
  const columns = [FIELD, valueColumn("Before", account, "before"), valueColumn("After", account, "after")];
  return (
    <div className="field-diff">
      <DataTable caption={caption} columns={columns} rows={rows} keyOf={({ field }) => field} />
    </div>
  );
}

/** A record's fields with one value each. */
export function FieldList({ caption, account, rows }: FieldTableProps): ReactNode {
  const columns = [FIELD, valueColumn("Value", account, "after")];
  return (
    <div className="field-diff" data-single>
      <DataTable caption={caption} columns={columns} rows={rows} keyOf={({ field }) => field} />
    </div>
  );
}

function valueColumn(name: string, account: string, which: "before" | "after"): Column<DiffRow> {
  return {
    name,
    cell: (row) => (row.hidden ? <HiddenValue /> : <FieldValue account={account} value={row[which]} />),
  };
}
