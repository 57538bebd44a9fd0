import { expect } from "vitest";

import { expectAccessible, expectSettled, test } from "../support/browser.ts";

test("the tab says on every page how much needs somebody, in words and as a picture", async ({ open }) => {
  const page = await open({ path: "/events" });
  await expect.poll(async () => await page.title()).toMatch(/^\(\d+\) .+ · cliniko-webhooks$/);
  const icon = async (): Promise<string | null> => await page.locator("link[rel=icon]").getAttribute("href");
  expect(await icon()).toContain("icon-trouble");
  await page.getByRole("link", { name: /Home.*needs? you/ }).waitFor();

  // The twin: a subscriber whose endpoints have not been given up sees none of it.
  const calm = await open({ role: "subscriber", path: "/events" });
  await expectSettled(calm);
  expect(await calm.title()).not.toMatch(/^\(/);
  expect(await calm.locator("link[rel=icon]").getAttribute("href")).not.toContain("trouble");
});

test("action: somebody finds an event by its id with the key / alone", async ({ open, world }) => {
  const answer = await fetch(`${world.url}/v1/events?limit=1&payload=ids`, {
    headers: { authorization: `Bearer ${world.tokens.admin}` },
  });
  const { data } = (await answer.json()) as { readonly data: readonly { readonly id: string }[] };
  const id = data[0]?.id ?? "";
  const page = await open({ path: "/accounts" });
  await page.keyboard.press("/");
  const field = page.getByRole("searchbox", { name: /by its id/ });
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);

  await page.keyboard.type(id);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/ops/events/${id}`);
  expect(await field.inputValue()).toBe("");
  // Reading begins at the page.
  await expect.poll(async () => await page.evaluate(() => document.activeElement?.id)).toBe("main");

  // Typed into a field it is a letter.
  await field.focus();
  await page.keyboard.type("a/b");
  expect(await field.inputValue()).toBe("a/b");
});

test("from page to page the focus goes to the page, from tab to tab it stays on the tab", async ({
  open,
}) => {
  const page = await open({ path: "/endpoints/crm" });
  await expectSettled(page);
  const tab = page.getByRole("navigation").getByRole("link", { name: "Deliveries" });
  await tab.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/ops/endpoints/crm/deliveries");
  expect(await tab.evaluate((element) => element === document.activeElement)).toBe(true);

  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Accounts" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/ops/accounts");
  await expect.poll(async () => await page.evaluate(() => document.activeElement?.id)).toBe("main");
});

test("the first key leads past the navigation", async ({ open }) => {
  const page = await open({ path: "/accounts?search=north" });
  await expectSettled(page);
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the page" });
  expect(await skip.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  expect(new URL(page.url()).hash).toBe("");
  expect(new URL(page.url()).search).toBe("?search=north");
});

test("action: somebody chooses the dark appearance, and it stays", async ({ open }) => {
  const page = await open();
  await page.getByRole("button", { name: /Ada Admin/ }).click();
  await page.getByText("Admin: sees and changes everything").waitFor();
  await expectAccessible(page);
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await page.reload();
  expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await expectAccessible(page);
});

test("who is signed out in the middle is told so, and why", async ({ open, world }) => {
  const { secret, token } = await world.base.tokens.create({
    name: "Short",
    role: "viewer",
    sensitive: false,
  });
  const page = await open({ token: secret, path: "/", expects: [401] });
  await expectSettled(page);
  await world.base.tokens.revoke(token.id);

  await page.getByText("You have been signed out").waitFor();
  // The twin: whoever comes here by themselves is not.
  const other = await open({ role: "nobody", path: "/sign-in" });
  await other.getByLabel("Token").waitFor();
  expect(await other.getByText("You have been signed out").count()).toBe(0);
});

test("a wrong token and a used link are told with what to do", async ({ open }) => {
  const page = await open({ role: "nobody", path: "/sign-in" });
  await page.getByLabel("Token").fill("cwt_wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("Was it copied whole?").waitFor();

  const other = await open({ role: "nobody", path: "/sign-in#code=used" });
  await other
    .getByRole("alert")
    .getByText(/has been used, or is older than ten minutes/)
    .waitFor();
  await other
    .getByRole("alert")
    .getByText(/cliniko-webhooks dashboard/)
    .waitFor();
});

test("signing out while the service is away says that one is still signed in", async ({ open }) => {
  const page = await open({ expects: ["unreachable"] });
  await expectSettled(page);
  await page.context().setOffline(true);
  await page.getByRole("button", { name: /Ada Admin/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page
    .getByRole("status")
    .getByText(/You are still signed in/)
    .waitFor();
  await page.context().setOffline(false);
});
