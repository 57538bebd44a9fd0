import { z } from "zod";

import { API_VERSION } from "../diff/event.ts";

/** What makes one event type's schema. */
export interface EventShape {
  readonly type: string;
  readonly subject: string;
  readonly title: string;
  readonly description: string;
  readonly record: z.ZodObject;
  /** Watched fields with their values. */
  readonly values: z.ZodObject;
  /** Names of the watched fields; undefined for what is told of the service itself. */
  readonly field: z.ZodType | undefined;
  readonly transition: z.ZodType;
  /** What may stand beside them where it is asked for; nothing for what is told of the service itself. */
  readonly more: Readonly<Record<string, z.ZodType>>;
  /** A deletion that left no stamp has no record to show. */
  readonly recordMayBeGone: boolean;
  readonly example: object;
}

/** One event as a subscriber gets it, at any payload level. Fields that it does not know are no fault: we may add some. */
export type EventSchema = z.ZodObject<{ type: z.ZodLiteral<string>; data: z.ZodType }>;

/** A moment of ours: whole seconds, UTC. */
const second = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
  .meta({ format: "date-time" });

export const envelope = {
  timestamp: second.meta({
    format: "date-time",
    description: "When it happened, as far as Cliniko says.",
  }),
  id: z
    .string()
    .regex(/^evt_[\w-]{24}$/)
    .meta({
      description:
        "The same for every attempt and repetition, and in the header `webhook-id`: drop what you have had.",
    }),
  api_version: z.literal(API_VERSION).meta({
    description: "Release of this shape. It stays while fields are only added.",
  }),
  account: z
    .string()
    .meta({ description: "The clinic, as the operator named it; `_service` for endpoints." }),
  sequence: z.int().nonnegative().meta({
    description:
      "Gapless per subject, from 1. A backfill carries the number of the last event before it, 0 when there was none; a test has 0.",
  }),
  observed: z
    .object({ after: second, at: second })
    .meta({ description: "The true moment lies in (after, at], by Cliniko's clock." }),
  origin: z.enum(["live", "sweep", "backfill", "test"]).meta({
    description:
      "live: seen by the ordinary reading · sweep: found by looking whether all is still there · backfill: you asked for the present state · test: nothing has happened.",
  }),
};

export function eventSchemaOf(shape: EventShape): EventSchema {
  const { type, subject, title, description, example } = shape;
  return z
    .object({
      type: z.literal(type).meta({ description: "The most telling of `data.transitions`." }),
      ...envelope,
      subject: z
        .object({
          type: z.literal(subject),
          id: z.string().meta({ description: "Of the record; of the account or endpoint." }),
        })
        .meta({ description: "What it is about." }),
      data: shape.field === undefined ? wholeData(shape) : z.union(levelsOf(shape)),
    })
    .meta({ id: type, title, description, examples: [example] });
}

/** What is told of the service itself is the same at every level. */
function wholeData(shape: EventShape): z.ZodObject {
  return z.object({ object: shape.record, previous: shape.values, ...facts(shape) }).meta({
    title: "whole",
    description: "The same at every payload level: it holds nothing of a record.",
  });
}

function levelsOf(shape: EventShape): [z.ZodObject, z.ZodObject, z.ZodObject] {
  const { more, record, values } = shape;
  const nothing = z.null().meta({ description: "Not at this level." });
  const object = shape.recordMayBeGone ? z.union([record, z.null()]) : record;
  return [
    z.object({ object, previous: values, current: z.never().optional(), ...facts(shape), ...more }).meta({
      title: "full",
      description: shape.recordMayBeGone
        ? "The whole record. Null when it left nothing to read: `previous` is what was last known of it."
        : "The whole record, and the former values of what changed.",
    }),
    z.object({ object: nothing, previous: values, current: values, ...facts(shape), ...more }).meta({
      title: "changes",
      description: "Only the fields that changed: `previous` and `current` values.",
    }),
    z
      .object({
        object: nothing,
        previous: z.strictObject({}),
        current: z.never().optional(),
        ...facts(shape),
      })
      .meta({ title: "ids", description: "What happened to which record, without any values." }),
  ];
}

function facts({ field, transition }: EventShape): {
  readonly changed: z.ZodArray;
  readonly transitions: z.ZodArray;
} {
  return {
    changed: z
      .array(field ?? z.never())
      .meta({ description: "Names of the watched fields that differ; none on first sight." }),
    transitions: z
      .array(transition)
      .min(1)
      .meta({ description: "All that happened, the most telling first." }),
  };
}
