import { z } from "zod";

/**
 * What a field holds, and so how two spellings of the same thing are made one (diff/normalise.ts). Everywhere: missing = null = "".
 */
export type FieldKind =
  | "text"
  | "integer"
  /** A decimal number, kept as text: `10`, `"10.0"` and `"10.00"` are the same. */
  | "decimal"
  | "boolean"
  /** A boolean that means the same unset and false: did_not_arrive, patient_arrived. Never attendee.arrived. */
  | "flag"
  /** Any ISO offset, kept as unix seconds. */
  | "instant"
  /** A list of ids in no order; `[]` = null. */
  | "ids"
  /** A structure compared as a whole; `{}` and `[]` = null, order of keys is nothing. */
  | "json"
  /** As `json`, of one or several that are documented whole: what else is in them is not looked at. */
  | { readonly attributes: readonly string[]; readonly link?: undefined; readonly or?: undefined }
  /** As `json`, kept as a fingerprint alone, with the ids of the signatures in it: that it changed is known, and not from what. */
  | "digest"
  /**
   * `{ links: { self } }`, kept as the id at its end: the host in it is the shard's and may change. `or`: the other list that it
   * may lead to; it is then kept as `contacts/42`. `many`: a list of links in no order, kept as their ids; `[]` = null.
   */
  | { readonly link: string; readonly or?: string; readonly many?: true };

/** Of a link to a patient, `false`: there was one, and the clinic took the name away. */
export type FieldValue = string | number | boolean | null;

/** One field of a record, as the documentation and real answers show it. */
export interface Field<Schema extends z.ZodType = z.ZodType> {
  readonly kind: FieldKind;
  /** Of the value as it is served. Made when it is asked for: a service that only reads needs none. */
  readonly schema: () => Schema;
  /** Left out by Cliniko when it is unset; any other that had a value and is left out is not cleared. */
  readonly leftOut?: boolean;
  /**
   * Of a link that is left out when it is unset, as seldom as that is: one that goes away is believed while other records have
   * theirs (pollers/scan/link-witness.ts).
   */
  readonly seldomUnset?: boolean;
  /** Left out of every payload unless an endpoint's `include` names it. */
  readonly sensitive?: boolean;
  /** Names a patient or was written about one: emptied when that patient is forgotten. */
  readonly aboutPatient?: boolean;
  /** The newer field that decides where it is served: where that is left out, this one counts when it is true. */
  readonly insteadOf?: string;
  /** Of a link: the list is not filtered by it (`related_patient_id:=` is refused). */
  readonly unfiltered?: boolean;
}

/** The resource whose records are the patients themselves: consent, forgetting and merges hang on it. */
export const PATIENTS = "patients";

/** By name. The order of watched fields is that of the values in a snapshot. */
export type Fields = Readonly<Record<string, Field>>;

export const linkSchema = z
  .object({ links: z.object({ self: z.string() }) })
  .meta({ id: "Link", description: "Where another record is read. Its id is the last part of the path." });

type Optional<Schema extends z.ZodType> = z.ZodExactOptional<z.ZodNullable<Schema>>;

/** Cliniko promises little about which fields are there: all but those that every record has may be null or left out. */
function optional<Schema extends z.ZodType>(
  kind: FieldKind,
  description: string,
  schema: () => Schema,
): Field<Optional<Schema>> {
  return { kind, schema: () => z.exactOptional(schema().nullable()).meta({ description }) };
}

const moment = (): z.ZodString => z.string().meta({ format: "date-time" });

export const text = (description: string): Field<Optional<z.ZodString>> =>
  optional("text", description, () => z.string());

/** A day without a time: compared as text. */
export const date = (description: string): Field<Optional<z.ZodString>> =>
  optional("text", description, () => z.string().meta({ format: "date" }));

export const integer = (description: string): Field<Optional<z.ZodInt>> =>
  optional("integer", description, () => z.int());

/** Served as text, or as a number by what is older. */
export const decimal = (description: string): Field<Optional<z.ZodUnion<[z.ZodString, z.ZodNumber]>>> =>
  optional("decimal", description, () => z.union([z.string(), z.number()]));

export const boolean = (description: string): Field<Optional<z.ZodBoolean>> =>
  optional("boolean", description, () => z.boolean());

export const flag = (description: string): Field<Optional<z.ZodBoolean>> =>
  optional("flag", description, () => z.boolean());

export const ids = (description: string): Field<Optional<z.ZodArray<z.ZodString>>> =>
  optional("ids", description, () => z.array(z.string()));

export const instant = (description: string): Field<Optional<z.ZodString>> =>
  optional("instant", description, moment);

/** A moment that is always there. */
export function time(description: string): Field<z.ZodString> {
  return { kind: "instant", schema: () => z.string().meta({ description, format: "date-time" }) };
}

/** A structure that the documentation does not describe. */
export function json(description: string): Field<z.ZodExactOptional<z.ZodUnknown>> {
  return { kind: "json", schema: () => z.exactOptional(z.unknown()).meta({ description }) };
}

/** A structure of which it describes some. */
export const openStructure = <Schema extends z.ZodType>(
  description: string,
  schema: () => Schema,
): Field<Optional<Schema>> => optional("json", description, schema);

/** A structure that it describes whole. */
export function structure<Schema extends z.ZodObject>(
  description: string,
  schema: Schema,
): Field<Optional<Schema>> {
  return { ...optional("json", description, () => schema), kind: { attributes: Object.keys(schema.shape) } };
}

