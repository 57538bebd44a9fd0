import { z } from "zod";

/**
 * Kinds of fields in Cliniko's records, as they are served. Cliniko promises little about which fields are there, so all but
 * those that every record has may be null or left out. Source of names and kinds: the API's documentation, and real answers.
 */
const linkSchema = z
  .object({ links: z.object({ self: z.string() }) })
  .meta({ id: "Link", description: "Where another record is read. Its id is the last part of the path." });

type Optional<Schema extends z.ZodType> = z.ZodExactOptional<z.ZodNullable<Schema>>;

function optional<Schema extends z.ZodType>(schema: Schema, description: string): Optional<Schema> {
  return z.exactOptional(schema.nullable()).meta({ description });
}

/** Fields that every record has. `what` is the record, with its article. */
export function recordFields(what: string): {
  readonly id: z.ZodUnion<readonly [z.ZodString, z.ZodInt]>;
  readonly created_at: z.ZodString;
  readonly updated_at: z.ZodString;
  readonly links: z.ZodObject<{ self: z.ZodString }>;
} {
  return {
    id: z.union([z.string(), z.int()]).meta({
      description:
        "As Cliniko serves it: old accounts may serve a number. `subject.id` is the same, and always text.",
    }),
    created_at: time(`When ${what} was made.`),
    updated_at: time("When anything of it was changed last, reminders and the like included."),
    links: z.object({ self: z.string() }).meta({ description: `Where ${what} is read.` }),
  };
}

/** A moment that is always there: ISO 8601, UTC in all that has been seen. */
export function time(description: string): z.ZodString {
  return z.string().meta({ description, format: "date-time" });
}

export function optionalTime(description: string): Optional<z.ZodString> {
  return z.exactOptional(z.string().meta({ format: "date-time" }).nullable()).meta({ description });
}

export function text(description: string): Optional<z.ZodString> {
  return optional(z.string(), description);
}

export function flag(description: string): Optional<z.ZodBoolean> {
  return optional(z.boolean(), description);
}

export function integer(description: string): Optional<z.ZodInt> {
  return optional(z.int(), description);
}

export function link(description: string): typeof linkSchema {
  return linkSchema.meta({ description });
}

/** A link to the patient that a record is about. */
export function patientLink(description: string): z.ZodNullable<typeof linkSchema> {
  return linkSchema.nullable().meta({ description: `${description} Null once that patient was forgotten.` });
}

export function optionalLink(description: string): Optional<typeof linkSchema> {
  return optional(linkSchema, description);
}

/** A structure that the documentation does not describe. */
export function anything(description: string): z.ZodExactOptional<z.ZodUnknown> {
  return z.exactOptional(z.unknown()).meta({ description });
}

export const cancellationReason = integer(
  "10 feeling better, 20 condition worse, 30 sick, 31 COVID-19 related, 40 away, 50 other, 60 work.",
);

export const repeatRule = optional(
  z
    .looseObject({
      repeat_type: z.exactOptional(z.string()).meta({ description: "`Daily`, `Weekly` or `Monthly`." }),
      repeating_interval: z.exactOptional(z.int()),
      number_of_repeats: z.exactOptional(z.int()),
    })
    .meta({ id: "RepeatRule", description: "How a series repeats." }),
  "How the series repeats; `{}` or null for one that does not.",
);

export const phoneNumbers = optional(
  z.array(
    z
      .looseObject({
        phone_type: text("`Mobile`, `Home`, …"),
        number: text("As it was written."),
        normalized_number: text("With country code, digits only."),
      })
      .meta({ id: "PhoneNumber", description: "One phone number of a person." }),
  ),
  "All phone numbers.",
);

/** Left out of every payload unless an endpoint's `include` names the field. */
export function sensitive<Schema extends z.ZodType>(schema: Schema): Schema {
  const { description = "", ...meta } = schema.meta() ?? {};
  return schema.meta({
    ...meta,
    description: `${description} Sensitive: left out unless the endpoint's \`include\` names it.`,
    [SENSITIVE]: true,
  });
}

/** Key of the mark in metadata and in JSON Schema. */
export const SENSITIVE = "x-sensitive";
