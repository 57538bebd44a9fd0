import { z } from "zod";

import { type Field, type Fields, time } from "../resources/field.ts";
import type { Resource } from "../resources/resource.ts";

type SchemaOf<Of> = Of extends Field<infer Schema> ? Schema : never;
export type RecordSchema<Of extends Fields> = z.ZodObject<
  ReturnType<typeof stampsOf> & { -readonly [Name in keyof Of]: SchemaOf<Of[Name]> },
  z.core.$loose
>;

/** `data.object`: the record as Cliniko serves it. */
export function recordSchemaOf<Of extends Fields>(
  resource: Pick<Resource<string, Of>, "hasStamps" | "noun" | "one" | "shape" | "subject">,
): RecordSchema<Of> {
  const { hasStamps, noun, one, shape, subject } = resource;
  const fields = Object.fromEntries(Object.entries(shape).map(([name, { schema }]) => [name, schema()]));
  const all = { ...(hasStamps && stampsOf(`the ${noun}`)), ...fields };
  const schema: unknown = z.looseObject(all).meta({
    id: typeNameOf(subject),
    title: capitalise(subject.replaceAll("_", " ")),
    description: `${one} as Cliniko serves it. Cliniko may add fields.`,
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of each field its own schema, which `fromEntries` forgets
  return schema as RecordSchema<Of>;
}

/** What every record has, but for those that have neither id nor stamps. `what` is the record, with its article. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schemas are their own types
function stampsOf(what: string) {
  return {
    id: z.union([z.string(), z.int()]).meta({
      description:
        "As Cliniko serves it: old accounts may serve a number. `subject.id` is the same, and always text.",
    }),
    created_at: time(`When ${what} was made.`).schema(),
    updated_at: time("When anything of it was changed last, reminders and the like included.").schema(),
    links: z.object({ self: z.string() }).meta({ description: `Where ${what} is read.` }),
  };
}

/** `group_appointment` → `GroupAppointment`: what the names of its types begin with. */
export function typeNameOf(subject: string): string {
  return subject.split("_").map(capitalise).join("");
}

export function capitalise(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
