import { compactJson } from "./compact-json.mjs";
import { boundsOf, kindOf, renderOwnFields } from "./api-fields.mjs";
import { NOTICE, fillBlocks, inCell, renderTable } from "./markdown.mjs";

const PLACE = "#/components/schemas/";
/** Where a service listens unless it is told otherwise. */
const SERVICE = "http://127.0.0.1:8321";

/** `docs/api.md`, written by hand but for what is between its markers, and a page for each tag of the OpenAPI document. */
export function renderApi({ openApi, problems }, page) {
  const tags = tagsOf(openApi);
  const homes = homesOf(openApi, tags);
  return [
    [
      "docs/api.md",
      fillBlocks("docs/api.md", page, [
        ["operations", renderOverview(tags)],
        ["problems", renderProblems(problems)],
      ]),
    ],
    ...tags.map((tag) => [pathOf(tag), renderPage(tag, openApi, homes)]),
  ];
}

/** Tags with what they hold: operations in the order in which they were declared. */
function tagsOf({ tags, paths }) {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
  return tags
    .map((tag) => ({ ...tag, operations: operations.filter(({ tags: [first] }) => first === tag.name) }))
    .filter((tag) => tag.operations.length > 0);
}

function pathOf({ name }) {
  return `docs/api/${name.toLowerCase()}.md`;
}

/** The page on which each schema stands: that of the first operation that needs it. */
function homesOf({ components }, tags) {
  const homes = new Map();
  for (const tag of tags) {
    for (const name of refsFrom(tag.operations, components.schemas)) {
      if (!homes.has(name)) homes.set(name, tag.name);
    }
  }
  return homes;
}

function refsFrom(node, schemas, found = new Set()) {
  if (typeof node !== "object" || node === null) return found;
  if (typeof node.$ref === "string" && node.$ref.startsWith(PLACE)) {
    const name = node.$ref.slice(PLACE.length);
    if (!found.has(name)) {
      found.add(name);
      refsFrom(schemas[name], schemas, found);
    }
  }
  for (const value of Object.values(node)) refsFrom(value, schemas, found);
  return found;
}

function renderOverview(tags) {
  return tags
    .map((tag) => {
      const page = pathOf(tag).slice("docs/".length);
      const rows = tag.operations.map((operation) => [
        `[${operation.summary}](${page}#${anchorOf(operation.summary)})`,
        `\`${operation.method} ${operation.path}\``,
        rolesOf(operation),
      ]);
      return `### ${tag.name}\n\n${tag.description}\n\n${renderTable(["", "", "who may"], rows)}`;
    })
    .join("\n\n");
}

/** A heading for each code: what an answer's \`code\` is looked up by. */
function renderProblems(problems) {
  return problems.map(({ code, status, meaning }) => `### ${code}\n\n\`${status}\`. ${meaning}`).join("\n\n");
}

function renderPage(tag, openApi, homes) {
  const schemas = [...homes].filter(([, home]) => home === tag.name).map(([name]) => name);
  schemas.sort((left, right) => (left < right ? -1 : 1));
  const link = (name) => {
    const home = homes.get(name);
    const page = home === tag.name ? "" : `${home.toLowerCase()}.md`;
    return `[${name}](${page}#${anchorOf(name)})`;
  };
  const parts = [
    NOTICE,
    `# API: ${tag.name}`,
    `${tag.description} What holds for every request: [the API](../api.md).`,
    ...tag.operations.flatMap((operation) => renderOperation(operation, link)),
    ...(schemas.length === 0 ? [] : ["## Schemas"]),
    ...schemas.flatMap((name) => renderSchema(name, openApi.components.schemas[name], link)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function renderOperation(operation, link) {
  const { method, path, summary, description, parameters = [], requestBody, responses } = operation;
  const body = Object.values(requestBody?.content ?? {})[0];
  return [
    `## ${summary}`,
    `\`${method} ${path}\` · ${rolesOf(operation)}`,
    ...(description ? [description] : []),
    ...(parameters.length === 0 ? [] : [renderParameters(parameters, link)]),
    ...(body?.schema ? renderBody(body.schema, link) : []),
    `\`\`\`sh\n${curlOf(operation, body?.example)}\n\`\`\``,
    ...Object.entries(responses)
      .filter(([status]) => status < "400")
      .flatMap(([status, response]) => renderAnswer(status, response, link)),
    ...renderFaults(responses),
  ];
}

function renderBody(schema, link) {
  const fields = renderOwnFields(schema, link);
  return schema.$ref ? [`**Body**: ${fields}`] : ["**Body**", fields];
}

function renderParameters(parameters, link) {
  const rows = parameters.map(({ name, in: place, required, schema, description }) => {
    const said = [description ?? schema.description ?? "", boundsOf(schema)].filter(Boolean).join(" ");
    return [`\`${name}\``, required ? `${place}, required` : place, kindOf(schema, link), inCell(said)];
  });
  return renderTable(["parameter", "in", "kind", "what"], rows);
}

function renderAnswer(status, { description, content }, link) {
  const media = Object.entries(content ?? {});
  const [, first] = media[0] ?? [];
  const types = media.map(([type]) => `\`${type}\``).join(" or ");
  const kind = first?.schema?.$ref ? ` ${link(first.schema.$ref.slice(PLACE.length))}.` : "";
  const head = `**${status}** ${description}${kind}${media.length > 1 ? ` As ${types}.` : ""}`;
  if (first?.schema === undefined) return [head];
  const example =
    first.example === undefined
      ? []
      : [
          `<details>\n<summary>Example</summary>\n\n\`\`\`json\n${compactJson(first.example)}\n\`\`\`\n\n</details>`,
        ];
  return [head, ...(first.schema.$ref ? [] : [renderOwnFields(first.schema, link)]), ...example];
}

/** Those that only some operations have; the others stand on the page of all. */
const EVERYWHERE = new Set(["400", "401", "403", "413", "415", "429", "500", "503"]);

function renderFaults(responses) {
  const own = Object.entries(responses).filter(([status]) => status >= "400" && !EVERYWHERE.has(status));
  if (own.length === 0) return [];
  const rows = own.map(([status, { description }]) => [`\`${status}\``, inCell(description)]);
  return [renderTable(["refused", "when"], rows)];
}

function renderSchema(name, schema, link) {
  const about = [schema.description, boundsOf(schema)].filter(Boolean).join(" ");
  return [`### ${name}`, ...(about ? [about] : []), renderOwnFields(schema, link)].filter(Boolean);
}

function rolesOf({ "x-roles": roles }) {
  return roles.length === 0 ? "anyone" : roles.join(", ");
}

/** A line of shell that does it, with the document's own examples. */
function curlOf({ method, path, parameters = [], requestBody, security, "x-roles": roles }, example) {
  const filled = parameters
    .filter(({ in: place }) => place === "path")
    .reduce(
      (text, { name, schema }) => text.replace(`{${name}}`, String(schema.examples?.[0] ?? `<${name}>`)),
      path,
    );
  const url = SERVICE + filled;
  const quoted = /[<>]/.test(url) ? `"${url}"` : url;
  const lines = [
    `curl ${method === "GET" ? "" : `-X ${method} `}${quoted}`,
    ...(roles.length === 0 || security?.length === 0 ? [] : ['-H "authorization: Bearer $TOKEN"']),
    ...(requestBody ? [`-H "content-type: application/json"`] : []),
    ...(example === undefined ? [] : [`-d '${JSON.stringify(example).replaceAll("'", String.raw`'\''`)}'`]),
  ];
  return lines.join(" \\\n  ");
}

/** As GitHub makes them. */
function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}
