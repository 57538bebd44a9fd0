import {
  parseDateTest,
  parseDateTimeTest,
  parseNumericTest,
  parseStringTest,
  type ValueTest,
} from "./filter-tests.ts";
import { columnValue, type BaseRow, type ColumnKind } from "./columns.ts";

export type ColumnType = "date" | "datetime" | "numeric" | "string" | "boolean" | "array";

/** The columns of a list that may be filtered, and what kind of value each holds. */
export type FilterColumns = Readonly<Record<string, ColumnType>>;

export const FILTER_TYPES: Readonly<Record<ColumnKind, ColumnType | undefined>> = {
  text: "string",
  integer: "numeric",
  decimal: "numeric",
  flag: "boolean",
  moment: "datetime",
  date: "date",
  link: "numeric",
  links: undefined,
  ids: "array",
  json: undefined,
};

export interface Condition {
  readonly column: string;
  readonly operator: string;
  /** What follows the operator, as it was sent. */
  readonly value: string;
  readonly accepts: (row: BaseRow) => boolean;
}

export type FilterResult =
  | { readonly kind: "conditions"; readonly conditions: readonly Condition[] }
  /** 400 with this message. */
  | { readonly kind: "refused"; readonly message: string }
  /** Not even a filter: the upstream answers 500. */
  | { readonly kind: "malformed" };

const OPERATORS = [">=", "<=", "!=", "!?", "~~", "=", ">", "<", "~", "?", "*"] as const;

const ALLOWED: Readonly<Record<ColumnType, readonly string[]>> = {
  date: ["=", ">=", ">", "<=", "<", "?", "!?"],
  datetime: [">=", ">", "<=", "<", "?", "!?", "*"],
  numeric: ["=", "!=", ">=", ">", "<=", "<", "?", "!?"],
  string: ["=", "!=", "~", "~~", "?", "!?"],
  boolean: ["=", "!="],
  array: ["~"],
};

/** Reads every `q[]` of a request against the columns of its resource. All of them must hold: there is no OR. */
export function parseConditions(filters: readonly string[], columns: FilterColumns): FilterResult {
  const conditions: Condition[] = [];
  for (const filter of filters) {
    const split = filter.indexOf(":");
    if (split < 1) return { kind: "malformed" };
    const column = filter.slice(0, split);
    const type = Object.hasOwn(columns, column) ? columns[column] : undefined;
    if (type === undefined) return { kind: "refused", message: `${column} is not filterable` };
    const condition = parseCondition(column, type, filter.slice(split + 1));
    if (typeof condition === "string") return { kind: "refused", message: condition };
    conditions.push(condition);
  }
  return { kind: "conditions", conditions };
}

function parseCondition(column: string, type: ColumnType, text: string): Condition | string {
  const operator = OPERATORS.find((candidate) => text.startsWith(candidate));
  if (operator === undefined) return complain(column, type);
  if (!ALLOWED[type].includes(operator)) return `Operator ${operator} is not supported for ${column}`;
  const value = text.slice(operator.length);
  const test = parseTest(type, operator, value);
  if (typeof test === "string") return complain(column, type);
  return { column, operator, value, accepts: (row) => test(columnValue(row, column)) };
}

function parseTest(type: ColumnType, operator: string, value: string): ValueTest {
  if (operator === "?" || operator === "!?" || operator === "*") {
    if (value !== "") return "nothing may follow the operator";
    if (operator === "*") return () => true;
    return (stored) => (stored !== null && stored !== undefined) === (operator === "?");
  }
  switch (type) {
    case "datetime":
      return parseDateTimeTest(operator, value);
    case "date":
      return parseDateTest(operator, value);
    case "numeric":
      return parseNumericTest(operator, value);
    case "string":
      return parseStringTest(operator, value);
    case "boolean":
      return parseBooleanTest(operator, value);
    case "array":
      return (stored) => Array.isArray(stored) && stored.includes(value);
  }
}

function parseBooleanTest(operator: string, value: string): ValueTest {
  if (value !== "true" && value !== "false") return "not a boolean";
  const wanted = value === "true";
  // As in SQL, null is neither equal nor unequal to anything.
  return (stored) => typeof stored === "boolean" && (stored === wanted) === (operator === "=");
}

function complain(column: string, type: ColumnType): string {
  const kinds: Readonly<Record<ColumnType, string>> = {
    date: "a date",
    datetime: "a date time",
    numeric: "a number",
    string: "a string",
    boolean: "true or false",
    array: "a value",
  };
  return `Filter value for ${column} must be ${kinds[type]}`;
}
