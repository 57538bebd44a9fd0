import type { OpenQuestion } from "../clinic/unknowns.ts";

/**
 * Rows as the clinic stores them: columns named as the API's filters name them, moments as whole epoch seconds, links
 * as the id of the other record, amounts as decimal text.
 */
export type BaseRow = Readonly<{ id: string; created_at: number; updated_at: number }>;

export type ColumnKind =
  | "text"
  | "integer"
  | "decimal"
  | "flag"
  | "moment"
  | "date"
  | "link"
  | "links"
  | "ids"
  | "json";

export interface Column<Value> {
  readonly kind: ColumnKind;
  /** What a new record starts with. */
  readonly blank: Value;
  /** Of a link, or of links: the list whose records it names. */
  readonly to?: string;
  /** Of a link: the same where the record itself decides. */
  readonly leadsTo?: (row: Readonly<Record<string, unknown>>) => string;
  /** The values it can take, where they are known. */
  readonly values?: readonly Value[];
  /** A value to try out what a change does, where the kind suggests none. */
  readonly sample?: Value;
  /** What a client sent, or what is wrong with it; without one, the kind decides. */
  readonly read?: (given: unknown) => Read<Value>;
  /** What null is printed as. Links that are null are left out. */
  readonly nullAs?: unknown;
  /** It exists in the clinic and never on the wire. */
  readonly unprinted?: true;
  /** The open question whether it is on the wire. */
  readonly printedIf?: OpenQuestion;
}

export type Read<Value> = { readonly value: Value } | { readonly complaint: string };

export type Columns = Readonly<Record<string, Column<unknown>>>;

export type RowOf<Of extends Columns> = BaseRow & {
  readonly [Name in keyof Of]: Of[Name] extends Column<infer Value> ? Value : never;
};

type More<Value> = Partial<Omit<Column<Value>, "kind" | "blank" | "to">>;

export function text(blank: string | null = null, more: More<string | null> = {}): Column<string | null> {
  return { kind: "text", blank, ...more };
}

/** Text that is always there. */
export function word(blank: string, more: More<string> = {}): Column<string> {
  return { kind: "text", blank, ...more };
}

/** One of a few words, and always there. */
export function oneOf<Word extends string>(
  values: readonly [Word, ...Word[]],
  more: More<Word> = {},
): Column<Word> {
  return { kind: "text", blank: values[0], values, ...more };
}

export function integer(blank: number | null = null, more: More<number | null> = {}): Column<number | null> {
  return { kind: "integer", blank, ...more };
}

/** A number that is always there. */
export function count(blank: number, more: More<number> = {}): Column<number> {
  return { kind: "integer", blank, ...more };
}

export function flag(blank: boolean | null = null): Column<boolean | null> {
  return { kind: "flag", blank };
}

export function moment(more: Pick<Column<number | null>, "printedIf"> = {}): Column<number | null> {
  return { kind: "moment", blank: null, ...more };
}

/** A moment that is always there. */
export function instant(): Column<number> {
  return { kind: "moment", blank: 0 };
}

export function date(blank: string | null = null): Column<string | null> {
  return { kind: "date", blank };
}

/** An amount, a quantity or a rate. */
export function decimal(blank: string | null = null, more: More<string | null> = {}): Column<string | null> {
  return { kind: "decimal", blank, ...more };
}

/** A link, left out when it is unset. @param to the list whose records it names */
export function link(to: string, more: Pick<Column<string | null>, "leadsTo"> = {}): Column<string | null> {
  return { kind: "link", blank: null, to, ...more };
}

/** A link that is always there. */
export function parent(to: string): Column<string> {
  return { kind: "link", blank: "0", to };
}

/** Where a link that is always there leads to when the name in it was taken away: it is left out. */
export const NOBODY = "";

export function isUnsetLink(value: unknown): boolean {
  return value === null || value === undefined || value === NOBODY;
}

/** Links to some records of a list, in no order. */
export function links(to: string): Column<readonly string[]> {
  return { kind: "links", blank: [], to };
}

export function ids(): Column<readonly string[]> {
  return { kind: "ids", blank: [] };
}

export function json<Value>(more: More<Value | null> = {}): Column<Value | null> {
  return { kind: "json", blank: null, ...more };
}

/** A list of values of no kind of their own. */
export function list<Value>(more: More<readonly Value[]> = {}): Column<readonly Value[]> {
  return { kind: "json", blank: [], ...more };
}

/** Rows are plain objects with the columns as their keys. */
export function columnValue(row: BaseRow, column: string): unknown {
  const value: unknown = Reflect.get(row, column);
  return value;
}

/** `patient_id` is `patient` on the wire, and `patient_ids` of links `patients`; everything else has one name. */
export function wireNameOf(name: string, kind: ColumnKind): string {
  if (kind === "links") return name.replace(/_ids$/, "s");
  return kind === "link" ? name.replace(/_id$/, "") : name;
}
