import { z } from "zod";

import { linksOf } from "../diff/links.ts";
import { ABSENCES } from "../diff/related.ts";
import { type ResourceName, resources } from "../resources/registry.ts";
import type { Resource } from "../resources/resource.ts";
import { once } from "../shared/once.ts";
import { typeNameOf } from "./record-schema.ts";

/** What may stand in `data` besides, where an endpoint asks for it. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schemas are their own types
export function moreSchemas(resource: Resource) {
  const name = typeNameOf(resource.subject);
  const links = [...linksOf(resource)];
  const local = localSchema(resource, name);
  if (links.length === 0) return { local };
  const related = links.map(([link, targets]) => [
    link,
    z.union([...targets.map(asRead), z.null()]).optional(),
  ]);
  const absent = links.map(([link]) => [link, ABSENCE.optional()]);
  return {
    related: z
      .object(Object.fromEntries(related))
      .meta({
        id: `${name}Related`,
        description:
          "The records that it led to, by link, as they were last read when the event was committed. Null: there is no such link, or see `related_absent`.",
      })
      .optional(),
    related_absent: z
      .object(Object.fromEntries(absent))
      .meta({ id: `${name}Absent`, description: "Why a record that was asked for is not in `related`." })
      .optional(),
    local,
  };
}

const ABSENCE = z.enum(ABSENCES).meta({
  description:
    "not_read: not read so far, or the account's `resources` do not name it · deleted · forgotten: a patient was forgotten · withheld: the clinic's privacy policy was refused, or that is not known · unreadable: an encryption key is missing.",
});

// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
function localSchema({ shape }: Resource, name: string) {
  const instants = Object.entries(shape).flatMap(([field, { kind }]) => (kind === "instant" ? [field] : []));
  const time = z.string().meta({ format: "date-time" }).optional();
  const names = [...new Set(["created_at", "updated_at", ...instants])];
  const times = z.object(Object.fromEntries(names.map((field) => [field, time]))).meta({
    id: `${name}Times`,
    description: "As clocks on a wall show them, with the offset of that moment.",
  });
  return z
    .object({
      time_zone: z.string().meta({ description: "IANA name." }),
      time_zone_from: z.enum(["business", "account"]).meta({
        description:
          "business: where the record is · account: the first business or user, for a record that is at no place.",
      }),
      object: times.nullable().meta({ description: "Of `data.object`." }),
      previous: times,
      current: times.optional(),
    })
    .meta({ id: `${name}LocalTimes`, description: "The record's times by the clock of its place." })
    .nullable()
    .optional()
    .meta({ description: "Null: no time zone was known." });
}

/** What is remembered of a record: what is told of another one brings it along. */
function asReadSchemaOf(resource: Resource): z.ZodObject {
  const { fields, noun, shape, subject } = resource;
  const known = Object.keys(fields).filter((name) => fields[name] !== "digest");
  const nullable = known.map((name) => {
    const schema = shape[name]?.schema() ?? z.never();
    const { description = "" } = schema;
    const open = schema.safeParse(null).success ? schema : schema.nullable().meta({ description });
    return [name, open.optional()] as const;
  });
  // Loose: a visit may be of two kinds, and what one of them is without must not be taken away from the other.
  return z.looseObject({ id: z.string(), ...Object.fromEntries(nullable) }).meta({
    id: `${typeNameOf(subject)}AsRead`,
    description: `A ${noun} as it was last read: watched fields, spelled as Cliniko does; null: not set.`,
  });
}

const all = new Map(
  Object.values(resources).map((resource) => [resource.path, once(() => asReadSchemaOf(resource))] as const),
);

function asRead(path: ResourceName): z.ZodType {
  return all.get(path)?.() ?? z.never();
}
