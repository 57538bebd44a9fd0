import type { Projection } from "../resources/resource.ts";
import { type FieldKind, LINK } from "../resources/field.ts";
import { FieldShapeError, documentedPart } from "./normalise.ts";
import type { FieldValues } from "./values.ts";

/** Names of a record's fields that no documentation has: worth telling once. `documentedOnly` passes none on. */
export function unknownFields(projection: Projection, record: Readonly<Record<string, unknown>>): string[] {
  const { fields } = documentedIn(projection);
  const unknown: string[] = [];
  for (const name in record) {
    if (!fields.has(name) && Object.hasOwn(record, name) && isNameable(name)) unknown.push(name);
  }
  return unknown;
}

/** The same of what is in its links and in the structures that are documented whole, as paths. */
export function unknownAttributes(
  projection: Projection,
  record: Readonly<Record<string, unknown>>,
): string[] {
  const unknown: string[] = [];
  for (const [name, attributes] of documentedIn(projection).structures)
    findUnknown(name, attributes, record[name], unknown);
  return unknown.filter(isNameable);
}

/** What looks like an id, or like words, may be a patient's: it is no name of a field. */
function isNameable(path: string): boolean {
  return /^[\w.]{1,60}$/.test(path) && !/\d{5}/.test(path);
}

function findUnknown(path: string, attributes: readonly string[], wire: unknown, into: string[]): void {
  if (typeof wire !== "object" || wire === null) return;
  if (Array.isArray(wire)) {
    for (const one of wire) findUnknown(path, attributes, one, into);
    return;
  }
  for (const name in wire) if (!attributes.includes(name)) into.push(`${path}.${name}`);
}

/**
 * A record without what no documentation names: nobody has said whether a new field is about the patient's health, or a link that
 * opens something without a key. Until a release knows it, it is neither stored nor delivered.
 */
export function documentedOnly(
  projection: Projection,
  record: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { fields, structures } = documentedIn(projection);
  const known = Object.fromEntries(Object.entries(record).filter(([name]) => fields.has(name)));
  for (const [name, attributes] of structures) {
    if (Object.hasOwn(known, name)) known[name] = documentedPart(known[name], attributes);
  }
  return known;
}

/** What a documentation names. */
interface Documented {
  readonly fields: ReadonlySet<string>;
  /** Attributes of the fields that are documented whole. */
  readonly structures: readonly (readonly [name: string, attributes: readonly string[]])[];
}

/** Every record of every scan is held against this: it is made once for a projection. */
const documented = new WeakMap<Projection, Documented>();

function documentedIn(projection: Projection): Documented {
  const known = documented.get(projection) ?? {
    fields: new Set([...Object.keys(projection.fields), ...projection.noise]),
    structures: Object.entries(projection.shape).flatMap(([name, { kind }]) => {
      const attributes = attributesOf(kind);
      return attributes === undefined ? [] : [[name, attributes] as const];
    }),
  };
  documented.set(projection, known);
  return known;
}

/** Undefined: it is no structure, or one that may hold more than is documented. */
function attributesOf(kind: FieldKind): readonly string[] | undefined {
  if (typeof kind !== "object") return undefined;
  return kind.link === undefined ? kind.attributes : LINK;
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
