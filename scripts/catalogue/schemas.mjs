import { compactJson } from "./compact-json.mjs";

/** One JSON Schema a subject: any of its events. Each type is a definition of its name, and what they share stands once. */
export function renderSchemas({ eventCatalogue }) {
  const subjects = [...new Set(eventCatalogue.map(({ subject }) => subject))];
  return subjects.map((subject) => {
    const events = eventCatalogue.filter((entry) => entry.subject === subject);
    return [`docs/schemas/${subject}.json`, `${compactJson(toSchema(subject, events))}\n`];
  });
}

/** Where the schema of a type is, from the folder of the pages. */
export function schemaPath({ subject, type }) {
  return `../schemas/${subject}.json#/$defs/${type}`;
}

function toSchema(subject, entries) {
  const schemas = entries.map(({ jsonSchema, type }) => {
    // Examples stand on the pages.
    const { $schema, $id: _id, $defs, examples: _examples, ...event } = jsonSchema();
    return { $schema, $defs, type, event };
  });
  return {
    $schema: schemas[0].$schema,
    $id: `urn:cliniko-webhooks:subject:${subject}`,
    title: `Events about: ${subject}`,
    oneOf: schemas.map(({ type }) => ({ $ref: `#/$defs/${type}` })),
    $defs: {
      ...Object.fromEntries(schemas.map(({ type, event }) => [type, event])),
      ...Object.assign({}, ...schemas.map(({ $defs }) => $defs)),
    },
  };
}
