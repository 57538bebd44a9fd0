import type { FieldValue } from "../resources/field.ts";
import type { Projection } from "../resources/resource.ts";
import { project } from "./compare.ts";
import { withoutPatient } from "./forgotten.ts";
import { normaliseField } from "./normalise.ts";
import { type FieldValues, namedValues } from "./values.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A record without what is a secret in those of its kind. A kind that is not said is one of them: it may be. */
export function withoutSecrets({ secretWhen }: Pick<Projection, "secretWhen">, record: Fields): Fields {
  if (!secretWhen) return record;
  const { among, column, fields } = secretWhen;
  const kind = normaliseField(column, "integer", record[column]);
  if (typeof kind === "number" && !among.includes(kind)) return record;
  return { ...record, ...Object.fromEntries(fields.map((name) => [name, null])) };
}

export interface Seen {
  readonly record: Fields;
  readonly values: FieldValues;
}

type Known = Parameters<typeof namedValues>[1];

/**
 * What may be taken over of a record that named a patient and names nobody any more: without what was written of the patient, and
 * for as long as it names nobody. Undefined: it is no such record.
 */
export function withoutName(
  projection: Projection,
  known: Known,
  record: Fields,
  values: FieldValues,
): Seen | undefined {
  const names = Object.keys(projection.fields);
  const isEmpty = (name: string): boolean => (values[names.indexOf(name)] ?? null) === null;
  const open = projection.nameLinks.filter(isEmpty);
  const former = open.length === 0 ? undefined : namedValues(projection, known);
  const gone = open.filter((name) => isName(former?.get(name)));
  if (gone.length === 0) return undefined;
  const isAboutAnother = projection.patientLinks.some((name) => !isEmpty(name));
  const bare = isAboutAnother
    ? { ...record, ...Object.fromEntries(gone.map((name) => [name, null])) }
    : withoutPatient(projection, record);
  const left = project(projection, bare);
  return { record: bare, values: left.map((value, at) => (gone.includes(names[at] ?? "") ? false : value)) };
}

/** Somebody, or somebody whose name was taken away. */
function isName(value: FieldValue | undefined): boolean {
  return typeof value === "string" || value === false;
}
