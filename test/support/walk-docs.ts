interface Page {
  readonly path: string;
  readonly html: string;
  readonly ids: ReadonlySet<string>;
}

export interface Walk {
  readonly pages: readonly Page[];
  /** Links that lead to nothing, to a place that is not on their page, or elsewhere than below where it began. */
  readonly faults: readonly string[];
}

export type Get = (
  url: string,
) => Promise<{ readonly status: number; readonly type: string; readonly text: string }>;

/** Follows every link from the first page of the documentation on, as a reader's browser would. */
export async function walkDocs(first: string, get: Get = getByFetch): Promise<Walk> {
  const pages = new Map<string, Page | "a file">();
  const faults: string[] = [];
  const wanted: { readonly from: string; readonly url: URL }[] = [{ from: "", url: new URL(first) }];
  const links: { readonly from: string; readonly url: URL }[] = [];
  for (const { from, url } of wanted) {
    if (pages.has(url.pathname)) continue;
    const { status, type, text } = await get(url.origin + url.pathname);
    if (status !== 200) faults.push(`${from}: ${url.pathname} answers ${status}`);
    if (!type.startsWith("text/html")) {
      pages.set(url.pathname, "a file");
      continue;
    }
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? "");
    if (new Set(ids).size < ids.length) faults.push(`${url.pathname} has an id twice`);
    pages.set(url.pathname, { path: url.pathname, html: text, ids: new Set(ids) });
    for (const [, href = ""] of text.matchAll(/ href="([^"]+)"/g)) {
      const target = new URL(href.replaceAll("&amp;", "&"), url);
      if (target.origin !== url.origin) continue;
      links.push({ from: url.pathname, url: target });
      if (target.pathname.startsWith(new URL(first).pathname))
        wanted.push({ from: url.pathname, url: target });
      else if (!isOfService(target, first)) faults.push(`${url.pathname}: ${href} is not of this service`);
    }
  }
  for (const { from, url } of links) {
    const page = pages.get(url.pathname);
    if (url.hash === "" || page === undefined || page === "a file") continue;
    if (!page.ids.has(decodeURIComponent(url.hash.slice(1))))
      faults.push(`${from}: ${url.pathname}${url.hash}`);
  }
  return { pages: [...pages.values()].filter((page) => page !== "a file"), faults };
}

/** What stands beside the documentation. */
function isOfService(target: URL, first: string): boolean {
  return target.pathname === new URL("../ops/", first).pathname;
}

const getByFetch: Get = async (url) => {
  const answer = await fetch(url, { headers: { accept: "text/html" }, redirect: "manual" });
  return {
    status: answer.status,
    type: answer.headers.get("content-type") ?? "",
    text: await answer.text(),
  };
};
