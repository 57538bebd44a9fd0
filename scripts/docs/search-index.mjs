/** The page that searches. It has the one script of the documentation, from a file, so that the Content-Security-Policy stays. */
export const SEARCH_PAGE = {
  title: "Search",
  address: "search",
  headings: [],
  script: "search.js",
  body: `<h1 id="search">Search</h1>
<p class="search"><label for="words">Words</label> <input id="words" type="search" autocomplete="off" spellcheck="false" disabled></p>
<noscript><p>Searching takes a script. Without one, <a href="llms-full.txt">one text of all pages</a> can be searched by the browser.</p></noscript>
<p id="said" role="status"></p>
<ol id="found" class="found"></ol>
`,
};

/** What is searched of a page: a section for each heading. `at`: where it is, from the search page. Examples of bodies are left out. */
export function sectionsIn({ address, title, body }) {
  return body.split(/(?=<h[1-6] id=")/).flatMap((part) => {
    const [head = "", id = "", heading = ""] = /^<h[1-6] id="([^"]+)">(.*?)<\/h[1-6]>/s.exec(part) ?? [];
    const text = plain(
      part.slice(head.length).replaceAll(/<pre[^>]*><code class="language-json">.*?<\/pre>/gs, " "),
    );
    if (text === "" && heading === "") return [];
    const page = title.replaceAll("`", "");
    const at = `${address || "./"}${id === "" || head.startsWith("<h1") ? "" : `#${id}`}`;
    return [{ at, page, heading: plain(heading.replace(/<a class="anchor".*$/s, "")) || page, text }];
  });
}

/** A part of a page without its tags. */
function plain(html) {
  return html
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ")
    .trim();
}
