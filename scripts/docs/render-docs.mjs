import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { OUTLINE } from "./outline.mjs";
import { addressOf, createPlaces, sourceOf } from "./places.mjs";
import { SEARCH_PAGE, sectionsIn } from "./search-index.mjs";
import { renderMarkdown } from "./render-markdown.mjs";
import { renderPage } from "./template.mjs";

/** Pages of these are each for a few readers, and too long for all to be read at once: llms-full.txt leaves them out. */
const LONG = /^docs\/(events|api|decisions)(\/|$)/;

/**
 * Everything that the service serves as documentation: path below its folder to text. Pages end in `.html`; their addresses do not.
 * @throws Error naming a page that stands nowhere in the outline, or a link that leads nowhere
 */
export function renderDocs(root) {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const sections = sectionsOf(root, read);
  const pages = sections.flatMap((section) => section.pages.flatMap((page) => [page, ...page.below]));
  const places = createPlaces(
    root,
    pages.map(({ path }) => path),
  );
  const files = new Map([
    ["docs.css", read("dashboard/styles/tokens.css") + read("scripts/docs/docs.css")],
    ["icon.svg", read("dashboard/icon.svg")],
    ["llms.txt", read("llms.txt").replaceAll(/\]\((?!docs\/)/g, "](docs/")],
  ]);
  const { version } = JSON.parse(read("package.json"));
  const index = [];
  for (const { path, title, markdown, address } of pages) {
    const { body, headings } = renderMarkdown(markdown, (href) => places.resolve(path, href));
    const html = renderPage({ title, body, headings, address, sections, version });
    files.set(`${address || "index"}.html`, html);
    // Why it is built as it is helps nobody who looks for what to do.
    if (!path.startsWith("docs/decisions")) index.push(...sectionsIn({ address, title, body }));
    // As it was written, for programs: of decisions they have no use.
    if (!path.startsWith("docs/decisions"))
      files.set(sourceOf(path), path.endsWith(".md") ? places.toSource(path, markdown) : read(path));
  }
  files.set("search.html", renderPage({ ...SEARCH_PAGE, sections, version }));
  files.set("search.js", read("scripts/docs/search.js"));
  files.set("search.json", JSON.stringify(index));
  for (const path of places.alongside) files.set(sourceOf(path), read(path));
  const whole = pages.filter(({ path }) => !LONG.test(path) || path === "docs/events.md");
  files.set(
    "llms-full.txt",
    whole.map(({ path, markdown }) => `<!-- ${path} -->\n\n${markdown}`).join("\n\n"),
  );
  return files;
}

/** The outline, with its pages read, and those below them. */
function sectionsOf(root, read) {
  const pagesIn = (folder, recursive) =>
    readdirSync(join(root, folder), { recursive })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
      .toSorted();
  const toPage = ({ path, nav, under }) => {
    const below = under === undefined ? [] : pagesIn(under, false).map((one) => toPage({ path: one }));
    const markdown = path === under ? listOf(nav, path, below) : markdownOf(path, read);
    const title = /^# (.+)$/m.exec(markdown)?.[1] ?? path;
    return {
      path,
      isList: path === under,
      nav: nav ?? title.replace(/^API: /, ""),
      title,
      address: addressOf(path),
      markdown,
      below,
    };
  };
  const sections = OUTLINE.map(({ title, pages }) => ({ title, pages: pages.map(toPage) }));
  const named = sections
    .flatMap(({ pages }) => pages.flatMap((page) => [page, ...page.below]))
    .map(({ path }) => path);
  const tools = readdirSync(join(root, "integrations")).map((name) => `integrations/${name}/README.md`);
  const forgotten = [...pagesIn("docs", true), ...tools].filter((path) => !named.includes(path));
  if (forgotten.length > 0) throw new Error(`scripts/docs/outline.mjs lacks ${forgotten.join(", ")}`);
  return sections;
}

/** A folder as a page. */
function listOf(title, folder, pages) {
  const name = folder.split("/").at(-1);
  const lines = pages.map((page) => `- [${page.title}](${name}/${page.path.split("/").at(-1)})`);
  return `# ${title}\n\n${lines.join("\n")}\n`;
}

function markdownOf(path, read) {
  const text = read(path);
  if (path.endsWith(".md")) return text;
  return `# Configuration\n\n\`${path}\`: every setting. What begins with \`#\` and a setting is its value when it is left out.\n\n\`\`\`yaml\n${text}\`\`\`\n`;
}
