import { cpSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

import { fastify } from "fastify";
import { expect, test as base } from "vitest";

import { headingsNamed } from "../../../src/admin/assess/remedies.ts";
import { SECTIONS } from "../../../src/cli/grade/grade-case.ts";
import { ERROR_CLASSES } from "../../../src/dispatch/worker/outcome.ts";
import { PROBLEMS } from "../../../src/ops/api/api-error.ts";
import { registerDocs } from "../../../src/ops/serve-docs.ts";
import { buildDocs } from "../../support/build-docs.ts";
import { type BrowserRequests, createBrowserRequests } from "../../support/browser-requests.ts";
import { temporaryFolder } from "../../support/redis-process.ts";
import { walkDocs } from "../../support/walk-docs.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PROGRAM = { accept: "*/*" };

interface Served extends AsyncDisposable {
  readonly url: string;
  readonly browser: BrowserRequests;
}

const test = base.extend("folder", { scope: "file" }, async ({}, { onCleanup }) => {
  const built = buildDocs();
  onCleanup(() => built[Symbol.dispose]());
  return built.folder;
});

async function serve(folder: string, publicUrl?: string): Promise<Served> {
  const server = fastify({ forceCloseConnections: true });
  // Redis is away: what is wanted then most of all is this.
  const faults = { onFault: () => undefined, notReady: async () => "redis is away" };
  await server.register(async (scope) => {
    registerDocs(scope, { folder, publicUrl, faults });
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    browser: createBrowserRequests(url),
    [Symbol.asyncDispose]: async () => await server.close(),
  };
}

test("every page is reached from the first, and every link leads to a page that is there, and to a heading on it", async ({
  folder,
}) => {
  await using served = await serve(folder);
  const { pages, faults } = await walkDocs(`${served.url}/docs/`);
  const built = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html.br"))
    .map((name) => `/docs/${name.slice(0, -".html.br".length)}`.replace(/\/index$/, "/"));

  expect(faults).toEqual([]);
  expect(pages.map(({ path }) => path).toSorted()).toEqual(built.toSorted());
  expect(built.length).toBeGreaterThan(90);
});

test("every place that a message, an alert or a page of the dashboard names can be opened as it is written", async ({
  folder,
}) => {
  await using served = await serve(folder);
  const named = new Set([
    ...["src", "dashboard", "deploy", "integrations"].flatMap(placesNamedIn),
    ...headingsNamed().map((heading) => `docs/operations.md#${heading}`),
    ...ERROR_CLASSES.map((name) => `docs/operations.md#${name}`),
    ...SECTIONS.map((section) => `docs/receiving.md#${section}`),
    ...Object.keys(PROBLEMS).map((code) => `docs/api.md#${code}`),
  ]);
  const idsOf = new Map<string, ReadonlySet<string>>();
  const broken: string[] = [];
  for (const place of named) {
    const [path = "", anchor] = place.split("#");
    const ids = idsOf.get(path) ?? (await openPage(served.browser, `/${path}`));
    idsOf.set(path, ids);
    if (anchor !== undefined && !ids.has(anchor)) broken.push(place);
    if (ids.size === 0) broken.push(path);
  }

  expect(broken).toEqual([]);
  expect(named.size).toBeGreaterThan(80);
  // The twin: what is not there is noticed.
  expect((await openPage(served.browser, "/docs/operations.md")).has("tsl")).toBe(false);
  expect(await openPage(served.browser, "/docs/operation.md")).toEqual(new Set());
});

test("a program is answered with Markdown where a browser is led to the page, and caches keep both", async ({
  folder,
}) => {
  await using served = await serve(folder);
  const ask = async (path: string) => await served.browser.ask("GET", path, { headers: PROGRAM });
  const source = await ask("/docs/operations.md");
  expect([source.status, source.headers["content-type"]]).toEqual([200, "text/markdown; charset=utf-8"]);
  expect(source.text.startsWith("# Operations\n")).toBe(true);

  for (const [path, leadsTo] of [
    ["/docs/operations.md", "operations"],
    ["/docs/events/patient.md", "patient"],
    ["/docs/README.md", "./"],
    ["/docs/SECURITY.md", "security"],
    ["/docs/integrations/node-red/README.md", "../node-red"],
    ["/docs", "docs/"],
  ] as const) {
    const { status, headers } = await served.browser.go(path);
    expect([path, status, headers["location"]]).toEqual([path, 302, leadsTo]);
  }
  for (const answer of [source, await served.browser.go("/docs/operations.md")])
    expect(answer.headers["vary"]).toContain("accept,");
});

test("llms.txt is of the known shape, and all that it and the Markdown that it names lead to is there", async ({
  folder,
}) => {
  await using served = await serve(folder);
  const { headers, text } = await served.browser.ask("GET", "/llms.txt", { headers: PROGRAM });
  expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
  const [title, , about, , ...rest] = text.split("\n");
  expect([title, about]).toEqual(["# cliniko-webhooks", expect.stringMatching(/^> Webhooks for Cliniko/)]);
  const list = rest.slice(rest.findIndex((line) => line.startsWith("## "))).filter((line) => line !== "");
  expect(list.filter((line) => !/^## [A-Z]|^- \[[^\]]+\]\([^)\s]+\): \S/.test(line))).toEqual([]);

  const status = async (url: URL): Promise<number> =>
    (await fetch(url, { headers: PROGRAM, redirect: "manual" })).status;
  const missing: string[] = [];
  const places = list.flatMap((line) => /\]\(([^)]+)\)/.exec(line)?.[1] ?? []);
  for (const place of places) {
    const url = new URL(place, `${served.url}/llms.txt`);
    const page = await (await fetch(url, { headers: PROGRAM, redirect: "error" })).text();
    if (page.startsWith("{")) missing.push(place);
    if (!place.endsWith(".md")) continue;
    for (const [, link = ""] of page
      .replaceAll(/^```[\s\S]*?^```|`[^`\n]*`/gm, "")
      .matchAll(/\]\(([^)#\s]+)/g)) {
      // Sources and pictures stay in the repository.
      if (/^https?:|(^|\/)(src|test|bench|deploy|dashboard|schemas|decisions)(\/|$)/.test(link)) continue;
      if ((await status(new URL(link, url))) !== 200) missing.push(`${place}: ${link}`);
    }
  }
  expect(missing).toEqual([]);
  expect(places.length).toBeGreaterThan(50);
  expect(await status(new URL("/llms-full.txt", served.url))).toBe(200);
});

test.for([
  ["identity", (bytes: Buffer) => bytes],
  ["gzip", gunzipSync],
  ["br", brotliDecompressSync],
] as const)(
  "a page is sent as %s to who reads that, and not again to who has it",
  async ([encoding, unpack], { folder }) => {
    const server = fastify();
    registerDocs(server, {
      folder,
      publicUrl: undefined,
      faults: { onFault: () => undefined, notReady: async () => undefined },
    });
    const ask = async (headers: Readonly<Record<string, string>>) =>
      await server.inject({ url: "/docs/operations", headers: { "accept-encoding": encoding, ...headers } });
    const { headers, rawPayload } = await ask({});
    expect(unpack(rawPayload).toString()).toContain("<title>Operations");
    expect(headers).toMatchObject({ "cache-control": "no-cache", vary: "accept-encoding" });
    const again = await ask({ "if-none-match": String(headers.etag) });
    expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
  },
);

test("every page says what it may do, which is next to nothing, and tries nothing else", async ({
  folder,
}) => {
  await using secure = await serve(folder, "https://webhooks.northside.example");
  await using served = await serve(folder);
  const { headers } = await served.browser.go("/docs/receiving");
  expect(headers["content-security-policy"]).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'; /,
  );
  expect(headers["strict-transport-security"]).toBeUndefined();
  expect((await secure.browser.go("/docs/")).headers["strict-transport-security"]).toBe("max-age=15552000");

  const { pages } = await walkDocs(`${served.url}/docs/`);
  const strange =
    /<script|<style|<iframe|<form|\son\w+=|\sstyle=|src="|<link[^>]+href="(?!(\.\.\/)*(docs\.css|icon\.svg)")/;
  const scripted = '<script type="module" src="search.js"></script>';
  expect(pages.flatMap(({ path, html }) => (html.includes(scripted) ? [path] : []))).toEqual([
    "/docs/search",
  ]);
  const others = pages.map(({ path, html }) => ({ path, text: withoutCode(html.replace(scripted, "")) }));
  expect(others.filter(({ text }) => strange.test(text)).map(({ path }) => path)).toEqual([]);
});

test("every section that can be found is where the search says, and every page but decisions is searched", async ({
  folder,
}) => {
  await using served = await serve(folder);
  const found = await served.browser.ask("GET", "/docs/search.json");
  const sections = JSON.parse(found.text) as { readonly at: string; readonly heading: string }[];
  const script = await served.browser.ask("GET", "/docs/search.js");
  expect(script.headers["content-type"]).toBe("text/javascript; charset=utf-8");
  const { pages } = await walkDocs(`${served.url}/docs/`);
  const idsOf = new Map(pages.map(({ path, ids }) => [path, ids]));
  const lost = sections.filter(({ at }) => {
    const { pathname, hash } = new URL(at, `${served.url}/docs/search`);
    return idsOf.get(pathname)?.has(decodeURIComponent(hash.slice(1)) || "page") !== true;
  });
  expect(lost).toEqual([]);
  const searched = new Set(sections.map(({ at }) => new URL(at, `${served.url}/docs/search`).pathname));
  const others = [...idsOf.keys()].filter((path) => !searched.has(path));
  expect(others.filter((path) => !/^\/docs\/(search$|decisions)/.test(path))).toEqual([]);
});

test.for([
  "/docs/nothing",
  "/docs/operations/",
  "/docs/../package.json",
  "/docs/..%2fpackage.json",
  "/docs/%2e%2e%2fpackage.json",
  "/docs/..%5cpackage.json",
  "/docs/%00",
  "/docs/operations.html.br",
  "/docs/events/",
])("%s leads to nothing", async (path, { folder }) => {
  await using served = await serve(folder);
  const { status, headers, text } = await served.browser.ask("GET", path, { headers: PROGRAM });

  expect([path, status, headers["content-type"]]).toEqual([
    path,
    404,
    "application/problem+json; charset=utf-8",
  ]);
  expect(text).not.toContain("dependencies");
});

test("documentation that was not built says so, and is there once it is", async ({ folder }) => {
  using parent = temporaryFolder();
  const later = join(parent.path, "docs");
  await using served = await serve(later);
  const missing = await served.browser.go("/docs/operations");
  expect([missing.status, missing.text]).toEqual([503, expect.stringContaining("npm run build")]);
  cpSync(folder, later, { recursive: true });

  expect((await served.browser.go("/docs/operations")).status).toBe(200);
});

/** Ids of a page's headings, as a browser finds them that is given its place; none: there is no such page. */
async function openPage(browser: BrowserRequests, path: string): Promise<ReadonlySet<string>> {
  const first = await browser.go(path);
  const location = first.headers["location"];
  if (first.status !== 302 || location === undefined) return new Set();
  const { pathname } = new URL(location, new URL(path, "http://docs.example"));
  const { text } = await browser.go(pathname);
  return new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? ""));
}

function placesNamedIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return names
    .filter((name) => /\.(tsx?|mjs|js|json|yaml|service)$/.test(name) && !name.includes("node_modules"))
    .flatMap(
      (name) => readFileSync(join(ROOT, folder, name), "utf8").match(/docs\/[\w/-]+\.md(#[\w-]+)?/g) ?? [],
    );
}

function withoutCode(html: string): string {
  return html.replaceAll(/<code[\s\S]*?<\/code>/g, "");
}
