import type { ColumnKind } from "../storage/columns.ts";
import { isObject, type WireRecord } from "./record.ts";
import type { TimestampStyle } from "./time.ts";

/** Another way to print the same values, as one account or another does, or an older answer did. */
export interface Spelling {
  readonly moments?: TimestampStyle;
  /**
   * What is empty is `absent`, or the other kind of empty: in texts and moments "" for null, null for "" and {}, null for
   * a link that was left out. A flag or a number was never seen as "".
   */
  readonly empty?: "absent" | "turned";
  /** Sets of ids, and the keys of structures, come the other way round. */
  readonly order?: "reversed";
  /** Amounts have noughts at their end, or are JSON numbers. */
  readonly decimals?: "padded" | "numbers";
  /** A field that no description names, and what it says. */
  readonly unknownField?: readonly [name: string, value: unknown];
  /** The same in every link and every structure that the official description describes whole. */
  readonly unknownAttribute?: readonly [name: string, value: unknown];
  /** A field that is not served any more, of whatever record. */
  readonly withheldField?: string;
}

const DESCRIBED_WHOLE = new Set([
  "availabilities",
  "patient_phone_numbers",
  "phone_numbers",
  "pronouns",
  "repeat_rule",
]);

/** @param kinds of the fields that are columns, by their names on the wire */
export function respell(
  record: WireRecord,
  kinds: ReadonlyMap<string, ColumnKind>,
  spelling: Spelling,
): WireRecord {
  const links = [...kinds].filter(([name, kind]) => kind === "link" && !(name in record));
  const unset = spelling.empty === "turned" ? links.map(([name]) => [name, null] as const) : [];
  const fields = Object.entries(record).flatMap(([name, value]) => {
    if (name === spelling.withheldField) return [];
    const kind = kinds.get(name);
    if (kind === undefined) return [[name, value] as const];
    if (isEmpty(value)) return respellEmpty(name, value, kind, spelling);
    return [[name, respellValue(value, kind, spelling)] as const];
  });
  const all = [...fields, ...unset, ...(spelling.unknownField ? [spelling.unknownField] : [])];
  const { unknownAttribute: more } = spelling;
  return Object.fromEntries(more ? all.map(([name, value]) => [name, withMore(name, value, more)]) : all);
}

function withMore(name: string, value: unknown, more: readonly [string, unknown]): unknown {
  if (Array.isArray(value)) return value.map((one) => withMore(name, one, more));
  if (!isObject(value) || isEmpty(value) || name === "links") return value;
  return "links" in value || DESCRIBED_WHOLE.has(name) ? { ...value, [more[0]]: more[1] } : value;
}

function respellEmpty(
  name: string,
  value: unknown,
  kind: ColumnKind,
  { empty }: Spelling,
): readonly (readonly [string, unknown])[] {
  if (empty === "absent") return [];
  if (empty === undefined) return [[name, value]];
  const hasOther = kind === "text" || kind === "moment";
  return [[name, value === null && hasOther ? "" : null]];
}

function respellValue(value: unknown, kind: ColumnKind, { order, decimals }: Spelling): unknown {
  if (kind === "decimal" && decimals === "numbers") return Number(value);
  if (kind === "decimal" && decimals === "padded")
    return `${String(value)}${String(value).includes(".") ? "0" : ".0"}`;
  if (order === undefined) return value;
  if ((kind === "ids" || kind === "links") && Array.isArray(value)) return value.toReversed();
  return kind === "json" ? reverseKeys(value) : value;
}

/** Lists keep their order: a first telephone number is the first. */
function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, inner]) => [key, reverseKeys(inner)] as const);
  return Object.fromEntries(members.toReversed());
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (isObject(value) && Object.keys(value).length === 0);
}
