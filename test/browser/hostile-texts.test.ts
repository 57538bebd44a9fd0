import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Page } from "playwright-core";
import { expect } from "vitest";

import { expectSettled, test } from "../support/browser.ts";
import { listPages } from "../support/dashboard-paths.ts";

const DASHBOARD = fileURLToPath(new URL("../../dashboard", import.meta.url));

/** What somebody could type or have somebody paste: markup, an address that is code, and signs that steer what shows them. */
const TEXT = [
  `"><img src="x" onerror="document.title='owned'"><script>document.title='owned'</script>{{7*7}}`,
  `javascript:document.title='owned'//../../v1/tokens?a=%00&__proto__[a]=b#c`,
  "\u202egnp.exe\u2066\u001b[2J\u0007\u2028",
].join(" ");

/** What opens a form of its own, and what puts more fields into a form. */
const OPENERS = /^(New token|Send again …|Rotate|Delete .*)$/;
const ADDERS = /^\s*Add a /;
/** Shown where there are more accounts than a page has room for. */
const NOT_HERE = ["Find an account"];

const INPUTS = ["[type=text]", "[type=url]", "[type=search]", "[type=password]", ":not([type])"];
const FIELDS = [...INPUTS.map((type) => `input${type}`), "textarea"].map(
  (field) => `${field}:visible:enabled`,
);

/** The names of all fields for text, from the code that makes them: one that is added later is written into, too. */
function labelsInCode(): readonly string[] {
  const files = readdirSync(DASHBOARD, { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => name.endsWith(".tsx"))
    .flatMap((name) => [
      ...readFileSync(join(DASHBOARD, name), "utf8").matchAll(
        /<(?:TextField|SearchFilter)\b[^>]*?\blabel="([^"]+)"([^>]*)/g,
      ),
    ])
    .flatMap(([, label = "", rest = ""]) => (/type="(?:datetime-local|number)"/.test(rest) ? [] : [label]));
}

/** Everything that a page has to write into. */
async function showFields(page: Page): Promise<void> {
  await page.locator("main details").evaluateAll((all) => {
    for (const each of all) if (each instanceof HTMLDetailsElement) each.open = true;
  });
  const adders = page.locator("button:visible:enabled:not([inert] *)").filter({ hasText: ADDERS });
  for (const button of await adders.all()) await button.click();
  const subscriber = page.getByRole("radio", { name: /^Subscriber/ });
  if ((await subscriber.count()) > 0) await subscriber.check({ force: true });
}

/** Writes it into every field at once, and sends what can be sent. Resolves to the names of the fields. */
async function fillIn(page: Page): Promise<readonly string[]> {
  await showFields(page);
  // By handle: what is written into one may take another away. Nobody gets at those behind a dialog.
  const fields = await page
    .locator(FIELDS.map((field) => `${field}:not([inert] *)`).join(", "))
    .elementHandles();
  const names: string[] = [];
  for (const field of fields) {
    names.push(
      await field.evaluate((element) => {
        const input = element as HTMLInputElement;
        return input.labels?.[0]?.textContent ?? input.getAttribute("aria-label") ?? "";
      }),
    );
    await field.fill(TEXT);
  }
  await fields.at(-1)?.press("Enter");
  const buttons = page.locator("button[type=submit]:visible:enabled:not([inert] *)");
  for (const button of await buttons.elementHandles()) if (await button.isVisible()) await button.click();
  return names;
}

test("action: whatever somebody writes into a field of any page, nothing of it runs, and the page goes on", async ({
  open,
  world,
}) => {
  const page = await open({ expects: [400, 401, 403, 404, 409, 422] });
  const faults: string[] = [];
  page.on("response", (response) => {
    if (response.status() >= 500) faults.push(`${response.url()} ${response.status()}`);
  });
  const written = new Set<string>();
  const pages = await listPages(world, [world.subscriberEndpoint]);
  for (const path of [...pages, "/events?subject=patient", "/events?find=1", "/sign-in"]) {
    for (const isOpened of [false, true]) {
      await page.goto(`${world.url}/ops${path}`);
      await expectSettled(page);
      const opener = page.getByRole("main").getByRole("button", { name: OPENERS }).first();
      if (isOpened && (await opener.count()) === 0) continue;
      if (isOpened) await opener.click();
      if (isOpened) await page.locator("main form, [role=dialog], [role=alertdialog]").last().waitFor();
      for (const name of await fillIn(page)) written.add(name);

      await page.getByRole("heading", { level: 1 }).first().waitFor();
      const injected = page.locator("main script, main img, [onerror], [href^='javascript:']");
      expect(await injected.count(), path).toBe(0);
      expect(await page.title(), path).toMatch(/ · cliniko-webhooks$/);
    }
  }

  expect(faults).toEqual([]);
  const left = labelsInCode().filter((label) => !written.has(label) && !NOT_HERE.includes(label));
  expect(left).toEqual([]);
});
