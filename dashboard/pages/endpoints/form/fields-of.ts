export interface SensitiveField {
  readonly name: string;
  readonly description: string;
}

export interface EventFields {
  /** Those whose change makes an event. */
  readonly watched: readonly string[];
  readonly sensitive: readonly SensitiveField[];
  /** Links whose records can come along. */
  readonly links: readonly string[];
}

/** Of several types: each name once. */
export function mergeFields(all: readonly EventFields[]): EventFields {
  const sensitive = new Map(all.flatMap((fields) => fields.sensitive.map((field) => [field.name, field])));
  return {
    watched: [...new Set(all.flatMap(({ watched }) => watched))].toSorted(),
    links: [...new Set(all.flatMap(({ links }) => links))].toSorted(),
    sensitive: [...sensitive.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1)),
  };
}

/** Reads them out of the JSON Schema of an event type: `$defs` names the watched ones, and marks the sensitive ones. */
export function fieldsOf(schema: unknown): EventFields {
  const definitions = Object.entries(recordOf(recordOf(schema)["$defs"]));
  const watched = definitions.flatMap(([name, definition]) => {
    const names: unknown = recordOf(definition)["enum"];
    return name.endsWith("Field") && Array.isArray(names) ? names.map(String) : [];
  });
  // What comes along of other records is theirs, and asked for with them.
  const own = definitions.filter(([name]) => !name.endsWith("AsRead"));
  const sensitive = own.flatMap(([, definition]) =>
    Object.entries(recordOf(recordOf(definition)["properties"])).flatMap(([name, property]) => {
      const { description, "x-sensitive": mark } = recordOf(property);
      return mark === true ? [{ name, description: toFirstSentence(description) }] : [];
    }),
  );
  const links = definitions.flatMap(([name, definition]) =>
    name.endsWith("Related") ? Object.keys(recordOf(recordOf(definition)["properties"])) : [],
  );
  return mergeFields([{ watched, sensitive, links }]);
}

function toFirstSentence(description: unknown): string {
  return typeof description === "string" ? (description.split(" Sensitive: ")[0] ?? "") : "";
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
