import type { Route } from "playwright-core";
import { expect } from "vitest";

import { expectAccessible, test } from "../support/browser.ts";

test("action: somebody signs in by typing a token", async ({ open, world }) => {
  const page = await open({ role: "nobody" });
  await page.waitForURL("**/ops/sign-in");
  await expectAccessible(page);

  await page.getByLabel("Token").fill(world.tokens.admin);
  await page.getByRole("button", { name: "Sign in" }).click();

  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/ops/");
  expect(await page.title()).toMatch(/cliniko-webhooks$/);
});

test("what the next page asks for is not thrown away by another window that was heard before", async ({
  open,
  world,
}) => {
  const page = await open({ role: "nobody" });
  await page.waitForURL("**/ops/sign-in");
  await page.getByLabel("Token").fill(world.tokens.admin);
  const asked: Route[] = [];
  let isHeld = true;
  await page.route("**/v1/me", async (route) => {
    if (isHeld) asked.push(route);
    else await route.continue();
  });
  const other = await page.context().newPage();
  await other.goto(`${world.url}/ops/sign-in`);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin, and takes no other
  await other.evaluate(() => new BroadcastChannel("cliniko-webhooks.session").postMessage("changed"));
  await expect.poll(() => asked.length).toBe(1);

  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/ops/");
  await expect.poll(() => asked.length).toBeGreaterThan(1);
  const answered = page.waitForResponse("**/v1/me");
  await asked[0]?.continue();
  await answered;
  isHeld = false;
  for (const route of asked.slice(1)) await route.continue();

  await page.getByRole("navigation", { name: "Pages" }).waitFor();
});
