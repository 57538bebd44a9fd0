import { fastify } from "fastify";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect, test as base } from "vitest";

import { registerDocs } from "../../src/ops/serve-docs.ts";
import { expectAccessible } from "../support/accessible.ts";
import { buildDocs } from "../support/build-docs.ts";
import { launchChromium } from "../support/chromium.ts";
import { watchFaults } from "../support/page-faults.ts";

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1_440, height: 900 };

type OpenPage = (path: string, options?: BrowserContextOptions) => Promise<Page>;

/** The pages need nothing of the service. */
const test = base
  .extend("url", { scope: "file" }, async ({}, { onCleanup }) => {
    const { folder, [Symbol.dispose]: remove } = buildDocs();
    const server = fastify({ forceCloseConnections: true });
    registerDocs(server, {
      folder,
      publicUrl: undefined,
      faults: { onFault: () => undefined, notReady: async () => undefined },
    });
    onCleanup(async () => {
      await server.close();
      remove();
    });
    return await server.listen({ host: "127.0.0.1", port: 0 });
  })
  .extend("browser", { scope: "file" }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await launchChromium();
    onCleanup(async () => await browser.close());
    return browser;
  })
  .extend("open", async ({ browser, url }, { onCleanup }): Promise<OpenPage> => {
    const closers: (() => Promise<readonly string[]>)[] = [];
    onCleanup(async () => {
      for (const close of closers) expect(await close(), "what went wrong in the browser").toEqual([]);
    });
    return async (path, options = {}) => {
      const context = await browser.newContext({ viewport: DESK, reducedMotion: "reduce", ...options });
      const faults = await watchFaults(context, { host: new URL(url).host, expected: [] });
      closers.push(async () => {
        await context.close();
        return faults.list();
      });
      const page = await context.newPage();
      await page.goto(url + path);
      return page;
    };
  });

test("somebody opens a place that a message names, and finds the words about it", async ({ open }) => {
  const page = await open("/docs/operations.md#refused_by_guard");
  await page.waitForURL(/\/docs\/operations#refused_by_guard$/);
  const heading = page.getByRole("heading", { name: "refused_by_guard" });
  const top = async (): Promise<number> => (await heading.boundingBox())?.y ?? -1;
  await expect.poll(top).toBeGreaterThan(40);
  expect(await top()).toBeLessThan(DESK.height / 2);
  // And walks on: along the pages, and by a link within one.
  await page
    .getByRole("navigation", { name: "Pages" })
    .getByRole("link", { name: "Events", exact: true })
    .click();
  await page.waitForURL(/\/docs\/events$/);
  await page.getByRole("link", { name: "events/patient.md" }).click();
  await page.getByRole("heading", { level: 1, name: "Patients" }).waitFor();
});

test("somebody looks for words, and is led to the section that they stand in", async ({ open }) => {
  const page = await open("/docs/events/patient");
  await page.getByRole("link", { name: "Search" }).click();
  const field = page.getByRole("searchbox", { name: "Words" });
  const found = page.getByRole("listitem").filter({ has: page.getByRole("link") });
  const first = page.getByRole("main").getByRole("listitem").first();
  await expect.poll(async () => await field.isEnabled()).toBe(true);
  await field.fill("PROXY dial zzz");
  await expect.poll(async () => await page.getByRole("status").textContent()).toBe("0 found");
  await field.fill("refused_by_guard");
  await expect.poll(async () => await first.getByRole("link").textContent()).toBe("refused_by_guard");
  expect(await found.count()).toBeGreaterThan(1);
  await expectAccessible(page);
  // The words stay in the address, and nowhere else: they are sent to nobody.
  expect(page.url()).toMatch(/\/docs\/search#refused_by_guard$/);
  await first.getByRole("link").click();
  await page.waitForURL(/\/docs\/operations#refused_by_guard$/);
  await page.goBack();
  await expect.poll(async () => await first.getByRole("link").textContent()).toBe("refused_by_guard");
});

test("an address with words that no browser would write is searched for as it stands", async ({ open }) => {
  const page = await open("/docs/search#100%");
  await expect
    .poll(async () => await page.getByRole("searchbox", { name: "Words" }).inputValue())
    .toBe("100%");
  await expect.poll(async () => await page.getByRole("status").textContent()).toMatch(/^\d+ found/);
});

test("what people look for is among the first five that are found", async ({ open }) => {
  const page = await open("/docs/search");
  const field = page.getByRole("searchbox", { name: "Words" });
  await expect.poll(async () => await field.isEnabled()).toBe(true);
  for (const [words, leadsTo] of [
    ["forgetting patient", "privacy"],
    ["n8n", "integrations/n8n"],
    ["python flask", "receiving#python-with-flask"],
    ["did_not_arrive_reverted", "events/appointment"],
    ["410", "receiving#what-to-answer"],
  ] as const) {
    await field.fill(words);
    const addresses = async (): Promise<readonly string[]> =>
      await page
        .getByRole("main")
        .getByRole("link")
        .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    await expect
      .poll(async () => (await addresses()).slice(0, 5).some((at) => at.startsWith(leadsTo)))
      .toBe(true);
  }
});

test.for([
  ["/docs/", "light"],
  ["/docs/search#guard", "dark"],
  ["/docs/operations", "dark"],
  ["/docs/receiving", "light"],
  ["/docs/events/appointment", "dark"],
  ["/docs/api/endpoints", "light"],
  ["/docs/configuration", "dark"],
] as const)(
  "%s is read on a phone without moving sideways, and in the %s by everybody",
  async ([path, colorScheme], { open }) => {
    const page = await open(path, { viewport: PHONE, colorScheme });
    const [seen, whole] = await page.evaluate(() => [
      window.innerWidth,
      document.documentElement.scrollWidth,
    ]);
    expect(whole).toBeLessThanOrEqual(seen ?? 0);
    await expectAccessible(page);
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(ground).toBe(colorScheme === "dark" ? "rgb(14, 18, 22)" : "rgb(246, 247, 249)");
    // What is wide moves by itself, also by keyboard.
    await page.getByRole("link", { name: "All pages" }).click();
    await expect.poll(() => page.url()).toContain("#pages");
  },
);
