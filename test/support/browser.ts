/**
 * Tests of the dashboard in a real browser, over the real service, Redis and two sandbox clinics. The pattern:
 *
 *     import { expect } from "vitest";
 *     import { expectAccessible, test } from "./browser.ts";
 *
 *     test("action: an admin pauses an endpoint", async ({ open, world }) => {
 *       const page = await open({ role: "admin", path: "/endpoints/crm" });
 *       await page.getByRole("button", { name: "Pause" }).click();
 *       await page.getByRole("status").filter({ hasText: "Paused" }).waitFor();
 *       await expectAccessible(page);
 *     });
 *
 * - One world (see dashboard-world.ts) and one Chromium serve all tests of a file; each `open` is a person of their own,
 *   signed in, in a fresh window. Open two to have two people at work.
 * - Every test ends with a look at what went wrong: a console error or warning, an uncaught error, a request to another
 *   host, a thing that the Content-Security-Policy stopped. A test that provokes an answer of 400 and up, or an outage,
 *   says so: `open({ expects: [404] })`, `open({ expects: ["unreachable"] })`.
 * - `expectSettled(page)` waits until nothing is being read for the first time; `expectAccessible(page)` runs axe.
 * - Find things as a person does: getByRole, getByLabel, getByText. Wait for the thing itself: `locator.waitFor()`,
 *   `page.waitForURL()`, `expect.poll(() => locator.textContent()).toBe(…)`. Never for time to pass.
 * - A test that does what a person can do to the service has a title that begins with "action: ", those of a page that is
 *   only looked at have not: so the actions covered can be counted.
 * - The dashboard is built once a run. DASHBOARD=<folder> takes a build that is there, as `node scripts/build-dashboard.mjs
 *   --watch --out <folder>` makes one after every edit.
 * - Code within `page.evaluate(() => …)` runs in the browser and knows the DOM's types: test/browser/tsconfig.json.
 */
import { randomBytes } from "node:crypto";

import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect, inject } from "vitest";

import { launchChromium } from "./chromium.ts";
import { type DashboardWorld, startDashboardWorld } from "./dashboard-world.ts";
import { type ExpectedFault, type PageFaults, watchFaults } from "./page-faults.ts";
import { test as withRedis } from "./redis-test.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where build-dashboard.ts has built the dashboard of this run. */
    readonly dashboardFolder: string;
  }
}

export { expectAccessible } from "./accessible.ts";
export { expectSettled } from "./settled.ts";

export type Person = "admin" | "viewer" | "subscriber" | "nobody";

export interface OpenOptions {
  /** Who is signed in. Left out: an admin. */
  readonly role?: Person;
  /** Signed in with this token instead of one of the world's. */
  readonly token?: string;
  /** wide: 1440 × 900, a desk; narrow: 390 × 844, a phone. Left out: wide. */
  readonly width?: "wide" | "narrow";
  readonly theme?: "light" | "dark";
  /** Within the dashboard, with search: `/events?type=…`. Left out: home. */
  readonly path?: string;
  /** The service's address as this window sees it: that of something in between. Left out: its own. */
  readonly through?: string;
  /** Statuses of answers that this test provokes. */
  readonly expects?: readonly ExpectedFault[];
}

export type Open = (options?: OpenOptions) => Promise<Page>;

const SIZES = { wide: { width: 1_440, height: 900 }, narrow: { width: 390, height: 844 } };
/** Long for a page and short for a test: what is not there by then does not come. */
const PATIENCE_MS = 120_000;

/** `world`, `browser` and `open`, on top of what redis-test.ts has. */
export const test = withRedis
  .extend("browser", { scope: "worker" }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await launchChromium();
    onCleanup(async () => await browser.close());
    return browser;
  })
  /** Where people reach the world, for tests behind a proxy: a file says so with `test.extend`. */
  .extend("publicUrl", { scope: "file" }, (): string | undefined => undefined)
  .extend(
    "world",
    { scope: "file" },
    async ({ address, publicUrl }, { onCleanup }): Promise<DashboardWorld> => {
      const prefix = `t${randomBytes(6).toString("hex")}`;
      const world = await startDashboardWorld({
        address,
        prefix,
        publicUrl,
        dashboardFolder: inject("dashboardFolder"),
      });
      onCleanup(async () => await world[Symbol.asyncDispose]());
      return world;
    },
  )
  .extend("open", async ({ browser, world }, { onCleanup }): Promise<Open> => {
    const opened: { readonly context: BrowserContext; readonly faults: PageFaults }[] = [];
    onCleanup(async () => {
      for (const { context } of opened) await context.close();
      const faults = opened.flatMap((one) => one.faults.list());
      expect(faults, "what went wrong in the browser").toEqual([]);
    });
    return async (options = {}) => {
      const { role = "admin", path = "/", expects = [], through: url = world.url } = options;
      const token = options.token ?? (role === "nobody" ? undefined : world.tokens[role]);
      const context = await openWindow(browser, url, options);
      const expected = token === undefined ? [...expects, 401] : expects;
      const faults = await watchFaults(context, { host: new URL(url).host, expected });
      opened.push({ context, faults });
      if (token !== undefined) await signIn(context, url, token);
      const page = await context.newPage();
      await page.goto(`${url}/ops${path}`);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      return page;
    };
  });

async function openWindow(
  browser: Browser,
  baseURL: string,
  { width = "wide", theme = "light" }: OpenOptions,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL,
    viewport: SIZES[width],
    colorScheme: theme,
    // So that nothing is judged while it moves.
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "Europe/London",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** As the sign-in page does it: the cookie that comes back is the window's from then on. */
async function signIn(context: BrowserContext, url: string, token: string): Promise<void> {
  const response = await context.request.post(`${url}/ops/session`, {
    data: { token },
    headers: { origin: url, "x-dashboard": "1" },
  });
  expect(response.status(), await response.text()).toBe(204);
}
