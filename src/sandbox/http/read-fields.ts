import type { ClinicState } from "../clinic/clinic-state.ts";
import type { Column, Read } from "../storage/columns.ts";
import type { AnyRow } from "../storage/table.ts";
import type { Complaints } from "../tables/define-table.ts";
import { isTableName, specs, tableOf, type Row, type TableName } from "../tables/tables.ts";
import { parseWireTime } from "../wire/time.ts";
import { toId, type Fields } from "./request-body.ts";

/** What came out of a request body: values for columns, or what is wrong with each field. */
export type Reading<Name extends TableName> =
  | { readonly kind: "read"; readonly values: Partial<Row<Name>> }
  | { readonly kind: "invalid"; readonly errors: Complaints };

/**
 * Reads the fields of a table that may be written; any other is ignored, as strong parameters do.
 * @param isNew whether what is required must be there; on an existing record it may be left out, but not blanked
 */
export function readFields<Name extends TableName>(
  state: ClinicState,
  name: Name,
  fields: Fields,
  isNew: boolean,
): Reading<Name> {
  const { columns, api: { writable = [], required = [] } = {} } = specs[name];
  const values: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  // What must be there can be given to a new record, also where no record can be changed.
  for (const field of isNew ? new Set([...required, ...writable]) : writable) {
    const [given, column] = [fields[field], columns[field]];
    if (column === undefined) continue;
    const isBlank = given === undefined || given === null || given === "";
    if (required.includes(field) && isBlank && (isNew || given !== undefined)) {
      errors[field] = "can't be blank";
    } else if (given !== undefined) {
      const read = (column.read ?? ((value: unknown) => readValue(state, column, value)))(given);
      if ("complaint" in read) errors[field] = read.complaint;
      else values[field] = read.value;
    }
  }
  if (Object.keys(errors).length > 0) return { kind: "invalid", errors };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every value was read by the column of its name
  return { kind: "read", values: values as Partial<Row<Name>> };
}

function readValue(state: ClinicState, column: Column<unknown>, given: unknown): Read<unknown> {
  if (given === null && column.kind !== "link") return { value: null };
  switch (column.kind) {
    case "link":
      return readLink(state, column, given);
    case "moment": {
      const seconds = typeof given === "string" ? parseWireTime(given) : undefined;
      return seconds === undefined ? { complaint: "is not a valid date time" } : { value: seconds };
    }
    case "date":
      return isDate(given) ? { value: given } : { complaint: "is not a valid date" };
    case "text":
      return typeof given === "string" ? { value: given } : { complaint: "is invalid" };
    case "flag":
      return typeof given === "boolean" ? { value: given } : { complaint: "is invalid" };
    case "integer":
      return Number.isInteger(given) ? { value: given } : { complaint: "is not a number" };
    case "decimal":
      return /^-?\d+(\.\d+)?$/.test(String(given))
        ? { value: String(given) }
        : { complaint: "is not a number" };
    case "ids":
    case "links":
    case "json":
      return { value: given };
  }
}

/** The other record must be there and in use, where the clinic has its table; a link that may be unset takes null. */
function readLink(
  { tables }: ClinicState,
  { to = "", blank }: Column<unknown>,
  given: unknown,
): Read<unknown> {
  const id = toId(given);
  if (id === undefined) return blank === null ? { value: null } : { complaint: "must exist" };
  if (!isTableName(to)) return { value: id };
  const row: AnyRow | undefined = tableOf(tables, to).current(id)?.row;
  const isUsable = row !== undefined && (row["archived_at"] ?? null) === null && row["active"] !== false;
  return isUsable ? { value: id } : { complaint: "must exist" };
}

function isDate(given: unknown): given is string {
  return typeof given === "string" && /^\d{4}-\d{2}-\d{2}$/.test(given) && !Number.isNaN(Date.parse(given));
}
