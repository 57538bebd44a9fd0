import { isUnsetLink, wireNameOf, type Column } from "../storage/columns.ts";
import type { AnyRow } from "../storage/table.ts";
import type { TableSpec } from "../tables/define-table.ts";
import type { WireFormat } from "./format.ts";
import { isObject, type WireRecord } from "./record.ts";
import { respell } from "./respell.ts";
import { toSections } from "./sections.ts";

/** Prints the rows of one table: its columns by their kind, then what follows from them, then the link to itself. */
export function createPrinter(spec: TableSpec, format: WireFormat): (row: AnyRow) => WireRecord {
  const columns = Object.entries(spec.columns)
    .filter(
      ([, { printedIf, unprinted }]) =>
        unprinted !== true && (printedIf === undefined || format.isSo(printedIf)),
    )
    .map(([name, column]) => ({ name, wireName: wireNameOf(name, column.kind), column }));
  const hasId = !spec.identifiedBy && !spec.single && (spec.idsIf === undefined || format.isSo(spec.idsIf));
  const kinds = new Map(columns.map(({ wireName, column }) => [wireName, column.kind]));
  const layOut = createLayouts();
  const print = (row: AnyRow): WireRecord => {
    const self = pathOf(spec, row);
    let leftOut = "";
    for (const { name, column } of columns) {
      if (column.kind === "link" && isUnsetLink(row[name])) leftOut += name;
    }
    return layOut(leftOut, (record) => {
      if (hasId) {
        record["id"] = format.id(row.id);
        record["created_at"] = format.time(row.created_at);
        record["updated_at"] = format.time(row.updated_at);
      }
      for (const { name, wireName, column } of columns) {
        const value = row[name] ?? null;
        if (column.kind === "link" && isUnsetLink(value)) continue;
        record[wireName] = printValue(value, column, format, row);
      }
      Object.assign(record, spec.extras?.(row, { self, links: format.links }));
      if (hasId || spec.idsIf) Object.assign(record, format.links.to(self));
    });
  };
  return (row) => {
    const spelling = format.spelling();
    const record = spelling === undefined ? print(row) : respell(print(row), kinds, spelling);
    return spec.single ? toSections(record) : record;
  };
}

/** Where a record is read. */
function pathOf({ columns, path, under }: TableSpec, row: AnyRow): string {
  if (under === undefined) return `/${path}/${row.id}`;
  return `/${columns[under.parent]?.to ?? ""}/${String(row[under.parent])}/${under.end}`;
}

/**
 * Records with the same fields are copies of the first of them: an object that grows field by field is several times
 * slower to make, and to print. The first goes through text, which lays it out for good.
 */
function createLayouts(): (leftOut: string, fill: (record: Record<string, unknown>) => void) => WireRecord {
  const layouts = new Map<string, WireRecord>();
  return (leftOut, fill) => {
    const record: Record<string, unknown> = { ...layouts.get(leftOut) };
    fill(record);
    if (!layouts.has(leftOut)) {
      const layout: unknown = JSON.parse(JSON.stringify(record));
      if (isObject(layout)) layouts.set(leftOut, layout);
    }
    return record;
  };
}

function printValue(
  value: unknown,
  { kind, leadsTo, to = "", nullAs = null }: Column<unknown>,
  format: WireFormat,
  row: AnyRow,
): unknown {
  if (value === null) return nullAs;
  if (kind === "moment") return typeof value === "number" ? format.time(value) : value;
  if (kind === "links" && Array.isArray(value)) return value.map((id) => format.links.to(`/${to}/${id}`));
  if (kind === "link" && typeof value === "string")
    return format.links.to(`/${leadsTo?.(row) ?? to}/${value}`);
  return value;
}
