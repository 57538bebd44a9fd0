import { z } from "zod";

import { type Field, type Fields, time } from "../resources/field.ts";
import type { Resource } from "../resources/resource.ts";

type SchemaOf<Of> = Of extends Field<infer Schema> ? Schema : never;
export type RecordSchema<Of extends Fields> = z.ZodObject<
  ReturnType<typeof stampsOf> & { -readonly [Name in keyof Of]: SchemaOf<Of[Name]> },
  z.core.$loose
>;

/** `data.object`: the record as Cliniko serves it, in the fields that a release knows. */
export function recordSchemaOf<Of extends Fields>(
  resource: Pick<Resource<string, Of>, "hasStamps" | "noun" | "one" | "shape" | "subject">,
  fields = fieldSchemas(resource.shape),
): RecordSchema<Of> {
  const { hasStamps, noun, one, subject } = resource;
  const all = { ...(hasStamps && stampsOf(`the ${noun}`)), ...inSections(fields) };
  const schema: unknown = z.looseObject(all).meta({
    id: typeNameOf(subject),
    title: capitalise(subject.replaceAll("_", " ")),
    description: `${one} as Cliniko serves it. Later releases may add fields.`,
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of each field its own schema, which `fromEntries` forgets
  return schema as RecordSchema<Of>;
}

/** Of each field its schema, by its name. */
export function fieldSchemas(shape: Fields): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(shape).map(([name, { schema }]) => [name, schema()]));
}

/** A field that is named by its path is in a section, which may be null or left out. */
function inSections(fields: Readonly<Record<string, z.ZodType>>): Record<string, z.ZodType> {
  const names = [...new Set(Object.keys(fields).map((path) => path.split(".")[0] ?? path))];
  return Object.fromEntries(
    names.map((name) => {
      const own = fields[name];
      if (own) return [name, own];
      const inner = Object.entries(fields)
        .filter(([path]) => path.startsWith(`${name}.`))
        .map(([path, schema]) => [path.slice(name.length + 1), schema]);
      const section = z.looseObject(inSections(Object.fromEntries(inner))).nullable();
      return [name, z.exactOptional(section).meta({ description: `Settings of one kind: ${name}.` })];
    }),
  );
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
