import { Marked } from "marked";

/**
 * A page's HTML and its headings. `resolve` gives where a link leads, undefined where what it names is not served. Markdown of our
 * own alone goes in: raw HTML stays as it is.
 */
export function renderMarkdown(markdown, resolve) {
  const headings = [];
  const taken = new Map();
  const idOf = (text) => {
    const id = slugOf(text);
    const times = taken.get(id) ?? 0;
    taken.set(id, times + 1);
    return times === 0 ? id : `${id}-${times}`;
  };
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth }) {
        const plain = textOf(tokens);
        const id = idOf(plain);
        const inner = this.parser.parseInline(tokens);
        if (depth === 1) return `<h1 id="${id}">${inner}</h1>\n`;
        headings.push({ id, depth, html: this.parser.parseInline(withoutLinks(tokens)) });
        const anchor = `<a class="anchor" href="#${id}" aria-label="Link to: ${escape(plain)}">#</a>`;
        return `<h${depth} id="${id}">${inner} ${anchor}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const target = resolve(href);
        if (target === undefined) return inner;
        const elsewhere = /^https?:/.test(target) ? ' rel="noreferrer"' : "";
        return `<a href="${escape(target)}"${elsewhere}>${inner}</a>`;
      },
      // The dashboard is next door, and pictures of it are larger than all pages together.
      image: () => "",
      paragraph({ tokens }) {
        const inner = this.parser.parseInline(tokens).trim();
        return inner === "" ? "" : `<p>${inner}</p>\n`;
      },
      code({ text, lang }) {
        const kind = lang ? ` class="language-${escape(lang)}"` : "";
        return `<pre tabindex="0"><code${kind}>${escape(text)}\n</code></pre>\n`;
      },
      table(token) {
        const row = (cells, tag) =>
          `<tr>${cells.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join("")}</tr>`;
        const body = token.rows.map((cells) => row(cells, "td")).join("\n");
        return `<div class="table" tabindex="0"><table>\n<thead>${row(token.header, "th")}</thead>\n<tbody>${body}</tbody></table></div>\n`;
      },
      html: ({ text }) => text.replaceAll(/<!--[\s\S]*?-->/g, "").trim(),
    },
  });
  return { body: marked.parse(markdown), headings };
}

/** As GitHub makes them. */
function slugOf(text) {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}

function textOf(tokens) {
  return tokens.map((token) => (token.tokens ? textOf(token.tokens) : token.text)).join("");
}

function withoutLinks(tokens) {
  return tokens.flatMap((token) => (token.type === "link" ? token.tokens : [token]));
}

export function escape(text) {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
