import { compactJson } from "./compact-json.mjs";
import { NOTICE, fillBlocks, inCell, renderTable } from "./markdown.mjs";
import { schemaPath } from "./schemas.mjs";

/** `docs/events.md`: written by hand, but for what is between its markers. */
export function renderOverview({ GROUPS, catalogueSubjects, eventCatalogue, renderPayload }, page) {
  const ofService = catalogueSubjects.filter(({ group }) => group === undefined);
  const groups = Object.entries(GROUPS).flatMap(([name, title]) => {
    const subjects = catalogueSubjects.filter(({ group }) => group === name);
    if (subjects.length === 0) return [];
    return [`## ${title}`, ...subjects.map(renderSection)].join("\n\n");
  });
  const blocks = [
    ["levels", renderLevels(eventCatalogue, renderPayload)],
    ["records", groups.join("\n\n")],
    ...ofService.map((subject) => [subject.name, renderOverviewOf(subject)]),
  ];
  return fillBlocks("docs/events.md", page, blocks);
}

/** Pages lie a folder deeper than the overview. */
function renderSection(subject) {
  const about = subject.about.replaceAll(/\]\((?=[a-z_]+\.md\))/g, "](events/");
  return `### ${subject.title}\n\n${about}\n\n${renderOverviewOf(subject)}`;
}

function renderOverviewOf(subject) {
  const page = `events/${subject.subject}.md`;
  return `${renderTypes(subject)}\n\nFields, schemas and an example of each: [${page}](${page}).`;
}

/** One event at every payload level. Only `data` differs. */
function renderLevels(eventCatalogue, renderPayload) {
  const { example } = eventCatalogue.find(({ type }) => type === "appointment.rescheduled");
  const [full, ...rest] = ["full", "changes", "ids"].map((level) => [
    level,
    JSON.parse(renderPayload(example, [], level, [])),
  ]);
  return [[full[0], full[1]], ...rest.map(([level, { data }]) => [level, { data }])]
    .map(([level, event]) => `\`${level}\`:\n\n\`\`\`json\n${compactJson(event)}\n\`\`\``)
    .join("\n\n");
}

/** One page a subject: its types, its fields, an example of each type. */
export function renderPages({ catalogueSubjects }) {
  const names = [...new Set(catalogueSubjects.map(({ subject }) => subject))];
  return names.map((name) => {
    const subjects = catalogueSubjects.filter(({ subject }) => subject === name);
    return [`docs/events/${name}.md`, `${[NOTICE, ...subjects.map(renderSubject)].join("\n\n")}\n`];
  });
}

function renderSubject(subject, index) {
  const heading = "#".repeat(index + 1);
  const parts = [
    `${heading} ${subject.title}`,
    subject.about,
    renderTypes(subject, true),
    `${heading}# \`data.object\``,
    subject.record.meta().description,
    renderFields(subject),
    `${heading}# Examples`,
    EXAMPLES,
    ...subject.entries.map(renderExample),
  ];
  return parts.join("\n\n");
}

const EXAMPLES = "At payload level `full`, without sensitive fields.";

function renderTypes({ entries }, linked = false) {
  const rows = entries.map(({ subject, type, when, notWhen }) => [
    `\`${type}\``,
    ...[when, notWhen ?? ""].map(inCell),
    ...(linked ? [`[schema](${schemaPath({ subject, type })})`] : []),
  ]);
  return renderTable(["type", "when", "not when", ...(linked ? [""] : [])], rows);
}

function renderFields({ entries, record, watched, sensitive }) {
  const properties = entries[0]?.jsonSchema().$defs?.[record.meta().id]?.properties ?? {};
  const isSection = (path) => [...watched, ...sensitive].some((name) => name.startsWith(`${path}.`));
  const rows = fieldsIn(properties, isSection).map(([name, schema]) => [
    `\`${name}\``,
    kindOf(schema),
    ...(watched.length > 0 ? [watched.includes(name) ? "yes" : ""] : []),
    inCell((schema.description ?? "").replace(/ Sensitive: .*$/, "")) +
      (sensitive.includes(name) ? " **Sensitive**" : ""),
  ]);
  const table = renderTable(["field", "kind", ...(watched.length > 0 ? ["watched"] : []), "what"], rows);
  if (watched.length === 0) return table;
  return `${table}

A change of a **watched** field makes an event; of any other, none. **Sensitive** fields are left out of every payload unless
the endpoint's \`include\` names them; that they changed is told all the same. Fields that Cliniko leaves out are left out
here.`;
}

/** Fields by their paths, through the sections that they are in. */
function fieldsIn(properties, isSection, above = "") {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = above + name;
    const inner = [schema, ...(schema.anyOf ?? [])].find((one) => one.properties)?.properties;
    return inner && isSection(path) ? fieldsIn(inner, isSection, `${path}.`) : [[path, schema]];
  });
}

function renderExample({ type, title, example }) {
  return `<details>
<summary><code>${type}</code>: ${title.toLowerCase()}</summary>

\`\`\`json
${compactJson(example)}
\`\`\`

</details>`;
}

function kindOf(schema) {
  const { $ref, anyOf, type, format } = schema;
  if ($ref) return $ref.slice("#/$defs/".length).replace("Link", "link");
  if (anyOf) return anyOf.map(kindOf).join(" or ");
  if (schema.enum) return "text";
  if (Array.isArray(type)) return type.map((one) => kindOf({ ...schema, type: one })).join(" or ");
  if (format === "date-time" && type !== "null") return "time";
  if (type === "string") return "text";
  if (type === "array") return `list of ${kindOf(schema.items)}`;
  return type ?? "any";
}
