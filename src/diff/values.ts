import type { FieldValue } from "../resources/field.ts";
import type { Projection } from "../resources/resource.ts";
import type { Read } from "../resources/transition.ts";

/** A record's watched fields, normalised, in the order of the projection's `fields`. */
export type FieldValues = readonly FieldValue[];

/** A record's watched fields by their names; null for what is not set. */
export function readValues({ fields }: Pick<Projection, "fields">, values: FieldValues): Read {
  const names = Object.keys(fields);
  return (field) => values[names.indexOf(field)] ?? null;
}

/**
 * What a snapshot says, by the names of the fields that the release which took it watched, in their order. Undefined: it is not
 * known which those were.
 */
export function namedValues(
  { fields, former, version }: Pick<Projection, "fields" | "former" | "version">,
  snapshot: { readonly projectionVersion: number; readonly values: () => FieldValues },
): ReadonlyMap<string, FieldValue> | undefined {
  const { projectionVersion } = snapshot;
  const names = projectionVersion === version ? Object.keys(fields) : former?.[projectionVersion];
  if (!names) return undefined;
  const values = snapshot.values();
  return new Map(names.map((name, index) => [name, values[index] ?? null]));
}
