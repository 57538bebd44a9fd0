import { z } from "zod";

import { EVENT_TYPES } from "../diff/event-types.ts";
import { identity } from "../diff/facts.ts";
import { type Projection, projections } from "../diff/projections.ts";
import type { CatalogueEntry, CatalogueSubject } from "./catalogue-entry.ts";
import { type EventShape, eventSchemaOf } from "./event-schema.ts";
import { toEventJsonSchema } from "./json-schema.ts";
import { type RecordExample, makeExample } from "./make-example.ts";
import type { SubjectWords } from "./subject.ts";

/** An example of each transition, in the order of the event types. */
type Examples = readonly (readonly [transition: string, example: object])[];

/**
 * A kind of record: what is watched, what can happen and what is sensitive come from its projection, the rest from the
 * catalogue's own words and examples. A transition that one of the two lacks has no entry, which a test notices.
 */
export function recordSubject(
  words: SubjectWords,
  resource: keyof typeof projections,
  ordinary: Readonly<Record<string, unknown>>,
  examples: Readonly<Record<string, RecordExample>>,
): CatalogueSubject {
  const projection: Projection = projections[resource];
  const told = EVENT_TYPES.filter((type) => type.startsWith(`${words.subject}.`)).map(transitionOf);
  const identities = projection.facts.includes(identity)
    ? identity.fields.map((field) => `${field}_changed`)
    : [];
  const watched = Object.keys(projection.fields);
  const made = told.flatMap((transition) => {
    const example = examples[transition];
    return example ? [[transition, makeExample(resource, ordinary, example)] as const] : [];
  });
  const transitions = [...told, ...identities];
  const shape = {
    values: toValues(words, watched),
    field: z
      .enum(watched)
      .meta({ id: `${words.name}Field`, description: "A field whose change makes an event." }),
    transition: toTransition(words, transitions),
  };
  return {
    ...toFacts(words),
    watched,
    transitions,
    sensitive: projection.sensitive,
    entries: toEntries(words, shape, made),
  };
}

/** What is told of the service itself: nothing of it is watched, and one transition is one event. */
export function serviceSubject(words: SubjectWords, examples: Examples): CatalogueSubject {
  const transitions = examples.map(([transition]) => transition);
  const shape = {
    values: z.strictObject({}),
    field: undefined,
    transition: toTransition(words, transitions),
  };
  return {
    ...toFacts(words),
    watched: [],
    transitions,
    sensitive: [],
    entries: toEntries(words, shape, examples),
  };
}

function toFacts({ occasions: _occasions, ...facts }: SubjectWords): Omit<SubjectWords, "occasions"> {
  return facts;
}

function toValues({ name, subject, record }: SubjectWords, watched: readonly string[]): z.ZodObject {
  const fields = Object.entries(record.shape).filter(([field]) => watched.includes(field));
  return z
    .object(Object.fromEntries(fields))
    .partial()
    .meta({
      id: `${name}Values`,
      title: `Values of ${subject} fields`,
      description: "Of watched fields only, spelled as Cliniko does; null: not set.",
    });
}

function toTransition({ name }: SubjectWords, transitions: readonly string[]): z.ZodType {
  return z.enum(transitions).meta({ id: `${name}Transition`, description: "One thing that happened." });
}

function toEntries(
  { subject, record, occasions }: SubjectWords,
  shape: Pick<EventShape, "values" | "field" | "transition">,
  examples: Examples,
): CatalogueEntry[] {
  return examples.flatMap(([transition, example]) => {
    const occasion = occasions[transition];
    if (!occasion) return [];
    const { title, when, notWhen } = occasion;
    const type = `${subject}.${transition}`;
    const schema = eventSchemaOf({
      ...shape,
      type,
      subject,
      title,
      description: `Told when ${when}.${notWhen === undefined ? "" : ` Not when: ${notWhen}.`}`,
      record,
      recordMayBeGone: shape.field !== undefined && transition === "deleted",
      example,
    });
    const jsonSchema = (): ReturnType<CatalogueEntry["jsonSchema"]> => toEventJsonSchema(schema);
    return [{ type, subject, title, when, notWhen, schema, example, jsonSchema }];
  });
}

function transitionOf(type: string): string {
  return type.slice(type.indexOf(".") + 1);
}
