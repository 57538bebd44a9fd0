import { isRecord } from "../../shared/is-record.ts";

/** One text for every spelling of a value, so that values can be compared; null for what is not set. Links count by their ids. */
export function canonicalValue(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "string") return canonicalText(value);
  if (Array.isArray(value)) return canonicalList(value);
  if (isRecord(value)) return idOf(value) ?? (Object.keys(value).length === 0 ? null : JSON.stringify(value));
  return JSON.stringify(value);
}

/** The same moment is written with several offsets. */
function canonicalText(text: string): string {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) ? `at ${Math.floor(ms / 1_000)}` : text;
}

/** Links in any order, by their ids. */
function canonicalList(list: readonly unknown[]): string | null {
  if (list.length === 0) return null;
  const ids = list.map((item) => (isRecord(item) ? idOf(item) : undefined));
  if (ids.includes(undefined)) return JSON.stringify(list);
  return ids.toSorted((left, right) => ((left ?? "") < (right ?? "") ? -1 : 1)).join(",");
}

/** The id at the end of `links.self`. */
function idOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const { links } = value;
  const self = isRecord(links) ? links["self"] : undefined;
  return typeof self === "string" ? /([^/?#]+)\/?(?:[?#].*)?$/.exec(self)?.[1] : undefined;
}
