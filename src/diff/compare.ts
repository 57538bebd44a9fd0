import type { Read } from "./facts.ts";
import { PRECEDENCE } from "./event-types.ts";
import { type FieldValue, normaliseField } from "./normalise.ts";
import type { Projection } from "./projections.ts";

/** A record's watched fields, normalised, in the order of the projection's `fields`. */
export type FieldValues = readonly FieldValue[];

/** @throws FieldShapeError when a watched field is not of its documented kind. */
export function project(projection: Projection, record: Readonly<Record<string, unknown>>): FieldValues {
  const values: FieldValue[] = [];
  for (const name in projection.fields) {
    const kind = projection.fields[name];
    if (kind !== undefined) values.push(normaliseField(name, kind, record[name]));
  }
  return values;
}

export interface Change {
  /** The most telling transition. */
  readonly type: string;
  /** Every fact, `type` first. */
  readonly transitions: readonly string[];
  /** Names of the watched fields that differ; empty on first sight. */
  readonly changed: readonly string[];
}

/**
 * What happened between two versions of a record. Total and pure: every difference in a watched field gives exactly
 * one change, equal versions give undefined. `before` undefined: first sight of a record.
 */
export function compare(
  projection: Projection,
  before: FieldValues | undefined,
  after: FieldValues,
): Change | undefined {
  const names = Object.keys(projection.fields);
  const readAfter = reader(names, after);
  const readBefore = before && reader(names, before);
  const facts = projection.facts.flatMap((fact) => fact.detect(readBefore, readAfter));
  if (!before) return toChange([projection.createdAs, ...facts], []);

  const changed = names.filter((_, index) => before[index] !== after[index]);
  if (changed.length === 0) return undefined;
  const explained = new Set(
    projection.facts
      .filter((fact) => fact.detect(readBefore, readAfter).length > 0)
      .flatMap((fact) => fact.fields),
  );
  const told = facts.some((fact) => PRECEDENCE.includes(fact));
  const unexplained = changed.some((name) => !explained.has(name));
  return toChange(unexplained || !told ? [...facts, "updated"] : facts, changed);
}

function reader(names: readonly string[], values: FieldValues): Read {
  return (field) => values[names.indexOf(field)] ?? null;
}

function toChange(facts: readonly string[], changed: readonly string[]): Change {
  const transitions = facts.toSorted((left, right) => rank(left) - rank(right));
  return { type: transitions[0] ?? "updated", transitions, changed };
}

function rank(fact: string): number {
  const index = PRECEDENCE.indexOf(fact);
  return index < 0 ? PRECEDENCE.length : index;
}
