import { OUTLINE } from "../docs/outline.mjs";

/**
 * `llms.txt`, as llmstxt.org has it. Its links are relative: they hold in this repository, and at a service, which has it at
 * /llms.txt and the pages under /docs.
 */
export function renderLlms({ catalogueSubjects, openApi }) {
  const subjects = [...new Set(catalogueSubjects.map(({ subject }) => subject))].map((subject) => {
    const { title, entries } = catalogueSubjects.find((one) => one.subject === subject);
    const types = entries.map(({ type }) => type.slice(subject.length + 1)).join(", ");
    return `- [${subject}](docs/events/${subject}.md): ${title}: ${types}`;
  });
  const tags = new Set(
    Object.values(openApi.paths).flatMap((item) => Object.values(item).flatMap(({ tags: [first] }) => first)),
  );
  const operations = openApi.tags
    .filter(({ name }) => tags.has(name))
    .map(({ name, description }) => `- [API: ${name}](docs/api/${name.toLowerCase()}.md): ${description}`);
  const sections = OUTLINE.map(({ title, optional, pages }) => [
    `## ${optional ? "Optional" : title}`,
    pages
      .filter(({ path }) => path.endsWith(".md") || path.endsWith(".yaml"))
      .map((page) => `- [${page.nav ?? nameOf(page.path)}](${page.path}): ${page.about}`)
      .join("\n"),
  ]);
  const optional = sections.pop();
  return `${[
    "# cliniko-webhooks",
    `> ${ABOUT}`,
    NOTES,
    ...sections.flat(),
    "## Event types by subject",
    subjects.join("\n"),
    "## API by tag",
    operations.join("\n"),
    ...optional,
  ].join("\n\n")}\n`;
}

const ABOUT =
  "Webhooks for Cliniko, the practice-management system that has none: a self-hosted service that reads a clinic's account through Cliniko's public API, finds what changed, and calls your URL with a signed event.";

const NOTES = `Callbacks follow Standard Webhooks: verify the signature over the bytes as they came, answer 2xx within 15 s, then work, and drop a \`webhook-id\` that you have had. A running service has these pages at \`/docs\`, all of the hand-written ones as one text at \`/llms-full.txt\`, and machine-readable descriptions at \`/v1/openapi.json\` and \`/v1/asyncapi.json\`.`;

function nameOf(path) {
  const name = path.split("/").at(-1).replace(/\.md$/, "").replaceAll("-", " ").toLowerCase();
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
