import type { Page } from "playwright-core";
import { expect } from "vitest";

import { type Open, type Person, expectSettled, test } from "../support/browser.ts";
import { listPages } from "../support/dashboard-paths.ts";
import type { DashboardWorld } from "../support/dashboard-world.ts";

/** Words of a button or link that changes something. */
const CHANGES =
  /\b(pause|enable|test it|send|delete|release|poll now|retry|recover|rotate|revoke|save|create|make|new endpoint|new token|show)\b/i;
/** Names of others and of what is theirs. */
const OTHERS = ["southside", "/hooks/crm", "/hooks/reminders", "/hooks/billing", "Ada Admin", "Vic Viewer"];

interface Seen {
  readonly html: string;
  readonly controls: readonly string[];
}

/** Every page as somebody sees it, by its path. */
async function lookAround(
  open: Open,
  world: DashboardWorld,
  role: Exclude<Person, "nobody">,
): Promise<ReadonlyMap<string, Seen>> {
  const endpoints =
    role === "subscriber" ? [world.subscriberEndpoint] : ["reminders", world.subscriberEndpoint];
  const page = await open({ role });
  const seen = new Map<string, Seen>();
  for (const path of await listPages(world, endpoints)) {
    await page.goto(`${world.url}/ops${path}`);
    await expectSettled(page);
    seen.set(path, { html: await page.content(), controls: await controlsOf(page) });
  }
  return seen;
}

async function controlsOf(page: Page): Promise<readonly string[]> {
  const main = page.getByRole("main");
  const texts = [
    ...(await main.getByRole("button").allInnerTexts()),
    ...(await main.locator("a.button").allInnerTexts()),
  ];
  return texts.map((text) => text.trim()).filter((text) => CHANGES.test(text));
}

test(
  "a viewer is offered nothing that changes anything, on no page",
  { timeout: 300_000 },
  async ({ open, world }) => {
    const [viewers, admins] = [
      await lookAround(open, world, "viewer"),
      await lookAround(open, world, "admin"),
    ];

    expect([...viewers].filter(([, { controls }]) => controls.length > 0)).toEqual([]);
    // The twin: where there is something to change, an admin is offered it.
    const offered = [...admins].filter(([, { controls }]) => controls.length > 0).map(([path]) => path);
    expect(offered).toEqual(
      expect.arrayContaining(["/endpoints", "/endpoints/new", "/endpoints/reminders", "/system/access"]),
    );
  },
);

test(
  "what a subscriber's pages hold names no other clinic, endpoint or person",
  { timeout: 300_000 },
  async ({ open, world }) => {
    const [own, admins] = [
      await lookAround(open, world, "subscriber"),
      await lookAround(open, world, "admin"),
    ];
    const named = (seen: ReadonlyMap<string, Seen>): string[] =>
      [...seen].flatMap(([path, { html }]) =>
        OTHERS.filter((name) => html.includes(name)).map((name) => `${path}: ${name}`),
      );

    expect(named(own)).toEqual([]);
    // The twin: an admin's do.
    expect(named(admins)).toEqual(
      expect.arrayContaining(["/accounts: southside", "/system/access: Vic Viewer"]),
    );
  },
);

test.for([
  "/accounts/southside",
  "/endpoints/crm",
  "/endpoints/crm/settings",
  "/accounts/southside/records/patient/1",
])("a subscriber who goes to %s is told that there is nothing", async (path, { open }) => {
  const page = await open({ role: "subscriber", path, expects: [403, 404] });
  await expectSettled(page);
  const text = await page.getByRole("main").innerText();

  expect(text).toMatch(/there is no|not found|no such|nothing is known/i);
  expect(text).not.toMatch(/127\.0\.0\.1|complete up to/i);
});
