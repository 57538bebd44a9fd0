import { inCell, renderTable } from "./markdown.mjs";

const PLACE = "#/components/schemas/";

/** The fields of a schema as a table, those of objects without a name of their own by their paths; one word where it has none. */
export function renderOwnFields(schema, link) {
  if (schema.$ref) return `${kindOf(schema, link)}.`;
  const rows = rowsOf(schema, link, "", new Set(schema.required));
  if (rows.length > 0) return renderTable(["field", "kind", "what"], rows);
  const choices = choicesOf(schema);
  if (choices.length > 1) return `One of: ${choices.map((choice) => kindOf(choice, link)).join(", ")}.`;
  return `${capital(kindOf(schema, link))}. ${boundsOf(schema)}`.trim();
}

function rowsOf(schema, link, above, required) {
  const inner = objectIn(schema);
  if (!inner?.properties) return [];
  return Object.entries(inner.properties).flatMap(([name, field]) => {
    const path = above + name;
    const said = [field.description, boundsOf(field)].filter(Boolean).join(" ");
    const kind = kindOf(field, link) + (required.has(name) ? "" : ", optional");
    const below = objectIn(field) ?? objectIn(field.items ?? {});
    const mark = objectIn(field) ? "." : "[].";
    return [
      [`\`${path}\``, kind, inCell(said)],
      ...rowsOf(below ?? {}, link, path + mark, new Set(below?.required)),
    ];
  });
}

/** Itself or the one among its choices that has fields and no name. */
function objectIn(schema) {
  return [schema, ...choicesOf(schema)].find(({ properties }) => properties);
}

function choicesOf({ anyOf = [], oneOf = [] }) {
  return [...anyOf, ...oneOf];
}

export function kindOf(schema, link) {
  const { $ref, type, format, items } = schema;
  if ($ref) return link($ref.slice(PLACE.length));
  if ("const" in schema) return `\`${JSON.stringify(schema.const)}\``;
  const choices = choicesOf(schema);
  if (choices.length > 0) return [...new Set(choices.map((choice) => kindOf(choice, link)))].join(" or ");
  if (Array.isArray(type)) return type.map((one) => kindOf({ ...schema, type: one }, link)).join(" or ");
  if (type === "array") return items ? `list of ${kindOf(items, link)}` : "list";
  if (format === "date-time" && type !== "null") return "time";
  if (type === "string") return "text";
  return type ?? "anything";
}

/** What a value may be, in words. */
export function boundsOf(schema) {
  const { enum: values, minimum, maximum, minLength, maxLength, maxItems } = schema;
  const choices = choicesOf(schema).map(boundsOf).filter(Boolean);
  return [
    ...(values ? [`One of ${values.map((value) => `\`${value}\``).join(", ")}.`] : []),
    ...rangeOf(minimum, maximum, ""),
    ...rangeOf(minLength, maxLength, " characters"),
    ...(maxItems === undefined ? [] : [`At most ${maxItems}.`]),
    ...("default" in schema ? [`Default: \`${JSON.stringify(schema.default)}\`.`] : []),
    ...new Set(choices),
  ].join(" ");
}

function rangeOf(least, most, unit) {
  if (least !== undefined && most !== undefined) return [`${least} to ${most}${unit}.`];
  if (most !== undefined) return [`At most ${most}${unit}.`];
  return least === undefined ? [] : [`At least ${least}${unit}.`];
}

function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
