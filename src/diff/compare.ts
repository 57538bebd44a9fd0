import type { FieldValue } from "../resources/field.ts";
import type { Projection } from "../resources/resource.ts";
import { normaliseField } from "./normalise.ts";
import { type FieldValues, readValues } from "./values.ts";

/** @throws FieldShapeError when a watched field is not of its documented kind. */
export function project(projection: Projection, record: Readonly<Record<string, unknown>>): FieldValues {
  const values: FieldValue[] = [];
  for (const name in projection.fields) {
    const kind = projection.fields[name];
    if (kind !== undefined) values.push(normaliseField(name, kind, record[name]));
  }
  for (const [older, newer] of projection.standIns) {
    // False says no more than a newer field that is left out.
    if (Object.hasOwn(record, newer) || record[older] !== true)
      values[Object.keys(projection.fields).indexOf(older)] = null;
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
  const { createdAs, fields, rules, transitions } = projection;
  const readAfter = readValues(projection, after);
  const readBefore = before && readValues(projection, before);
  const detected = rules.map((rule) => ({ rule, facts: rule.detect(readBefore, readAfter) }));
  const facts = detected.flatMap((one) => one.facts);
  if (!before) return toChange(projection, [createdAs, ...facts], []);

  const changed = Object.keys(fields).filter((_, index) => before[index] !== after[index]);
  if (changed.length === 0) return undefined;
  const explained = new Set(
    detected
      .filter((one) => one.facts.length > 0)
      .flatMap(({ rule }) => [...rule.fields, ...(rule.also ?? [])]),
  );
  const told = facts.some((fact) => transitions.includes(fact));
  const unexplained = changed.some((name) => !explained.has(name));
  return toChange(projection, unexplained || !told ? [...facts, "updated"] : facts, changed);
}

function toChange(
  { transitions }: Pick<Projection, "transitions">,
  facts: readonly string[],
  changed: readonly string[],
): Change {
  const rank = (fact: string): number => {
    const index = transitions.indexOf(fact);
    return index < 0 ? transitions.length : index;
  };
  const ranked = facts.toSorted((left, right) => rank(left) - rank(right));
  return { type: ranked[0] ?? "updated", transitions: ranked, changed };
}
