import { expect } from "vitest";

import { startApi } from "../../support/api-harness.ts";
import { buildDocs } from "../../support/build-docs.ts";
import { NGINX, startNginx } from "../../support/nginx.ts";
import { startPathProxy } from "../../support/path-proxy.ts";
import { test as base } from "../../support/redis-test.ts";
import { type Get, walkDocs } from "../../support/walk-docs.ts";

const PATH = "/tools/cliniko";
const BROWSER = { accept: "text/html" };

const test = base.extend("docsFolder", { scope: "file" }, async ({}, { onCleanup }) => {
  const built = buildDocs();
  onCleanup(() => built[Symbol.dispose]());
  return built.folder;
});

const setupOf = (publicUrl: string | undefined) => ({
  settings: {
    ops: {
      port: 0,
      token: { env: "OPS_TOKEN" },
      ...(publicUrl === undefined ? {} : { public_url: publicUrl }),
    },
  },
});

/** Everything that is read of the documentation below the path, as it is seen from outside. */
async function lookAround(get: Get, origin: string): Promise<void> {
  const { pages, faults } = await walkDocs(`${origin}${PATH}/docs/`, get);
  expect(faults).toEqual([]);
  expect(pages.length).toBeGreaterThan(90);
  const llms = await get(`${origin}${PATH}/llms.txt`);
  expect([llms.status, llms.text.split("\n")[0]]).toEqual([200, "# cliniko-webhooks"]);
  const [, first = ""] = /\]\((docs\/[^)]+\.md)\)/.exec(llms.text) ?? [];
  expect((await get(new URL(first, `${origin}${PATH}/llms.txt`).href)).status).toBe(200);
}

test.for([
  ["takes it away", true, `http://clinic.example${PATH}`],
  ["takes it away, and nobody has said so", true, undefined],
  ["leaves it", false, `http://clinic.example${PATH}`],
] as const)(
  "every page is read below a path, behind a proxy that %s",
  async ([, strips, publicUrl], { address, prefix, docsFolder }) => {
    await using api = await startApi({ address, prefix, docsFolder, setup: setupOf(publicUrl) });
    await using proxy = await startPathProxy(api.url, PATH, { strips });
    const { origin } = new URL(proxy.url);
    const get: Get = async (url) => {
      const answer = await fetch(url, { redirect: "follow" });
      return {
        status: answer.status,
        type: answer.headers.get("content-type") ?? "",
        text: await answer.text(),
      };
    };

    await lookAround(get, origin);
    // A place that a message names, and the address without its last slash.
    for (const [path, leadsTo] of [
      ["/docs/operations.md", "/docs/operations"],
      ["/docs/events/patient.md", "/docs/events/patient"],
      ["/docs", "/docs/"],
    ] as const)
      expect((await fetch(proxy.url + path, { headers: BROWSER })).url).toBe(proxy.url + leadsTo);
    // Nothing was looked for where somebody else's pages are.
    expect(proxy.outside).toEqual([]);
  },
);

test.skipIf(NGINX === undefined)(
  "so they are behind nginx, of both kinds",
  async ({ address, prefix, docsFolder }) => {
    await using api = await startApi({
      address,
      prefix,
      docsFolder,
      setup: setupOf(`http://clinic.example${PATH}`),
    });
    const location = (target: string): string =>
      `location ${PATH}/ { proxy_pass ${target}; proxy_set_header Host $host; }`;
    await using nginx = await startNginx(NGINX ?? "", {
      strips: location(`${api.url}/`),
      leaves: location(api.url),
    });
    for (const server of ["strips", "leaves"]) {
      const get: Get = async (url) => {
        const { pathname } = new URL(url);
        const { status, headers, text } = await nginx.get(server, pathname);
        return { status, type: String(headers["content-type"]), text };
      };
      await lookAround(get, "http://clinic.example");
      const locationOf = async (path: string) =>
        (await nginx.get(server, PATH + path, BROWSER)).headers["location"];
      expect([server, await locationOf("/docs"), await locationOf("/docs/operations.md")]).toEqual([
        server,
        "docs/",
        "operations",
      ]);
      // The dashboard and the board, by the same way.
      expect(await locationOf("/")).toBe(`${PATH}/ops/`);
      expect(await locationOf("/ops/queues")).toBe(`${PATH}/ops/sign-in?then=/ops/queues`);
      const { text } = await nginx.get(server, `${PATH}/v1/openapi.json`);
      expect(JSON.parse(text)).toMatchObject({ servers: [{ url: `${PATH}/` }] });
    }
  },
);
