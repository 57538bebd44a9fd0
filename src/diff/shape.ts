import type { Projection } from "../resources/resource.ts";
import { FieldShapeError } from "./normalise.ts";
import type { FieldValues } from "./values.ts";

/** Names of a record's fields that no documentation has: worth telling once. What they hold is not passed on (`documentedOnly`). */
export function unknownFields(projection: Projection, record: Readonly<Record<string, unknown>>): string[] {
  const known = documentedFields(projection);
  const unknown: string[] = [];
  for (const name in record) {
    if (!known.has(name) && Object.hasOwn(record, name) && /^[\w.]{1,60}$/.test(name)) unknown.push(name);
  }
  return unknown;
}

/**
 * A record without what no documentation names: nobody has said whether a new field is about the patient's health, or a link that
 * opens something without a key. Until a release knows it, it is neither stored nor delivered.
 */
export function documentedOnly(
  projection: Projection,
  record: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const known = documentedFields(projection);
  return Object.fromEntries(Object.entries(record).filter(([name]) => known.has(name)));
}

/** Every record of every scan is held against this: it is made once for a projection. */
const documented = new WeakMap<Projection, ReadonlySet<string>>();

function documentedFields(projection: Projection): ReadonlySet<string> {
  const known =
    documented.get(projection) ?? new Set([...Object.keys(projection.fields), ...projection.noise]);
  documented.set(projection, known);
  return known;
}

/**
 * A watched field that had a value and is now left out altogether, not null: the upstream has stopped serving it, and
 * taking that for a cleared field would tell a change for every record.
 * @throws FieldShapeError
 */
export function assertStillServed(
  projection: Projection,
  before: FieldValues,
  record: Readonly<Record<string, unknown>>,
): void {
  for (const [index, name] of Object.keys(projection.fields).entries()) {
    const had = before[index] ?? null;
    if (had === null || had === false || Object.hasOwn(record, name) || mayGo(projection, name)) continue;
    throw new FieldShapeError(name, "no longer served");
  }
}

/** Left out when it is unset; where nearly every record has it, a witness is asked for (pollers/scan/link-witness.ts). */
function mayGo({ leftOut, witnessedLinks }: Projection, name: string): boolean {
  return leftOut.includes(name) || witnessedLinks.includes(name);
}
