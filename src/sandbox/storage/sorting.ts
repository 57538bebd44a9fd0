import { columnValue, type BaseRow } from "./columns.ts";
import type { ColumnType, FilterColumns } from "./filters.ts";
import { compareIds } from "../clinic/ids.ts";
import type { Stored } from "./table.ts";

type Comparison = (left: Stored<BaseRow>, right: Stored<BaseRow>) => number;

export type SortResult =
  | {
      readonly kind: "order";
      readonly compare: Comparison;
      /** The order is that of the ids, ascending: the one in which records are kept. */
      readonly byId: boolean;
    }
  | { readonly kind: "refused"; readonly message: string };

/**
 * `sort=field[,field2][:asc|:desc]`: a direction belongs to its field, and the last one also to the fields before it
 * that name none. Without a sort the order is created_at ascending, which the deprecated `order=desc` turns round.
 * Equal rows come in the order they were last written, so a row that is written moves among its equals, as it does
 * in a database that promises nothing about ties.
 */
export function parseSort(
  sort: string | undefined,
  order: string | undefined,
  columns: FilterColumns,
): SortResult {
  const keys = (sort === undefined || sort === "" ? `created_at:${order ?? "asc"}` : sort).split(",");
  const lastDirection = keys.at(-1)?.split(":")[1] ?? "asc";
  const comparisons: Comparison[] = [];
  let byId = keys.length === 1;
  for (const key of keys) {
    const [column = "", direction = lastDirection] = key.split(":");
    const type = Object.hasOwn(columns, column) ? columns[column] : undefined;
    if (type === undefined) return { kind: "refused", message: `${column} is not sortable` };
    if (direction !== "asc" && direction !== "desc") {
      return { kind: "refused", message: `Sort direction of ${column} must be asc or desc` };
    }
    byId &&= column === "id" && direction === "asc";
    comparisons.push(byColumn(column, type, direction === "asc" ? 1 : -1));
  }
  return {
    kind: "order",
    byId,
    compare: (left, right) => {
      for (const compare of comparisons) {
        const difference = compare(left, right);
        if (difference !== 0) return difference;
      }
      return left.order - right.order;
    },
  };
}

function byColumn(column: string, type: ColumnType, sign: 1 | -1): Comparison {
  return (left, right) => {
    const [a, b] = [columnValue(left.row, column), columnValue(right.row, column)];
    // Nulls come last in either direction.
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * compareValues(a, b, type);
  };
}

function compareValues(left: unknown, right: unknown, type: ColumnType): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  const [a, b] = [String(left), String(right)];
  if (type === "numeric") return compareIds(a, b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
