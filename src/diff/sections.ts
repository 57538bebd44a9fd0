import type { FieldValue } from "../resources/field.ts";
import type { Projection } from "../resources/resource.ts";
import { project } from "./compare.ts";
import { type FieldValues, UNSERVED, namedValues, valuesBeyond } from "./values.ts";

/*
 * The one object of sections is served whole to some users and in part to all (resources/settings.ts), and a key may lose its right
 * to the whole, and get it back. What a source leaves out is not cleared: it keeps the value that it was last known to have. What it
 * says is empty is cleared only if that very source had a value there. So beside the values stands, as one more text, which source
 * they are of, and which of them are still of the other: "public account.email_from,account.first_name".
 */

type Known = Parameters<typeof namedValues>[1];

/** The values of a record; where it was served in one of two places, or is a span of time, with which behind them. */
export function projectFrom(
  projection: Projection,
  record: Readonly<Record<string, unknown>>,
  source: string | undefined,
  known: Known | undefined,
): FieldValues {
  if (projection.publicly !== undefined) return projectSections(projection, record, source ?? "", known);
  const values = project(projection, record);
  return source === undefined ? values : [...values, source];
}

/** The values of what is shown now beside what is known, with what was left out as it was. */
function projectSections(
  projection: Projection,
  record: Readonly<Record<string, unknown>>,
  source: string,
  known: Known | undefined,
): FieldValues {
  const former = (known && namedValues(projection, known)) ?? new Map<string, FieldValue>();
  const before = parseSource(known && valuesBeyond(projection, known));
  const shown = project(projection, record);
  const others: string[] = [];
  const values = Object.keys(projection.fields).map((name, index) => {
    const value = shown[index] ?? null;
    // Empty in one source says nothing of what the other has.
    const isOwn = !former.has(name) || (before.source === source) !== before.others.includes(name);
    const isCleared = Object.hasOwn(record, name) && (isOwn || former.get(name) === null);
    if (value !== null || isCleared) return value;
    if (!former.has(name)) return UNSERVED;
    if (!isOwn) others.push(name);
    return former.get(name) ?? null;
  });
  return [...values, `${source} ${others.join(",")}`];
}

/** Whether the former value of a field is one that this version's source had shown: then what it shows now is a change. */
export function isComparable(
  projection: Projection,
  known: Known,
  values: FieldValues,
): (name: string, former: FieldValue) => boolean {
  const before = parseSource(valuesBeyond(projection, known));
  const now = parseSource(values[Object.keys(projection.fields).length]);
  return (name, former) => former !== null || (before.source === now.source) !== before.others.includes(name);
}

function parseSource(text: FieldValue | undefined): {
  readonly source: string;
  readonly others: readonly string[];
} {
  const [source = "", others = ""] = String(text ?? "").split(" ");
  return { source, others: others.split(",").filter(Boolean) };
}
