import { describe, expect, test } from "vitest";
import { z } from "zod";

import { anyEventSchema, catalogueSubjects, eventCatalogue } from "../../src/catalogue/event-catalogue.ts";
import { buildTriggeredEvent } from "../../src/cli/trigger/trigger.ts";
import { SENSITIVE } from "../../src/resources/field.ts";
import { ENDPOINT_TRANSITIONS, EVENT_TYPES } from "../../src/diff/event-types.ts";
import { type PayloadLevel, type WebhookEvent, renderPayload } from "../../src/diff/event.ts";
import { resources, sensitiveFieldsOf } from "../../src/resources/registry.ts";
import type { Projection } from "../../src/resources/resource.ts";
import { assertCatalogued } from "../support/assert-catalogued.ts";

const LEVELS: readonly PayloadLevel[] = ["full", "changes", "ids"];
const exampleOf = (type: string): WebhookEvent =>
  structuredClone(eventCatalogue.find((entry) => entry.type === type)?.example) as WebhookEvent;

test("the catalogue has every event type in its order, and the test of an endpoint", () => {
  expect(eventCatalogue.map(({ type }) => type)).toEqual([...EVENT_TYPES, "endpoint.test"]);
});

test("no words are left over: every occasion has its event type", () => {
  const subjects = new Map(catalogueSubjects.map((subject) => [subject.name, subject]));
  expect(subjects.get("Endpoint")?.entries).toHaveLength(ENDPOINT_TRANSITIONS.length);
  for (const { entries, transitions } of subjects.values())
    expect(transitions.length).toBeGreaterThanOrEqual(entries.length);
});

describe.each(eventCatalogue)("$type", (entry) => {
  const { type, subject, schema, example, when, title } = entry;

  test("has an example that is of its type, and just what its schema says", () => {
    const { type: ofExample, subject: about, data } = example as WebhookEvent;
    expect(ofExample).toBe(type);
    expect(about.type).toBe(subject);
    expect(`${subject}.${data.transitions[0]}`).toBe(type);
    expect(schema.parse(example)).toEqual(example);
    assertCatalogued(example);
  });

  test("has an example that is as catalogued at every payload level, without sensitive fields", () => {
    const sensitive = sensitiveFieldsOf(subject);
    for (const level of LEVELS)
      assertCatalogued(JSON.parse(renderPayload(example as WebhookEvent, sensitive, level, [])));
    const { object, previous } = (example as WebhookEvent).data;
    const names = Object.keys({ ...object, ...previous });
    expect(names.filter((name) => sensitive.includes(name))).toEqual([]);
  });

  test("can be triggered, as catalogued", () => {
    const built = buildTriggeredEvent(type, {}, Date.parse("2027-03-04T05:06:07Z"));
    if (built.kind === "refused") throw new Error(built.problems.join("\n"));
    expect(built.event).toMatchObject({ type, origin: "test", timestamp: "2027-03-04T05:06:07Z" });
    assertCatalogued(JSON.parse(renderPayload(built.event, sensitiveFieldsOf(subject), "full", [])));
  });

  test("has a JSON Schema that takes its example and not another type's", () => {
    const fromJson = z.fromJSONSchema(entry.jsonSchema());
    const other = eventCatalogue.find((one) => one.type !== type)?.example;
    expect(fromJson.safeParse(example).error).toBeUndefined();
    expect(fromJson.safeParse(other).success).toBe(false);
  });

  test("has a JSON Schema in which everything is explained", () => {
    const { $id, title: heading, description, examples, properties, $defs } = entry.jsonSchema();
    expect($id).toBe(`urn:cliniko-webhooks:event:${type}`);
    expect(heading).toBe(title);
    expect(description).toContain(when);
    expect(examples).toEqual([example]);
    const parts = Object.values($defs ?? {}).filter((part) => part.title !== undefined);
    const fields = [properties, ...parts.map((part) => part.properties)].flatMap((all) =>
      Object.entries(all ?? {}),
    );
    const unexplained = fields.filter(([, field]) => typeof field === "object" && !field.description);
    // At several levels, each of them explains itself.
    expect(unexplained.filter(([name]) => name !== "data")).toEqual([]);
  });
});