/** A list of such structures. */
export function structures<Schema extends z.ZodObject>(
  description: string,
  schema: Schema,
): Field<Optional<z.ZodArray<Schema>>> {
  return {
    ...structure(description, schema),
    schema: optional("json", description, () => z.array(schema)).schema,
  };
}

/** A link to a list, or to what is no resource of ours. */
export function linkBesides(description: string): Field<z.ZodExactOptional<z.ZodUnknown>> {
  return { ...json(description), kind: { attributes: LINK } };
}

/** All that a link holds. */
export const LINK = ["links"] as const;

/** @param to path of what it leads to */
export function link(to: string, description: string): Field<typeof linkSchema> {
  return { kind: { link: to }, schema: () => linkSchema.meta({ description }) };
}

/** Links in no order. */
export function links(to: string, description: string): Field<Optional<z.ZodArray<typeof linkSchema>>> {
  return { ...optional("json", description, () => z.array(linkSchema)), kind: { link: to, many: true } };
}

/** A link that Cliniko leaves out when there is nothing to lead to. */
export function optionalLink(to: string, description: string): Field<Optional<typeof linkSchema>> {
  return { ...optional({ link: to }, description, () => linkSchema), leftOut: true };
}

/** The same of a link that nearly every record has. */
export function usualLink(to: string, description: string): Field<Optional<typeof linkSchema>> {
  return { ...optional({ link: to }, description, () => linkSchema), seldomUnset: true };
}

/** A link to a record of either list, which Cliniko leaves out when there is none. */
export function eitherLink(to: string, or: string, description: string): Field<Optional<typeof linkSchema>> {
  return { ...optionalLink(to, description), kind: { link: to, or } };
}

/** A link to the patient that a record is about. One that goes away is the clinic's taking the name away: `anonymised`. */
export function patientLink(description: string): Field<z.ZodNullable<typeof linkSchema>> {
  return {
    kind: { link: PATIENTS },
    schema: () => linkSchema.nullable().meta({ description: describeName(description) }),
    aboutPatient: true,
  };
}

/** The same where a record may be about nobody. */
export function patientLinkIfAny(description: string): Field<Optional<typeof linkSchema>> {
  const { kind, schema } = optional({ link: PATIENTS }, describeName(description), () => linkSchema);
  return { kind, schema, aboutPatient: true };
}

function describeName(description: string): string {
  return `${description} Null once that patient was forgotten, or the clinic took the name away.`;
}

/** A link to a patient by which the list is not filtered: whoever hangs on a merged one is found by what is known. */
export function unfiltered<Schema extends z.ZodType>(field: Field<Schema>): Field<Schema> {
  return { ...field, unfiltered: true };
}

/** The older form of another field: a yes or no, for accounts that do not serve that one. */
export function insteadOf<Schema extends z.ZodType>(newer: string, field: Field<Schema>): Field<Schema> {
  return { ...field, insteadOf: newer };
}

/** Says something of a patient, and is gone when that patient is forgotten. */
export function aboutPatient<Schema extends z.ZodType>(field: Field<Schema>): Field<Schema> {
  return { ...field, aboutPatient: true };
}

/** Left out of every payload unless an endpoint's `include` names the field. */
export function sensitive<Schema extends z.ZodType>(field: Field<Schema>): Field<Schema> {
  const schema = (): Schema => {
    const made = field.schema();
    const { description = "", ...meta } = made.meta() ?? {};
    return made.meta({
      ...meta,
      description: `${description} Sensitive: left out unless the endpoint's \`include\` names it.`,
      [SENSITIVE]: true,
    });
  };
  return { ...field, schema, sensitive: true };
}

/** What was written about a patient and is long or clinical: that it changed is told, its former text is not kept. */
export function clinical<Schema extends z.ZodType>(field: Field<Schema>): Field<Schema> {
  return fingerprinted(personal(field));
}

/** What is long: the same, of nobody. */
export function fingerprinted<Schema extends z.ZodType>(field: Field<Schema>): Field<Schema> {
  return { ...field, kind: "digest" };
}

/** Both: what was written about a patient, and is not for everybody. */
export function personal<Schema extends z.ZodType>(field: Field<Schema>): Field<Schema> {
  return aboutPatient(sensitive(field));
}

/** Key of the mark in metadata and in JSON Schema. */
export const SENSITIVE = "x-sensitive";

/** Fields that several kinds of record have. */
export const cancellationReason = integer(
  "10 feeling better, 20 condition worse, 30 sick, 31 COVID-19 related, 40 away, 50 other, 60 work.",
);

const repeatRuleSchema = z
  .looseObject({
    repeat_type: z.exactOptional(z.string()).meta({ description: "`Daily`, `Weekly` or `Monthly`." }),
    repeating_interval: z.exactOptional(z.int()),
    number_of_repeats: z.exactOptional(z.int()),
  })
  .meta({ id: "RepeatRule", description: "How a series repeats." });

export const repeatRule = structure(
  "How the series repeats; `{}` or null for one that does not.",
  repeatRuleSchema,
);

const phoneNumberSchema = z
  .looseObject({
    phone_type: text("`Mobile`, `Home`, …").schema(),
    number: text("As it was written.").schema(),
    normalized_number: text("With country code, digits only.").schema(),
  })
  .meta({ id: "PhoneNumber", description: "One phone number of a person." });

export const phoneNumbers = structures("All phone numbers.", phoneNumberSchema);

/** Ids of the signatures in what is kept as a `digest`. */
export function signaturesIn(digest: FieldValue): readonly string[] {
  const [, signatures = ""] = String(digest ?? "").split(" ");
  return signatures.split(",").filter((id) => id !== "");
}
