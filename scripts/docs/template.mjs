import { relative } from "./places.mjs";
import { escape } from "./render-markdown.mjs";

/** A page as it is served: nothing inline, nothing from elsewhere, links that hold below any path, and no script but where one is named. */
export function renderPage({ title, body, headings, address, sections, version, script }) {
  const to = (target) => escape(relative(address, target));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · cliniko-webhooks</title>
<link rel="icon" href="${to("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${to("docs.css")}">${script === undefined ? "" : `\n<script type="module" src="${to(script)}"></script>`}
</head>
<body>
<a class="skip" href="#page">Skip to the page</a>
<header>
<a class="home" href="${to("")}">cliniko-webhooks <span>${escape(version)}</span></a>
<a class="to-pages" href="#pages">All pages</a>
<a href="${to("search")}">Search</a>
<a href="${to("../ops/")}">Dashboard</a>
</header>
<main id="page" tabindex="-1">
${renderContents(headings)}${body}</main>
<nav id="pages" aria-label="Pages">
${sections.map((section) => renderSection(section, address, to)).join("\n")}
</nav>
</body>
</html>
`;
}

/** What is on a long page, where it can be folded away. */
function renderContents(headings) {
  const shown = headings.filter(({ depth }) => depth < 4);
  if (shown.length < 3) return "";
  const items = shown.map(
    ({ id, depth, html }) => `<li class="depth-${depth}"><a href="#${id}">${html}</a></li>`,
  );
  return `<details class="contents"><summary>On this page</summary><ul>${items.join("")}</ul></details>\n`;
}

function renderSection({ title, pages }, address, to) {
  return `<h2>${escape(title)}</h2>\n<ul>${pages.map((page) => renderItem(page, address, to)).join("")}</ul>`;
}

/** Those below a page are shown to who is there, where that page does not list them itself. */
function renderItem(page, address, to) {
  const isAt = page.address === address;
  const isOpen = isAt || page.below.some((one) => one.address === address);
  const link = `<a href="${to(page.address)}"${isAt ? ' aria-current="page"' : ""}>${escape(page.nav)}</a>`;
  const below = isOpen && !page.isList ? page.below.map((one) => renderItem(one, address, to)).join("") : "";
  return `<li>${link}${below === "" ? "" : `<ul>${below}</ul>`}</li>`;
}
