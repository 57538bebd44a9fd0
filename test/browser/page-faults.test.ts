import type { Page } from "playwright-core";
import { expect } from "vitest";

import { listAccessFaults } from "../support/accessible.ts";
import { test } from "../support/browser.ts";
import { watchFaults } from "../support/page-faults.ts";

/** The other tests end with a look at what went wrong: here is what that look would find. */
const FAULTS: Readonly<Record<string, readonly [code: string, told: RegExp]>> = {
  "a console error": [`console.error("oh")`, /^console error: oh/],
  "a console warning": [`console.warn("hm")`, /^console warning: hm/],
  "an error that nobody catches": [`setTimeout(() => { throw new Error("thrown") })`, /^uncaught: .*thrown/s],
  "a promise that nobody catches": [`void Promise.reject(new Error("lost"))`, /^uncaught: .*lost/s],
  "an answer of 404": [`fetch("/v1/nothing")`, /status of 404/],
  "a request to another host": [
    `fetch("http://elsewhere.example/").catch(() => 0)`,
    /^stopped .* connect-src/m,
  ],
  "a way to another host": [`location.assign("http://elsewhere.example/")`, /^asked another host/m],
  "an inline style": [`document.body.setAttribute("style", "color: red")`, /^stopped .* style-src-attr/m],
};

test.for(Object.entries(FAULTS))(
  "%s fails a test of a page",
  async ([, [code, told]], { browser, world }) => {
    const context = await browser.newContext();
    const faults = await watchFaults(context, { host: new URL(world.url).host, expected: [401] });
    const page = await context.newPage();
    await page.goto(`${world.url}/ops/sign-in`);
    await page.getByLabel("Token").waitFor();
    expect(faults.list()).toEqual([]);
    await page.evaluate(`(() => { ${code}; })()`);

    await expect.poll(() => faults.list().join("\n")).toMatch(told);
    await context.close();
  },
);

async function addElement(page: Page, name: string): Promise<void> {
  await page.evaluate((tag) => document.body.append(document.createElement(tag)), name);
}

test("a button without a name fails as hard to use", async ({ open }) => {
  const page = await open({ role: "nobody", path: "/sign-in" });
  expect(await listAccessFaults(page)).toEqual([]);
  await addElement(page, "button");

  expect(await listAccessFaults(page)).toEqual([expect.stringMatching(/^button-name: /)]);
});
