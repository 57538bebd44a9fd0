import { isNoise, precedenceOf } from "../../src/sandbox/audit/compare.ts";
import type { Clinic } from "../../src/sandbox/clinic/clinic.ts";
import { type Column, wireNameOf } from "../../src/sandbox/storage/columns.ts";
import { type TableName, isTableName, specs } from "../../src/sandbox/tables/tables.ts";

/** One thing done to one record of a sandbox's table, made for it alone. */
export interface Trial {
  /** `notes`, or `cancel()`. */
  readonly what: string;
  readonly id: string;
  readonly run: () => void;
}

/** Everything that a table says can happen to a record: each column gets another value, each act is done. */
export function planTrials(clinic: Clinic, name: TableName): Trial[] {
  const { columns, acts = {} } = specs[name];
  const table = clinic.desk.of(name);
  const edits = Object.keys(columns)
    .filter((column) => columns[column]?.unprinted !== true && isOpen(name, column))
    .map((column) => planEdit(clinic, name, column));
  const deeds = Object.keys(acts).map((act, index, all): Trial => {
    const id = clinic.plant.record(name);
    for (const earlier of all.slice(0, index)) table.perform(id, earlier);
    return { what: `${act}()`, id, run: () => void table.perform(id, act) };
  });
  return [...edits, ...deeds];
}

export function planEdit(clinic: Clinic, name: TableName, column?: string): Trial {
  return editOf(clinic, name, clinic.plant.record(name), column);
}

/** An edit of a record that is there. @param column default: the first of which anybody is told */
export function editOf(clinic: Clinic, name: TableName, id: string, column = firstTold(name)): Trial {
  const [table, kind] = [clinic.desk.of(name), specs[name].columns[column]];
  if (!kind) throw new Error(`${name} has no column ${column} that can be tried`);
  const before = table.rows().find((row) => row.id === id);
  const value = anotherValue(clinic, kind, before && Reflect.get(before, column));
  return { what: column, id, run: () => void table.change(id, { [column]: value }) };
}

/** Free text, where there is some: it has most spellings. */
function firstTold(name: TableName): string {
  const told = toldColumns(name);
  return told.find((column) => specs[name].columns[column]?.kind === "text") ?? told[0] ?? "";
}

/** Columns whose change is told by itself. */
export function toldColumns(name: TableName): string[] {
  const { columns } = specs[name];
  return Object.keys(columns).filter(
    (column) =>
      columns[column]?.unprinted !== true &&
      isOpen(name, column) &&
      !isNoise(name, wireNameOf(column, columns[column]?.kind ?? "text")),
  );
}

/** A column whose change means something by itself: not the reason of a cancellation without a cancellation. */
function isOpen(name: TableName, column: string): boolean {
  const { columns, facts = {}, identifiedBy = [] } = specs[name];
  // With another value it is another record.
  if (identifiedBy.includes(column)) return false;
  const field = wireNameOf(column, columns[column]?.kind ?? "text");
  const explaining = Object.values(facts).filter(({ explains }) => explains.includes(field));
  return explaining.every(({ shows }) => shows({ [field]: "one" }, { [field]: "other" }));
}

/** @param value what it is now */
function anotherValue(clinic: Clinic, column: Column<unknown>, value: unknown): unknown {
  if (column.sample !== undefined) return column.sample;
  if (column.values) return column.values.find((one) => one !== value);
  switch (column.kind) {
    case "integer":
      return Number(value ?? 0) + 1;
    case "decimal":
      return (Number(value ?? 0) + 1.5).toFixed(2);
    case "flag":
      return value !== true;
    case "moment":
      return Number(value ?? Math.floor(clinic.now() / 1_000)) + 3_600;
    case "date":
      return value === "1986-05-17" ? "1986-05-18" : "1986-05-17";
    case "link":
      return linkedIds(clinic, column.to ?? "").find((id) => id !== value);
    case "links":
      return linkedIds(clinic, column.to ?? "").slice(-1);
    case "ids":
      return ["7", "8"];
    case "text":
    case "json":
      return `${typeof value === "string" ? value : ""} again`.trim();
  }
}

function linkedIds(clinic: Clinic, to: string): readonly string[] {
  const table = to === "bookings" ? "group_appointments" : to;
  if (!isTableName(table)) return ["7"];
  clinic.plant.record(table);
  return clinic.desk
    .of(table)
    .rows()
    .map(({ id }) => id);
}

/** What is owed for these facts: the type, and all of them. */
export function owed(name: TableName, facts: readonly string[]): string {
  const { subject = "nobody", appearance = "created" } = specs[name];
  const told = specs[name].facts ?? {};
  const leaders = Object.keys(told).filter((fact) => told[fact]?.leads === true);
  const leading = [...leaders, appearance, ...precedenceOf(name)].find((fact) => facts.includes(fact));
  return leading === undefined ? "nothing" : `${subject}.${leading} (${facts.toSorted().join(", ")})`;
}
