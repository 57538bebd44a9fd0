import { expect } from "vitest";

import { expectAccessible, expectSettled, test } from "../support/browser.ts";

test("the session's cookie is out of reach of scripts, and is all that the browser keeps of it", async ({
  open,
  world,
}) => {
  const page = await open();
  const cookies = await page.context().cookies();

  expect(cookies).toMatchObject([
    { name: "cw_session", httpOnly: true, sameSite: "Strict", path: "/", domain: "127.0.0.1", expires: -1 },
  ]);
  const readKept = async (): Promise<string> =>
    await page.evaluate(() => {
      const stored = [localStorage, sessionStorage].flatMap((storage) => Object.entries(storage));
      return JSON.stringify([document.cookie, ...stored]);
    });
  const kept = await readKept();
  expect(kept).not.toContain(cookies[0]?.value ?? "nothing");
  expect(kept).not.toContain(world.tokens.admin);
  // The twin: what a script can read would be seen.
  await page.evaluate(() => {
    document.cookie = "seen=a-cookie";
    localStorage.setItem("seen", "an-entry");
  });
  expect(await readKept()).toMatch(/a-cookie.*an-entry/);
});

test("a session that ends while a page is open leads to signing in, and back to that page", async ({
  open,
  world,
}) => {
  const { secret, token } = await world.base.tokens.create({
    name: "Short",
    role: "admin",
    sensitive: false,
  });
  const page = await open({ token: secret, path: "/endpoints?state=failing", expects: [401] });
  await expectSettled(page);
  await world.base.tokens.revoke(token.id);

  await page.waitForURL("**/ops/sign-in?**");
  await expectAccessible(page);
  await page.getByLabel("Token").fill(world.tokens.viewer);
  await page.getByRole("button", { name: "Sign in" }).click();

  await page.waitForURL("**/ops/endpoints?state=failing");
  await expectSettled(page);
  await page.getByRole("button", { name: /Vic Viewer/ }).waitFor();
});

test("action: somebody signs out, and Back shows nothing of what was there", async ({ open, world }) => {
  const page = await open({ path: "/accounts", expects: [401] });
  await page.getByRole("link", { name: "northside" }).first().waitFor();
  await page.getByRole("button", { name: /Ada Admin/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Token").waitFor();
  expect(await page.context().cookies()).toEqual([]);

  await page.goBack();
  await page.getByLabel("Token").waitFor();
  expect(await page.content()).not.toContain("northside");
  expect(world.url).toBe(new URL(page.url()).origin);
});

test("a token that is wrong is said to be wrong, and is not kept in the page", async ({ open }) => {
  const page = await open({ role: "nobody", path: "/sign-in" });
  await page.getByLabel("Token").fill("not-a-token");
  await page.getByRole("button", { name: "Sign in" }).click();

  await page.getByRole("alert").waitFor();
  await expectAccessible(page);
  expect(new URL(page.url()).pathname).toBe("/ops/sign-in");
});

test("action: a one-time link signs in once, and leaves no code in the address", async ({ open, world }) => {
  const response = await fetch(`${world.url}/v1/sign-in-links`, {
    method: "POST",
    headers: { authorization: `Bearer ${world.tokens.subscriber}` },
  });
  const { path } = (await response.json()) as { readonly path: string };
  const within = path.replace(/^\/ops/, "");
  const page = await open({ role: "nobody", path: within });
  await page.getByRole("button", { name: /Portal production/ }).waitFor();
  expect(page.url()).not.toContain("code");

  const second = await open({ role: "nobody", path: within });
  await second.getByRole("alert").waitFor();
  expect(second.url()).not.toContain("code");
  expect(await second.context().cookies()).toEqual([]);
});

test.for([
  "//evil.example/",
  "/\\evil.example",
  "https://evil.example/",
  "/\t/evil.example",
  "javascript:alert(1)",
])("a link that wants to lead on to %j leads home", async (then, { open, world }) => {
  const page = await open({ role: "nobody", path: `/sign-in?then=${encodeURIComponent(then)}` });
  await page.getByLabel("Token").fill(world.tokens.viewer);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();

  expect(page.url()).toBe(`${world.url}/ops/`);
});
