/** Each role opens every page once; whatever is to be said of all pages is read there. */
import type { Page } from "playwright-core";
import { expect } from "vitest";

import { type AccessOptions, listAccessFaults } from "../support/accessible.ts";
import { type Open, type Person, expectSettled, test as withBrowser } from "../support/browser.ts";
import { listPages } from "../support/dashboard-paths.ts";
import type { DashboardWorld } from "../support/dashboard-world.ts";

type Role = Exclude<Person, "nobody">;

/** A page as somebody finds it. */
interface Seen {
  readonly html: string;
  /** Buttons and links that change something. */
  readonly controls: readonly string[];
  /** What is wrong with it, and in which of the looks. */
  readonly faults: ReadonlyMap<string, readonly string[]>;
}

/** By path. */
type Tour = ReadonlyMap<string, Seen>;

/** Words of a button or link that changes something. "Show more", of a long list, does not. */
const CHANGES =
  /\b(pause|enable|test it|send|delete|release|poll now|retry|recover|rotate|revoke|save|create|make|new endpoint|new token|show(?! (?:more|fewer|all|\d)))\b/i;
/** Names of others and of what is theirs. */
const OTHERS = ["southside", "/hooks/crm", "/hooks/reminders", "/hooks/billing", "Ada Admin", "Vic Viewer"];
/** The rules that colours decide: in the dark nothing else is another. */
const COLOURS: AccessOptions = { rules: ["color-contrast", "link-in-text-block"] };
const LOOKS = [
  { width: 1_440, theme: "light", rules: {} },
  { width: 1_440, theme: "dark", rules: COLOURS },
  { width: 390, theme: "dark", rules: COLOURS },
  { width: 390, theme: "light", rules: {} },
] as const;

const test = withBrowser
  .extend("tours", { scope: "file" }, () => new Map<Role, Promise<Tour>>())
  .extend("tourOf", ({ open, tours, world }) => async (role: Role): Promise<Tour> => {
    const tour = tours.get(role) ?? openEveryPage(open, world, role);
    tours.set(role, tour);
    return await tour;
  });

async function openEveryPage(open: Open, world: DashboardWorld, role: Role): Promise<Tour> {
  const own = world.subscriberEndpoint;
  const paths = await listPages(world, role === "subscriber" ? [own] : ["reminders", "billing", own]);
  const page = await open({ role });
  const tour = new Map<string, Seen>();
  for (const path of paths) {
    await page.goto(`${world.url}/ops${path}`);
    await expectSettled(page);
    const [html, controls] = [await page.content(), await controlsOf(page)];
    tour.set(path, { html, controls, faults: await faultsInEveryLook(page) });
    await page.setViewportSize({ width: 1_440, height: 900 });
  }
  return tour;
}

async function controlsOf(page: Page): Promise<readonly string[]> {
  const main = page.getByRole("main");
  const texts = [
    ...(await main.getByRole("button").allInnerTexts()),
    ...(await main.locator("a.button").allInnerTexts()),
  ];
  return texts.map((text) => text.trim()).filter((text) => CHANGES.test(text));
}

async function faultsInEveryLook(page: Page): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const { width, theme, rules } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: theme });
    for (const fault of await listFaults(page, rules)) {
      found.set(fault, [...(found.get(fault) ?? []), `${width} ${theme}`]);
    }
  }
  return found;
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

test.for(["admin", "viewer", "subscriber"] as const)(
  "every page shows the %s one heading, fits and is accessible, wide and narrow, light and dark",
  async (role, { tourOf }) => {
    const tour = await tourOf(role);
    const told = [...tour].flatMap(([path, { faults }]) =>
      [...faults].map(([fault, looks]) => `${fault}\n  on ${path} ${looks.join(", ")}`),
    );

    expect(told.join("\n\n")).toBe("");
    expect(tour.size).toBeGreaterThan(12);
  },
);

test("a viewer is offered nothing that changes anything, on no page", async ({ tourOf }) => {
  const offeredIn = (tour: Tour): (readonly [string, readonly string[]])[] =>
    [...tour].flatMap(([path, { controls }]) => (controls.length > 0 ? [[path, controls] as const] : []));
  const [viewers, admins] = [await tourOf("viewer"), await tourOf("admin")];

  expect(offeredIn(viewers)).toEqual([]);
  // The twin: where there is something to change, an admin is offered it.
  expect(offeredIn(admins).map(([path]) => path)).toEqual(
    expect.arrayContaining(["/endpoints", "/endpoints/new", "/endpoints/reminders", "/system/access"]),
  );
});

test("what a subscriber's pages hold names no other clinic, endpoint or person", async ({ tourOf }) => {
  const [own, admins] = [await tourOf("subscriber"), await tourOf("admin")];
  const named = (tour: Tour): string[] =>
    [...tour].flatMap(([path, { html }]) =>
      OTHERS.filter((name) => html.includes(name)).map((name) => `${path}: ${name}`),
    );

  expect(named(own)).toEqual([]);
  // The twin: an admin's do.
  expect(named(admins)).toEqual(
    expect.arrayContaining(["/accounts: southside", "/system/access: Vic Viewer"]),
  );
});

test.for([
  "/accounts/southside",
  "/endpoints/crm",
  "/endpoints/crm/settings",
  "/accounts/southside/records/patient/1",
])("a subscriber who goes to %s is told that there is nothing", async (path, { open }) => {
  const page = await open({ role: "subscriber", path, expects: [403, 404] });
  const main = page.getByRole("main");
  await main
    .getByText(/there is no|not found|no such|nothing is known/i)
    .first()
    .waitFor();
  const text = await main.innerText();

  expect(text).not.toMatch(/127\.0\.0\.1|complete up to/i);
});
