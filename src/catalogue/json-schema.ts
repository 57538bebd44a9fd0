import { z } from "zod";

/** A JSON Schema of draft 2020-12, or a part of one. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * An event's schema for readers in any language. Fields that are not in it are no fault, so that it holds when some are
 * added; what zod adds of its own (the bounds of its integers) is taken out.
 */
export function toEventJsonSchema(schema: z.ZodType): JsonSchema {
  const { $ref, $defs = {}, ...inline } = toJsonSchema(schema);
  const root = $ref?.slice("#/$defs/".length);
  const { [root ?? ""]: event = inline, ...parts } = $defs;
  // For those who read it, what it is comes first.
  const head = ["title", "description", "examples"].map((name) => [name, event[name]] as const);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:cliniko-webhooks:event:${root ?? ""}`,
    ...Object.fromEntries(head),
    ...event,
    $defs: parts,
  };
}

export function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    target: "draft-2020-12",
    // Extra fields are allowed in what is read.
    io: "input",
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
}
