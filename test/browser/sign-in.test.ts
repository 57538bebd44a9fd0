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
