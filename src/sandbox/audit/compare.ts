import { wireNameOf } from "../storage/columns.ts";
import type { TableSpec } from "../tables/define-table.ts";
import { specs, TABLE_NAMES, type TableName } from "../tables/tables.ts";
import { isSame, type WireRecord } from "../wire/record.ts";
import { fromSections } from "../wire/sections.ts";
import type { LedgerEntry } from "./ledger.ts";

/** Fields nobody is called for: they move by themselves, or follow another record. */
const NOISE_FIELDS = new Map(TABLE_NAMES.map((name) => [name, toNoiseFields(specs[name])]));

function toNoiseFields({ noise = [], columns }: TableSpec): ReadonlySet<string> {
  const wireNames = noise.map((name) => wireNameOf(name, columns[name]?.kind ?? "text"));
  return new Set(["updated_at", "links", ...wireNames]);
}

export function isNoise(resource: TableName, field: string): boolean {
  return NOISE_FIELDS.get(resource)?.has(field) === true;
}

/**
 * Does a delivered object show this state? Sensitive fields may be left out of it, so only the fields it has are
 * compared, and not the noise; but id and updated_at must be there, and must be right.
 */
export function showsState(shown: WireRecord, entry: LedgerEntry): boolean {
  const { resource } = entry;
  const [object, record] = [fieldsOf(resource, shown), fieldsOf(resource, entry.record)];
  if (!isSame(object["id"], record["id"]) || !isSame(object["updated_at"], record["updated_at"]))
    return false;
  return Object.keys(object).every(
    (field) =>
      isNoise(resource, field) ||
      isSame(object[field], record[field]) ||
      isNobodys(object, record, resource, field),
  );
}

/** What is in sections, by the paths of its columns. */
function fieldsOf(resource: TableName, record: WireRecord): WireRecord {
  const { columns, single } = specs[resource];
  return single ? fromSections(record, Object.keys(columns)) : record;
}

/** What was written of somebody whose name was taken away need not be passed on. */
function isNobodys(object: WireRecord, record: WireRecord, resource: TableName, field: string): boolean {
  const { columns, personal = [] } = specs[resource];
  if (object[field] !== null || !Object.hasOwn(columns, "patient_id") || "patient" in record) return false;
  return ["patient", ...personal.map((name) => wireNameOf(name, columns[name]?.kind ?? "text"))].includes(
    field,
  );
}

/**
 * Of the facts of several changes, those that still show when only the first and the last state are looked at. The
 * others were undone on the way (A→B→A), and nobody who polls could have seen them. `undefined` is a record that is
 * not there: not yet, or no longer.
 */
export function visibleFacts(
  facts: ReadonlySet<string>,
  resource: TableName,
  start: WireRecord | undefined,
  end: WireRecord | undefined,
): Set<string> {
  const gone = disappearanceOf(resource);
  if (end === undefined) return new Set(start !== undefined && facts.has(gone) ? [gone] : []);
  const [before, after] = [start && fieldsOf(resource, start), fieldsOf(resource, end)];
  const { facts: rules = {} } = specs[resource];
  const appeared = before === undefined ? ["created", "added", "offered", "restored"] : [];
  const shown = Object.keys(rules).filter((fact) => rules[fact]?.shows(before, after) === true);
  const visible = new Set([...appeared, ...shown].filter((fact) => facts.has(fact)));
  if (!facts.has("updated") || before === undefined) return visible;
  const told = [...visible].flatMap((fact) => rules[fact] ?? []);
  const explained = new Set(told.flatMap(({ explains }) => explains));
  const fields = differingFields(resource, before, after);
  const isAlone = told.every(({ aside }) => aside === true);
  if (fields.some((field) => !explained.has(field)) || (isAlone && fields.length > 0)) visible.add("updated");
  return visible;
}

/** All that two states of one record, seen one after the other, tell. Nothing: noise. */
export function factsBetween(resource: TableName, before: WireRecord, after: WireRecord): string[] {
  const all = new Set([...Object.keys(specs[resource].facts ?? {}), "updated"]);
  return [...visibleFacts(all, resource, before, after)];
}

/** From the most to the least telling, as the event contract orders them. */
export function precedenceOf(resource: TableName): string[] {
  const facts = Object.entries(specs[resource].facts ?? {}).filter(([, { aside }]) => aside !== true);
  return [disappearanceOf(resource), ...facts.map(([fact]) => fact), "updated"];
}

/** Whether it is the end of the record. */
export function isEnd({ facts, resource }: Pick<LedgerEntry, "facts" | "resource">): boolean {
  return facts.includes(disappearanceOf(resource));
}

export function disappearanceOf(resource: TableName): string {
  return specs[resource].disappearance ?? "deleted";
}

function differingFields(resource: TableName, before: WireRecord, after: WireRecord): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].filter((field) => !isNoise(resource, field) && !isSame(before[field], after[field]));
}
