import type { Page } from "playwright-core";
import { expect } from "vitest";

import { expectAccessible, expectSettled, test } from "../support/browser.ts";
import { launchChromium } from "../support/chromium.ts";
import type { DashboardWorld } from "../support/dashboard-world.ts";

/** A whole address that signs one browser in as the subscriber. */
async function linkOf({ tokens, url }: DashboardWorld): Promise<string> {
  const headers = { authorization: `Bearer ${tokens.subscriber}` };
  const response = await fetch(`${url}/v1/sign-in-links`, { method: "POST", headers });
  const { path } = (await response.json()) as { readonly path: string };
  return url + path;
}

async function signInAsSubscriber(page: Page, world: DashboardWorld): Promise<void> {
  await page.goto(`${world.url}/ops/sign-in`);
  await page.getByLabel("Token").fill(world.tokens.subscriber);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: /Portal production/ }).waitFor();
}

test("who signs in in one window finds nothing of the former person in another", async ({ open, world }) => {
  // 401: it may ask for something while the other one changes the session.
  const page = await open({ path: "/accounts", expects: [401, 403, 404] });
  const main = page.getByRole("main");
  await main.getByRole("link", { name: "southside" }).first().waitFor();
  await page.getByRole("link", { name: "Endpoints" }).first().click();
  await main.getByRole("link", { name: "crm" }).first().waitFor();
  // What comes from here on comes late: all that can be seen is what was there already.
  await page.route(/\/v1\/(accounts|endpoints)/, () => undefined);

  await signInAsSubscriber(await page.context().newPage(), world);

  await page.getByRole("button", { name: /Portal production/ }).waitFor();
  await main.getByRole("heading", { level: 1 }).waitFor();
  expect(await main.innerText()).not.toContain("crm");
  await page.getByRole("link", { name: "Accounts" }).first().click();
  await page.waitForURL("**/ops/accounts");
  expect(await main.innerText()).not.toContain("southside");
});

test("a window that asks while another one changes the session comes back from the sign-in", async ({
  open,
  world,
}) => {
  const page = await open({ path: "/endpoints", expects: [401, 403, 404] });
  await page.getByRole("main").getByRole("link", { name: "crm" }).first().waitFor();
  const problem = { status: 401, detail: "Nobody is signed in." };
  const between = { status: 401, contentType: "application/problem+json", body: JSON.stringify(problem) };
  await page.route("**/v1/me", async (route) => await route.fulfill(between), { times: 1 });

  await signInAsSubscriber(await page.context().newPage(), world);

  await page.getByRole("button", { name: /Portal production/ }).waitFor();
  await page.waitForURL("**/ops/endpoints");
});

test("who signs in in one window is signed in in one that waits at the sign-in, too", async ({
  open,
  world,
}) => {
  const page = await open({ path: "/endpoints", expects: [401] });
  await page.context().clearCookies();
  await page.reload();
  await page.getByLabel("Token").waitFor();

  await signInAsSubscriber(await page.context().newPage(), world);

  await page.getByRole("button", { name: /Portal production/ }).waitFor();
  await page.waitForURL("**/ops/endpoints");
});

test("a link that somebody sends changes nobody's session unasked", async ({ open, world }) => {
  const page = await open();
  await page.goto("about:blank");
  await page.goto(await linkOf(world));
  await page.getByText(/You are signed in as Ada Admin \(admin\)/).waitFor();
  expect(page.url()).not.toContain("code");
  await expectAccessible(page);

  await page.getByRole("link", { name: "Stay Ada Admin" }).click();
  await page.getByRole("button", { name: /Ada Admin/ }).waitFor();
});

test("action: somebody who is signed in uses a link all the same", async ({ open, world }) => {
  const page = await open();
  await page.goto("about:blank");
  await page.goto(await linkOf(world));
  await page.getByRole("button", { name: "Use the link" }).click();

  await page.getByRole("button", { name: /Portal production/ }).waitFor();
  await expectSettled(page);
});

test("a page that was left is not brought back by Back as it was, once nobody is signed in", async ({
  world,
}) => {
  // As people have it: for other tests it is turned off.
  await using browser = await launchChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  const context = await browser.newContext({ baseURL: world.url });
  const headers = { origin: world.url, "x-dashboard": "1" };
  await context.request.post("/ops/session", { data: { token: world.tokens.admin }, headers });
  const page = await context.newPage();
  await page.goto("/ops/accounts");
  await page.getByRole("link", { name: "southside" }).first().waitFor();
  await page.evaluate(() => {
    document.documentElement.dataset["left"] = "yes";
  });
  await page.goto("/health/live");
  await context.request.delete("/ops/session", { headers });

  await page.goBack();
  await page.getByLabel("Token").waitFor();
  expect(await page.locator("html").getAttribute("data-left")).toBeNull();
});
