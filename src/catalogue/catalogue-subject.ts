import { z } from "zod";

import { once } from "../shared/once.ts";
import type { Resource } from "../resources/resource.ts";
import type { CatalogueEntry, CatalogueSubject } from "./catalogue-entry.ts";
import { type EventShape, eventSchemaOf } from "./event-schema.ts";
import { toEventJsonSchema } from "./json-schema.ts";
import { makeExample } from "./make-example.ts";
import { capitalise, fieldSchemas, recordSchemaOf, typeNameOf } from "./record-schema.ts";
import { moreSchemas } from "./related-schema.ts";
import type { SubjectWords } from "./subject.ts";

/** An example of each transition, in the order of the event types. */
type Examples = readonly (readonly [transition: string, example: () => object])[];

type Words = Omit<SubjectWords, "record">;
type Shape = Pick<EventShape, "record" | "values" | "field" | "transition" | "more">;

/**
 * A kind of record, as its definition says. Schemas and examples are made when they are asked for: most processes need those
 * of none.
 */
export function recordSubject(resource: Resource): CatalogueSubject {
  const { deletedAs, fields, group, sensitive, remarks, shape: all, transitions: told } = resource;
  const words = wordsOf(resource);
  const watched = Object.keys(fields);
  const transitions = [...told, ...remarks];
  const shape = once(() => {
    const schemas = fieldSchemas(all);
    const record = recordSchemaOf(resource, schemas);
    return {
      record,
      values: toValues(words, schemas, watched),
      field: z
        .enum(watched)
        .meta({ id: `${words.name}Field`, description: "A field whose change makes an event." }),
      transition: toTransition(words, transitions),
      more: moreSchemas(resource),
    };
  });
  const examples = told.map((transition) => [transition, () => makeExample(resource, transition)] as const);
  return {
    ...toFacts(words),
    get record() {
      return shape().record;
    },
    group,
    watched,
    transitions,
    sensitive,
    deletedAs,
    entries: toEntries(words, shape, examples, deletedAs),
  };
}

function wordsOf(resource: Resource): Words {
  const { about, events, noun, subject, tells, title } = resource;
  const occasions = Object.entries(tells).map(([name, { title: usual, when, notWhen }]) => {
    const said = { title: usual, when, ...(notWhen === undefined ? {} : { notWhen }), ...events[name] };
    return [name, { ...said, title: said.title.replace("{it}", capitalise(noun)) }] as const;
  });
  return {
    subject,
    title,
    name: typeNameOf(subject),
    about,
    occasions: Object.fromEntries(occasions),
  };
}

/** What is told of the service itself: nothing of it is watched, and one transition is one event. */
export function serviceSubject(words: SubjectWords, examples: Examples): CatalogueSubject {
  const transitions = examples.map(([transition]) => transition);
  const { record } = words;
  const shape = once(() => ({
    record,
    values: z.strictObject({}),
    field: undefined,
    transition: toTransition(words, transitions),
    more: {},
  }));
  return {
    ...toFacts(words),
    record,
    group: undefined,
    watched: [],
    transitions,
    sensitive: [],
    deletedAs: undefined,
    entries: toEntries(words, shape, examples),
  };
}

function toFacts({ about, name, subject, title }: Words): Omit<Words, "occasions"> {
  return { subject, title, name, about };
}

function toValues(
  { name, subject }: Words,
  schemas: Readonly<Record<string, z.ZodType>>,
  watched: readonly string[],
): z.ZodObject {
  const fields = Object.entries(schemas).filter(([field]) => watched.includes(field));
  return z
    .object(Object.fromEntries(fields))
    .partial()
    .meta({
      id: `${name}Values`,
      title: `Values of ${subject} fields`,
      description: "Of watched fields only, spelled as Cliniko does; null: not set.",
    });
}

function toTransition({ name }: Words, transitions: readonly string[]): z.ZodType {
  return z.enum(transitions).meta({ id: `${name}Transition`, description: "One thing that happened." });
}

function toEntries(
  { subject, occasions }: Words,
  shape: () => Shape,
  examples: Examples,
  deletedAs?: string,
): CatalogueEntry[] {
  return examples.flatMap(([transition, make]) => {
    const example = once(make);
    const occasion = occasions[transition];
    if (!occasion) return [];
    const { title, when, notWhen } = occasion;
    const type = `${subject}.${transition}`;
    const schema = once(() =>
      eventSchemaOf({
        ...shape(),
        type,
        subject,
        title,
        description: `Sent when ${when}.${notWhen === undefined ? "" : ` Not when: ${notWhen}.`}`,
        recordMayBeGone: shape().field !== undefined && transition === deletedAs,
        example: example(),
      }),
    );
    return [
      {
        type,
        subject,
        title,
        when,
        notWhen,
        get schema() {
          return schema();
        },
        get example() {
          return example();
        },
        jsonSchema: once(() => toEventJsonSchema(schema())),
      },
    ];
  });
}
