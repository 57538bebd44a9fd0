import type { Page } from "playwright-core";
import { expect } from "vitest";

import { type AccessOptions, listAccessFaults } from "./accessible.ts";
import { type Person, expectSettled, test } from "./browser.ts";
import { listPages } from "./dashboard-paths.ts";

/** The rules that colours decide: in the dark nothing else is another. */
const COLOURS: AccessOptions = { rules: ["color-contrast", "link-in-text-block"] };
const LOOKS = [
  { width: 1_440, theme: "light", rules: {} },
  { width: 1_440, theme: "dark", rules: COLOURS },
  { width: 390, theme: "dark", rules: COLOURS },
  { width: 390, theme: "light", rules: {} },
] as const;

/** Opens every page as somebody, and looks at it in wide and narrow windows, light and dark. */
export function testEveryPage(role: Exclude<Person, "nobody">): void {
  test(`every page shows the ${role} one heading, fits and is accessible, wide and narrow, light and dark`, async ({
    open,
    world,
  }) => {
    const endpoints = role === "subscriber" ? [world.subscriberEndpoint] : ["reminders", "billing"];
    const paths = await listPages(world, endpoints);
    const page = await open({ role });
    /** The fault, and where it was found. */
    const found = new Map<string, string[]>();
    for (const path of paths) {
      await page.goto(`${world.url}/ops${path}`);
      await expectSettled(page);
      for (const { width, theme, rules } of LOOKS) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: theme });
        for (const fault of await listFaults(page, rules)) {
          found.set(fault, [...(found.get(fault) ?? []), `${path} ${width} ${theme}`]);
        }
      }
    }
    const told = [...found].map(([fault, places]) => `${fault}\n  on ${places.join(", ")}`);

    expect(told.join("\n\n")).toBe("");
    expect(paths.length).toBeGreaterThan(12);
  }, 600_000);
}

async function listFaults(page: Page, rules: AccessOptions): Promise<readonly string[]> {
  const title = await page.title();
  const headings = await page.getByRole("heading", { level: 1 }).count();
  const tooWide = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  return [
    ...(/\S · cliniko-webhooks$/.test(title) ? [] : [`the title is "${title}"`]),
    ...(headings === 1 ? [] : [`${headings} headings of the first level`]),
    ...(tooWide === 0 ? [] : [`scrolls sideways by ${tooWide} px`]),
    ...(await listAccessFaults(page, rules)),
  ];
}
