import type { FieldValues } from "./compare.ts";
import { FieldShapeError } from "./normalise.ts";
import type { Projection } from "./projections.ts";

/** Fields of a record that no documentation names. They are harmless, and worth telling once. */
export function unknownFields(projection: Projection, record: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(record).filter(
    (name) => !(name in projection.fields) && !projection.noise.includes(name),
  );
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
    if (had === null || had === false || Object.hasOwn(record, name) || projection.leftOut.includes(name))
      continue;
    throw new FieldShapeError(name, "no longer served");
  }
}
