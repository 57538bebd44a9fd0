import { Fragment, type ReactNode } from "react";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  readonly numeric?: boolean;
  /** The cell that names its row. One a table. */
  readonly heads?: boolean;
}

/** A list with several facts each. On a narrow screen each row becomes a card that says what its values are. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  keyOf,
  below,
}: {
  /** What the table holds, for who cannot see where it stands. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** What opens below a row, in the table's whole width; undefined: it is closed. */
  readonly below?: ((row: Row) => ReactNode) | undefined;
}): ReactNode {
  return (
    <div className="table-frame" role="region" aria-label={caption} tabIndex={0}>
      <table className="table">
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, numeric }) => (
              <th key={name} scope="col" data-numeric={numeric}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Fragment key={keyOf(row)}>
              <tr>
                {columns.map((column) => (
                  <Cell key={column.name} column={column} row={row} />
                ))}
              </tr>
              <Below span={columns.length}>{below?.(row)}</Below>
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Below({ span, children }: { readonly span: number; readonly children: ReactNode }): ReactNode {
  if (children === undefined || children === null) return null;
  return (
    <tr className="below">
      <td colSpan={span}>{children}</td>
    </tr>
  );
}

function Cell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }): ReactNode {
  const { name, cell, numeric, heads } = column;
  if (heads) {
    return (
      <th scope="row" data-name={name}>
        {cell(row)}
      </th>
    );
  }
  return (
    <td data-name={name} data-numeric={numeric}>
      {cell(row)}
    </td>
  );
}
