import { z } from "zod";

import { CONNECTION_TRANSITIONS, ENDPOINT_TRANSITIONS } from "../diff/event-types.ts";
import { resources } from "../resources/registry.ts";
import type { Resource } from "../resources/resource.ts";
import type { CatalogueEntry, CatalogueSubject } from "./catalogue-entry.ts";
import { recordSubject, serviceSubject } from "./catalogue-subject.ts";
import { connectionWords } from "./connection.ts";
import { endpointTestWords, endpointWords } from "./endpoint.ts";
import type { EventSchema } from "./event-schema.ts";
import { connectionExample, endpointExample, endpointTestExample } from "./example-service.ts";

/** `endpoint` is there twice: a test is of another shape. */
export const catalogueSubjects: readonly CatalogueSubject[] = [
  ...Object.values<Resource>(resources).map(recordSubject),
  serviceSubject(
    connectionWords,
    CONNECTION_TRANSITIONS.map((name) => [name, () => connectionExample(name)]),
  ),
  serviceSubject(
    endpointWords,
    ENDPOINT_TRANSITIONS.map((name) => [name, () => endpointExample(name)]),
  ),
  serviceSubject(endpointTestWords, [["test", endpointTestExample]]),
];

/** Every event type, in the order of EVENT_TYPES, and `endpoint.test`. */
export const eventCatalogue: readonly CatalogueEntry[] = catalogueSubjects.flatMap(({ entries }) => entries);

/** Any event, told apart by `type`. */
export const anyEventSchema = z.lazy(() =>
  z.discriminatedUnion("type", toOptions(eventCatalogue.map(({ schema }) => schema))),
);

export function findEntry(type: string): CatalogueEntry | undefined {
  return eventCatalogue.find((entry) => entry.type === type);
}

/** There is always a first: the type system wants to see it. */
function toOptions([first, ...rest]: readonly EventSchema[]): [EventSchema, ...EventSchema[]] {
  return [first ?? z.object({ type: z.literal(""), data: z.never() }), ...rest];
}
