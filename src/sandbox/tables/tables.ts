import type { BaseRow, RowOf } from "../storage/columns.ts";
import { createTable, type AnyRow, type Table } from "../storage/table.ts";
import type { WireFormat } from "../wire/format.ts";
import { createPrinter } from "../wire/print.ts";
import { isObject } from "../wire/record.ts";
import type { TableSpec } from "./define-table.ts";
import * as SPECS from "./registry.ts";

export type TableName = keyof typeof SPECS;
export type Row<Name extends TableName> = RowOf<(typeof SPECS)[Name]["columns"]>;
export type Tables = { readonly [Name in TableName]: Table<Row<Name>> };

export const specs: Readonly<Record<TableName, TableSpec>> = SPECS;

export function isTableName(name: string): name is TableName {
  return Object.hasOwn(SPECS, name);
}

export const TABLE_NAMES: readonly TableName[] = Object.keys(SPECS).filter(isTableName);

export function openTables(format: WireFormat): Tables {
  const open = <Name extends TableName>(name: Name): [Name, Table<AnyRow>] => [
    name,
    createTable(createPrinter(specs[name], format)),
  ];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each name has the table of its own spec, which no mapped type can follow
  return Object.fromEntries(TABLE_NAMES.map(open)) as unknown as Tables;
}

/** A table of which only the name is known. */
export function tableOf(tables: Tables, name: TableName): Table<AnyRow> {
  return tables[name];
}

const BLANKS = new Map(TABLE_NAMES.map((name) => [name, toBlank(specs[name])]));

/** A row with what is given, and the blanks of its table. */
export function toNewRow<Name extends TableName>(
  name: Name,
  base: BaseRow,
  given: Partial<Row<Name>>,
): Row<Name> {
  // Assigned, not spread: a diary is planted by the hundred thousand, and this keeps the rows small.
  const row = Object.assign({ ...BLANKS.get(name) }, given, base);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the blank has every column of its table
  return row as unknown as Row<Name>;
}

/** Through text, because an object that was parsed is laid out once for all its copies. */
function toBlank({ columns }: TableSpec): object {
  const entries = Object.entries(columns).map(([name, { blank }]) => [name, blank]);
  const base = { id: "", created_at: 0, updated_at: 0 };
  const blank: unknown = JSON.parse(JSON.stringify({ ...base, ...Object.fromEntries(entries) }));
  return isObject(blank) ? blank : base;
}
