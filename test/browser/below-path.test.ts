import { describe, expect } from "vitest";

import { expectSettled, test as base } from "../support/browser.ts";
import { startPathProxy } from "../support/path-proxy.ts";

const PATH = "/tools/cliniko";
// A test of its own: an override would stay with what the next file of this worker is given.
const test = base.extend("publicUrl", { scope: "file" }, () => `http://127.0.0.1${PATH}`);

describe.for([
  ["takes it away", true],
  ["leaves it", false],
] as const)("below a path, behind a proxy that %s", ([, strips]) => {
  test("action: somebody signs in, walks through the pages, and goes to the queue board", async ({
    open,
    world,
  }) => {
    await using proxy = await startPathProxy(world.url, PATH, { strips });
    const page = await open({ role: "nobody", through: proxy.url });
    await page.waitForURL(`${proxy.url}/ops/sign-in`);
    await page.getByLabel("Token").fill(world.tokens.admin);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${proxy.url}/ops/`);
    const pages = page.getByRole("navigation", { name: "Pages" });
    await pages.getByRole("link", { name: "Endpoints" }).click();
    await page.waitForURL(`${proxy.url}/ops/endpoints`);
    await page.getByRole("link", { name: "crm", exact: true }).click();
    await page.waitForURL(`${proxy.url}/ops/endpoints/crm`);
    // Loaded anew, deep inside.
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "crm" }).waitFor();
    await expectSettled(page);
    const board = await pages.getByRole("link", { name: /queue/i }).getAttribute("href");
    expect(board).toBe(`${PATH}/ops/queues`);
    expect(await pages.getByRole("link", { name: "Docs" }).getAttribute("href")).toBe(`${PATH}/docs/`);
    const answer = await page.context().request.get(new URL(board ?? "", proxy.url).href);
    expect(await answer.text()).toContain(`<base href="${PATH}/ops/queues`);

    // Before what it reads by, which it would miss.
    await page.context().close();
    // Nothing was looked for where somebody else's pages are.
    expect(proxy.outside.filter((path) => path !== "/favicon.ico")).toEqual([]);
  });

  test("what it leads to stays below the path", async ({ world }) => {
    await using proxy = await startPathProxy(world.url, PATH, { strips });
    const ask = async (path: string, more: RequestInit = {}): Promise<Response> =>
      await fetch(`${proxy.url}${path}`, { redirect: "manual", ...more });
    const headers = { authorization: `Bearer ${world.tokens.admin}`, "content-type": "application/json" };
    expect((await ask("/")).headers.get("location")).toBe(`${PATH}/ops/`);
    const board = await ask("/ops/queues", { headers: { accept: "text/html" } });
    expect(board.headers.get("location")).toBe(`${PATH}/ops/sign-in?then=/ops/queues`);
    const body = JSON.stringify({ url: "https://crm.example.com/", events: ["patient.*"] });
    const made = await ask("/v1/endpoints", { method: "POST", headers, body });
    expect(made.headers.get("location")).toMatch(new RegExp(`^${PATH}/v1/endpoints/ep_`));
    const { servers } = (await (await ask("/v1/openapi.json")).json()) as { servers: { url: string }[] };
    expect(servers.map(({ url }) => url)).toEqual([`${PATH}/`]);
    // The service itself still answers whoever asks it without the path, as its own health check does.
    await expect.poll(async () => (await fetch(`${world.url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${world.url}${PATH}x/health/ready`)).status).toBe(404);
  });
});
