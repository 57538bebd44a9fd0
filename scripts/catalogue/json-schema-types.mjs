/** The part of JSON Schema that the catalogue uses, as TypeScript. Anything else is an error, not a guess. */
export function toTypeScript(schema) {
  const { $ref, anyOf, type } = schema;
  if ($ref) return $ref.slice("#/$defs/".length);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (anyOf) return anyOf.map(toTypeScript).join(" | ");
  if (Array.isArray(type)) return type.map((one) => toTypeScript({ ...schema, type: one })).join(" | ");
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `ReadonlyArray<${toTypeScript(schema.items)}>`;
    case "object":
      return `{ ${toFields(schema).join(" ")} }`;
    case undefined:
      return "unknown";
    default:
      throw new Error(`no TypeScript for ${JSON.stringify(schema)}`);
  }
}

export function toInterface(name, schema) {
  return `${toDocComment(schema.description)}export interface ${name} {
  ${toFields(schema).join("\n  ")}
}`;
}

export function toDocComment(text) {
  if (text === undefined) return "";
  return `/** ${text.replaceAll("*/", "* /")} */\n`;
}

function toKey(name) {
  return /^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name);
}

/** The members of an interface, each with its words. */
export function toFields({ properties, required = [] }) {
  return Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? "" : "?";
    return `${toDocComment(schema.description)}readonly ${toKey(name)}${optional}: ${toTypeScript(schema)};`;
  });
}