describe("a record's schema", () => {
  const subjects = catalogueSubjects.filter(({ watched }) => watched.length > 0);

  test.each(Object.values<Projection>(resources))(
    "of a $subject knows every field that is documented, and marks the sensitive ones",
    ({ subject, fields, noise, secret, sensitive }) => {
      const { record } = subjects.find((known) => known.subject === subject) ?? {};
      const shape = inPaths(record?.shape ?? {}, [...Object.keys(fields), ...noise]);
      const served = [...Object.keys(fields), ...noise].filter((name) => !secret.includes(name));
      expect(Object.keys(shape).toSorted()).toEqual(served.toSorted());
      const marked = Object.entries(shape).filter(([, field]) => field.meta()?.[SENSITIVE] === true);
      expect(marked.map(([name]) => name).toSorted()).toEqual([...sensitive].toSorted());
      expect(z.object(Object.fromEntries(marked)).safeParse({}).success).toBe(true);
    },
  );
});

/** Fields by their paths, through the sections that they are in. */
function inPaths(
  shape: Readonly<Record<string, z.ZodType>>,
  names: readonly string[],
): Record<string, z.ZodType> {
  const fields = Object.entries(shape).flatMap(([name, schema]): [string, z.ZodType][] => {
    const inner = names
      .filter((path) => path.startsWith(`${name}.`))
      .map((path) => path.slice(name.length + 1));
    const section = unwrapped(schema);
    if (inner.length === 0 || !(section instanceof z.ZodObject)) return [[name, schema]];
    return Object.entries(inPaths(section.shape, inner)).map(([path, one]) => [`${name}.${path}`, one]);
  });
  return Object.fromEntries(fields);
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodExactOptional || schema instanceof z.ZodNullable
    ? unwrapped(schema.unwrap())
    : schema;
}

describe("an event is refused", () => {
  const refused = (change: (event: WebhookEvent) => unknown): boolean => {
    const event = exampleOf("appointment.rescheduled");
    const changed = change(event) ?? event;
    return !anyEventSchema.safeParse(changed).success;
  };

  test("when nothing is wrong with it, it is not", () => {
    expect(refused(() => undefined)).toBe(false);
  });

  test.each<[string, (event: WebhookEvent) => unknown]>([
    ["of a type that there is not", (event) => ({ ...event, type: "appointment.moved" })],
    ["about another subject", (event) => ({ ...event, subject: { type: "patient", id: "1" } })],
    ["with a transition of another subject", (event) => void event.data.transitions.push("merged")],
    ["without any transition", (event) => void event.data.transitions.splice(0)],
    ["with a change of a field that is not watched", (event) => void event.data.changed.push("label")],
    ["without its record", (event) => ({ ...event, data: { ...event.data, object: null } })],
    ["with a record without its time", (event) => void delete event.data.object?.["starts_at"]],
    ["with a record and present values", (event) => void (event.data.current = {})],
    ["with an id of another kind", (event) => ({ ...event, id: "msg_1" })],
    ["with fractions of a second", (event) => ({ ...event, timestamp: "2026-11-22T03:15:00.500Z" })],
  ])("%s", (_title, change) => {
    expect(refused(change)).toBe(true);
  });
});

test("only what was deleted may come without its record", () => {
  const withoutRecord = ({ schema, example }: (typeof eventCatalogue)[number]): boolean => {
    const { data, ...event } = example as WebhookEvent;
    const gone = { object: null, previous: {}, changed: data.changed, transitions: data.transitions };
    // What has values and no record is neither `full` nor `ids`.
    const named = { ...gone, previous: { archived_at: null } };
    return schema.safeParse({ ...event, data: named }).success;
  };
  const types = eventCatalogue.filter(withoutRecord).map(({ type }) => type);
  expect(types).toEqual(EVENT_TYPES.filter((type) => /\.(deleted|withdrawn|unpublished)$/.test(type)));
});

test("a field that Cliniko adds is no fault of the event", () => {
  const event = exampleOf("patient.updated");
  if (event.data.object) event.data.object["favourite_colour"] = "green";
  assertCatalogued(event);
});

test("a field that we add is no fault for a reader, and one for the contract", () => {
  const event = { ...exampleOf("patient.updated"), extra: 1 };
  expect(anyEventSchema.safeParse(event).success).toBe(true);
  expect(() => {
    assertCatalogued(event);
  }).toThrow(/extra/);
});

test("a schema and an example are made once, and are the same from then on", () => {
  for (const entry of eventCatalogue) {
    expect(entry.schema).toBe(entry.schema);
    expect(entry.example).toBe(entry.example);
  }
});
