import { expect } from "vitest";

import { expectAccessible, test } from "../support/browser.ts";

test("an operator sees processes, Redis and what is kept", async ({ open }) => {
  const page = await open({ role: "viewer", path: "/system" });
  const processes = page.getByRole("table", { name: "Processes of the service" });
  await processes.getByText("poll, dispatch, ops").waitFor();
  await page.getByRole("heading", { name: "Redis" }).waitFor();
  await page.getByText("noeviction").waitFor();
  await page
    .getByRole("table", { name: "Events kept, by account" })
    .getByRole("link", { name: "northside" })
    .waitFor();
  expect(await page.getByRole("navigation", { name: "Parts of the system" }).count()).toBe(0);
  await expectAccessible(page);
});

test("two versions at once are told", async ({ open, world }) => {
  const { processes } = world.base;
  const other = {
    id: "other",
    host: "notifier-2",
    pid: 7,
    roles: ["dispatch"],
    version: "0.0.1",
    node: "22.1.0",
  };
  await processes.say({ ...other, startedAt: Date.now(), memoryBytes: 88_000_000, loopDelayMs: 1 });
  const page = await open({ path: "/system" });
  await page.getByText(/^Versions 0\.0\.1 and .* run at once/).waitFor();
  await processes.remove("other");
  await page.getByText(/run at once/).waitFor({ state: "detached" });
});

test("access and the audit log are for admins, the system for operators", async ({ open }) => {
  const viewer = await open({ role: "viewer", path: "/system/access" });
  await viewer.getByRole("heading", { name: "This page is for admins" }).waitFor();
  await viewer.goto(new URL("/ops/system/audit", viewer.url()).href);
  await viewer.getByRole("heading", { name: "This page is for admins" }).waitFor();
  const subscriber = await open({ role: "subscriber", path: "/system" });
  await subscriber.getByRole("heading", { name: "This page is for operators" }).waitFor();
  expect(await subscriber.getByRole("link", { name: "System" }).count()).toBe(0);
});

test("action: an admin makes a token, which is shown once and opens what it should", async ({
  open,
  world,
}) => {
  const page = await open({ path: "/system/access", expects: [400] });
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Reporting");
  await dialog.getByRole("radio", { name: "Subscriber" }).check();
  await dialog.getByLabel("Subscriber", { exact: true }).last().fill("Not A Name");
  await dialog.getByRole("button", { name: "Make the token" }).click();
  await dialog.getByText(/is not a usable name/).waitFor();
  await dialog.getByText(/name the accounts that the subscriber is to get/).waitFor();
  await expectAccessible(page);

  await dialog.getByLabel("Subscriber", { exact: true }).last().fill("reporting");
  await dialog.getByRole("checkbox", { name: "southside" }).check();
  await dialog.getByRole("button", { name: "Make the token" }).click();
  await page.getByText("Copy it now: it is not shown again.").waitFor();
  await expectAccessible(page);
  const secret = (await dialog.getByText(/^cwt_\w+_\S{40,}$/).textContent()) ?? "";
  const answer = await fetch(`${world.url}/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
  expect(await answer.json()).toMatchObject({
    name: "Reporting",
    role: "subscriber",
    subscriber: "reporting",
    accounts: ["southside"],
  });

  // Escape is pressed by habit: the secret would be lost.
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await dialog.waitFor({ state: "detached" });
  await page
    .getByRole("row", { name: /Reporting/ })
    .getByText("of southside")
    .waitFor();
  expect(await page.content()).not.toContain(secret);
});

test("action: an admin revokes a token, and whoever is signed in with it is out", async ({ open, world }) => {
  const { secret } = await world.base.tokens.create({ name: "Leaver", role: "viewer", sensitive: false });
  const theirs = await open({ token: secret, path: "/accounts", expects: [401] });
  const page = await open({ path: "/system/access" });
  await page.getByRole("button", { name: "Revoke Leaver" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoke “Leaver”?" });
  await dialog.getByText(/whoever is signed in with it is signed out/).waitFor();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Leave it" }).click();
  await page.getByRole("button", { name: "Revoke Leaver" }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();

  await page.getByRole("status").filter({ hasText: "Revoked “Leaver”" }).waitFor();
  await page.getByRole("row", { name: /Leaver/ }).waitFor({ state: "detached" });
  // The button is gone with its row: reading goes on at the list.
  const heading = page.getByRole("heading", { name: "Tokens" });
  await expect.poll(() => heading.evaluate((element) => element === document.activeElement)).toBe(true);
  await theirs.waitForURL("**/ops/sign-in**");
});

test("the audit log says who did what to what, is narrowed, and leads there", async ({ open, world }) => {
  await fetch(`${world.url}/v1/accounts/northside/poll`, {
    method: "POST",
    headers: { authorization: `Bearer ${world.tokens.admin}` },
  });
  const { base } = world;
  const actor = { id: "cli:night", name: "night", role: "admin" };
  await base.audit.append({ actor, action: "account.release", target: "southside", fields: ["patients"] });
  const page = await open({ path: "/system/audit" });
  const row = page.getByRole("row", { name: /Released the guards/ });
  await row.getByText("cli:night").waitFor();
  await expectAccessible(page);

  await page.getByLabel("Who").fill("Portal");
  await row.waitFor({ state: "detached" });
  await page.getByRole("row", { name: /Made an endpoint/ }).waitFor();
  await page.getByLabel("Who").fill("");
  await page.getByRole("button", { name: "What was done to" }).click();
  await page.getByRole("option", { name: "Accounts" }).click();
  await page.getByRole("row", { name: /Made an endpoint/ }).waitFor({ state: "detached" });
  await page.waitForURL("**/system/audit?action=account.");
  await row.getByRole("link", { name: "southside" }).click();
  await page.waitForURL("**/accounts/southside");
});
