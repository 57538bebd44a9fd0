import type { FieldValue } from "../resources/field.ts";
import type { Projection } from "../resources/resource.ts";
import type { Read } from "../resources/transition.ts";

/** A record's watched fields, normalised, in the order of the projection's `fields`. */
export type FieldValues = readonly FieldValue[];

/** In place of a value: the field was never served, and what it is is not known. */
export const UNSERVED = "\u0000";

/** In place of the values of a record that nobody can open any more: somebody it is about was forgotten. */
export const NOTHING_LEFT: FieldValues = [];

/** A record's watched fields by their names; null for what is not set. */
export function readValues({ fields }: Pick<Projection, "fields">, values: FieldValues): Read {
  const names = Object.keys(fields);
  return (field) => {
    const value = values[names.indexOf(field)] ?? null;
    return value === UNSERVED ? null : value;
  };
}

/**
 * What a snapshot says, by the names of the fields that the release which took it watched, in their order, and that were served.
 * Undefined: it is not known which those were.
 */
export function namedValues(
  projection: Pick<Projection, "fields" | "former" | "version">,
  snapshot: { readonly projectionVersion: number; readonly values: () => FieldValues },
): ReadonlyMap<string, FieldValue> | undefined {
  const known = open(projection, snapshot);
  const named = known?.names.map((name, index) => [name, known.values[index] ?? null] as const);
  return named && new Map(named.filter(([, value]) => value !== UNSERVED));
}

/** What stands behind the values of a snapshot: see sections.ts. */
export function valuesBeyond(
  projection: Parameters<typeof namedValues>[0],
  snapshot: Parameters<typeof namedValues>[1],
): FieldValue | undefined {
  const known = open(projection, snapshot);
  return known?.values[known.names.length];
}

function open(
  { fields, former, version }: Parameters<typeof namedValues>[0],
  { projectionVersion, values: read }: Parameters<typeof namedValues>[1],
): { readonly names: readonly string[]; readonly values: FieldValues } | undefined {
  const names = projectionVersion === version ? Object.keys(fields) : former?.[projectionVersion];
  const values = names ? read() : NOTHING_LEFT;
  return names && values.length > 0 ? { names, values } : undefined;
}
