import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

import { fastify } from "fastify";
import { expect, test as base } from "vitest";

import { registerDashboard } from "../../../src/ops/serve-dashboard.ts";
import { type BrowserRequests, createBrowserRequests } from "../../support/browser-requests.ts";

const PAGE = "<!doctype html><title>the dashboard</title>";
const SCRIPT = "console.log('the script')";
const SECRET = "nothing of the dashboard's";

interface Served extends AsyncDisposable {
  readonly browser: BrowserRequests;
}

/** A folder as the build leaves it, and something beside it that is nobody's business. */
const test = base.extend("folder", async ({}, { onCleanup }) => {
  const parent = await mkdtemp(join(tmpdir(), "cw-dashboard-"));
  onCleanup(async () => await rm(parent, { recursive: true, force: true }));
  const folder = join(parent, "dashboard");
  await mkdir(join(folder, "assets", "more"), { recursive: true });
  await Promise.all([
    writeFile(join(folder, "index.html"), PAGE),
    writeFile(join(folder, "robots.txt"), "User-agent: *"),
    writeFile(join(folder, ".hidden.txt"), SECRET),
    writeFile(join(folder, "assets", "index-a1b2c3.js"), SCRIPT),
    writeFile(join(folder, "assets", "index-a1b2c3.js.br"), brotliCompressSync(SCRIPT)),
    writeFile(join(folder, "assets", ".env.js"), SECRET),
    writeFile(join(folder, "assets", "more", "deep.js"), SECRET),
    writeFile(join(parent, "secret.txt"), SECRET),
  ]);
  return folder;
});

async function serve(folder: string, publicUrl?: string): Promise<Served> {
  const server = fastify({ forceCloseConnections: true });
  const faults = { onFault: () => undefined, notReady: async () => undefined };
  await server.register(async (scope) => await registerDashboard(scope, { folder, publicUrl, faults }), {
    prefix: "/ops",
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    browser: createBrowserRequests(url),
    [Symbol.asyncDispose]: async () => await server.close(),
  };
}

test("every address within the dashboard leads to its page, of which a browser keeps nothing", async ({
  folder,
}) => {
  await using served = await serve(folder);
  for (const path of ["/ops/", "/ops/endpoints/crm", "/ops/sign-in?then=/ops/queues", "/ops/a.b/c%2Fd"]) {
    const { status, headers, text } = await served.browser.go(path);

    expect([path, status, text]).toEqual([path, 200, PAGE]);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["cache-control"]).toBe("no-store");
  }
});

test("a file is kept for a year, compressed for those who can read it", async ({ folder }) => {
  await using served = await serve(folder);
  const ask = async (encoding: string) =>
    await served.browser.ask("GET", "/ops/assets/index-a1b2c3.js", {
      headers: { "accept-encoding": encoding },
    });
  const [plain, packed] = [await ask("identity"), await ask("gzip, br")];

  expect([plain.status, plain.text]).toEqual([200, SCRIPT]);
  expect(plain.headers["content-encoding"]).toBeUndefined();
  for (const { headers } of [plain, packed]) {
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(headers["content-type"]).toMatch(/^(text|application)\/javascript/);
    expect(headers["vary"]).toBe("accept-encoding");
  }
  expect(packed.headers["content-encoding"]).toBe("br");
});

test.for([
  "/ops/../secret.txt",
  "/ops/..%2fsecret.txt",
  "/ops/%2e%2e/secret.txt",
  "/ops/%2e%2e%2fsecret.txt",
  "/ops/..%5csecret.txt",
  "/ops/assets/../../secret.txt",
  "/ops/assets/..%2f..%2fsecret.txt",
  "/ops/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
  "/ops/assets/..%2findex.html",
  "/ops/assets/more%2fdeep.js",
  "/ops/assets/more/deep.js",
  "/ops/assets/.env.js",
  "/ops/.hidden.txt",
  "/ops//secret.txt",
  "/ops/%00",
  "/ops/assets/index-a1b2c3.js%00.txt",
  "/ops/assets/",
  "/ops/assets/more",
  "/ops/assets",
])("%s leads to no file", async (path, { folder }) => {
  await using served = await serve(folder);
  const asked = await served.browser.ask("GET", path, { headers: { accept: "*/*" } });
  const gone = await served.browser.go(path);

  expect(asked.status).toBe(404);
  expect(asked.headers["content-type"]).toContain("application/problem+json");
  expect(asked.text).not.toContain(SECRET);
  // To a person who types it, it is an address of the page's own, which says that there is none.
  expect([200, 404]).toContain(gone.status);
  expect(gone.text).not.toContain(SECRET);
});

test("what is asked for by a script and is none of the files is not answered with the page", async ({
  folder,
}) => {
  await using served = await serve(folder);
  const ask = async (path: string) => (await served.browser.ask("GET", path, {})).status;

  expect([await ask("/ops/robots.txt"), await ask("/ops/other.txt")]).toEqual([200, 404]);
  expect(await ask("/ops/assets/index-000000.js")).toBe(404);
  expect((await served.browser.go("/ops/session")).status).toBe(404);
});

test("every answer says what a page may do: next to nothing", async ({ folder }) => {
  await using served = await serve(folder);
  const paths = ["/ops/", "/ops/endpoints", "/ops/assets/index-a1b2c3.js", "/ops/assets/none.js", "/ops/%00"];
  for (const path of paths) {
    const { headers } = await served.browser.go(path);
    expect([path, headers["content-security-policy"]]).toEqual([
      path,
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    ]);
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(headers["permissions-policy"]).toMatch(
      /\bcamera=\(\).*\bmicrophone=\(\).*clipboard-write=\(self\)$/,
    );
    expect(headers["strict-transport-security"]).toBeUndefined();
  }
});

test("where people come over https, browsers are told to come no other way", async ({ folder }) => {
  await using secure = await serve(folder, "https://webhooks.northside.example");
  await using plain = await serve(folder, "http://webhooks.northside.example");

  expect((await secure.browser.go("/ops/")).headers["strict-transport-security"]).toBe("max-age=15552000");
  expect((await plain.browser.go("/ops/")).headers["strict-transport-security"]).toBeUndefined();
});

test("a dashboard that was not built says so, and is there once it is", async ({ folder }) => {
  const later = join(folder, "later");
  await using served = await serve(later);
  const missing = await served.browser.go("/ops/endpoints");
  expect([missing.status, missing.text]).toEqual([503, expect.stringContaining("npm run build")]);
  expect(missing.headers["content-security-policy"]).toContain("default-src 'none'");
  await mkdir(later);
  await writeFile(join(later, "index.html"), PAGE);

  expect((await served.browser.go("/ops/endpoints")).text).toBe(PAGE);
});

test("nothing of it is taken by another method than GET", async ({ folder }) => {
  await using served = await serve(folder);
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    expect((await served.browser.ask(method, "/ops/endpoints")).status).toBe(404);
  }
  const head = await served.browser.ask("HEAD", "/ops/", { headers: { accept: "text/html" } });
  expect([head.status, head.text]).toEqual([200, ""]);
});
