import type { JsonSchema } from "../../catalogue/json-schema.ts";

/** What may stand at a path of an event. */
export interface Field {
  readonly kinds: readonly ("string" | "boolean" | "integer" | "null" | "json" | "link")[];
  /** An ISO time. */
  readonly time: boolean;
}

/** Every path of an event at payload level `full`, from its root, to what may stand there. */
export function fieldsOf(schema: JsonSchema): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  walk(schema, schema.$defs ?? {}, "", fields);
  return fields;
}

type Definitions = Readonly<Record<string, JsonSchema>>;

function walk(schema: JsonSchema, definitions: Definitions, path: string, fields: Map<string, Field>): void {
  for (const option of optionsOf(schema, definitions)) {
    for (const [name, inner] of Object.entries(option.properties ?? {})) {
      if (typeof inner === "boolean" || inner.not) continue;
      const innerPath = path === "" ? name : `${path}.${name}`;
      if (fields.has(innerPath)) continue;
      fields.set(innerPath, fieldOf(inner, definitions));
      walk(inner, definitions, innerPath, fields);
    }
  }
}

/** `data` is one of three levels, of which the first is the whole. */
function optionsOf(schema: JsonSchema, definitions: Definitions): JsonSchema[] {
  const resolved = resolve(schema, definitions);
  const options = (resolved.anyOf ?? [resolved]).map((option) => resolve(option, definitions));
  return options.some(({ title }) => title === "full") ? options.slice(0, 1) : options;
}

function fieldOf(schema: JsonSchema, definitions: Definitions): Field {
  const kinds = new Set<Field["kinds"][number]>();
  let time = false;
  for (const option of schema.anyOf ?? [schema]) {
    if (option.$ref === "#/$defs/Link") kinds.add("link");
    const { type, format } = resolve(option, definitions);
    for (const kind of kindsOf(type)) kinds.add(kind);
    time ||= format === "date-time";
  }
  return { kinds: [...kinds], time };
}

function kindsOf(type: JsonSchema["type"]): Field["kinds"] {
  const types = typeof type === "string" ? [type] : (type ?? []);
  if (types.length === 0) return ["json", "string"];
  return types.map((one) =>
    one === "string" || one === "boolean" || one === "integer" || one === "null" ? one : "json",
  );
}

function resolve(schema: JsonSchema, definitions: Definitions): JsonSchema {
  const name = schema.$ref?.slice("#/$defs/".length);
  return (name === undefined ? undefined : definitions[name]) ?? schema;
}
