import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

import { expectSettled, test } from "../support/browser.ts";
import { readApi } from "../support/read-api.ts";

/** More than any page has to stop at, however much has happened in the clinic meanwhile. */
const MOST_TABS = 1_000;

/** Presses Tab until the focus is there, as somebody without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let count = 0; count < MOST_TABS; count += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${MOST_TABS} times Tab do not lead to ${String(target)}`);
}

async function hasFocus(target: Locator): Promise<boolean> {
  return await target.evaluate((element) => element === document.activeElement);
}

/** Whether something is drawn around what has the focus, or its looks change otherwise. */
async function showsFocus(page: Page): Promise<boolean> {
  return await page.evaluate(() => {
    const style = (element: Element): string => {
      const { outlineStyle, outlineWidth, boxShadow, backgroundColor, borderColor } =
        getComputedStyle(element);
      return [outlineStyle === "none" ? "" : outlineWidth, boxShadow, backgroundColor, borderColor].join(" ");
    };
    const focused = document.activeElement;
    if (!(focused instanceof HTMLElement)) return false;
    const [own, parents] = [style(focused), style(focused.parentElement ?? focused)];
    focused.blur();
    const changed = own !== style(focused) || parents !== style(focused.parentElement ?? focused);
    focused.focus();
    return changed;
  });
}

test("action: somebody signs in and reaches every page without a mouse", async ({ open, world }) => {
  const page = await open({ role: "nobody" });
  await expect.poll(async () => await hasFocus(page.getByLabel("Token"))).toBe(true);
  await page.keyboard.type(world.tokens.admin);
  await page.keyboard.press("Enter");
  const pages = page.getByRole("navigation", { name: "Pages" });
  await pages.waitFor();

  for (const name of ["Accounts", "Events", "Endpoints", "System", "Home"]) {
    const link = pages.getByRole("link", { name });
    await tabTo(page, link);
    expect(await showsFocus(page), name).toBe(true);
    await page.keyboard.press("Enter");
    await expect.poll(async () => await link.getAttribute("aria-current")).toBe("page");
    await expectSettled(page);
    // Reading begins on the page, not in the navigation again.
    await expect.poll(async () => await hasFocus(page.getByRole("main"))).toBe(true);
  }
});

test("the first Tab offers to skip to the page, and does", async ({ open }) => {
  const page = await open();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the page" });
  expect(await hasFocus(skip)).toBe(true);
  expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0);
  await page.keyboard.press("Enter");

  expect(await hasFocus(page.getByRole("main"))).toBe(true);
});

test("Escape closes the account menu, and the focus is where it was", async ({ open }) => {
  const page = await open();
  const button = page.getByRole("button", { name: /Ada Admin/ });
  await tabTo(page, button);
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
  await page.keyboard.press("Escape");

  await page.getByRole("menu").waitFor({ state: "detached" });
  await expect.poll(async () => await hasFocus(button)).toBe(true);
});

test("action: somebody chooses the dark look by keyboard, and it is kept", async ({ open }) => {
  const page = await open();
  await tabTo(page, page.getByRole("button", { name: /Ada Admin/ }));
  await page.keyboard.press("Enter");
  await page.getByRole("menuitemradio", { name: "Dark" }).waitFor();
  await page.keyboard.type("Dark");
  await page.keyboard.press("Enter");

  const theme = async (): Promise<string | null> => await page.locator("html").getAttribute("data-theme");
  await expect.poll(theme).toBe("dark");
  await page.reload();
  await expectSettled(page);
  expect(await theme()).toBe("dark");
});

test("the key / leads to the finder, and an id to its page; within a field it is a letter", async ({
  open,
  world,
}) => {
  const page = await open({ path: "/endpoints" });
  await expectSettled(page);
  await page.keyboard.press("/");
  const finder = page.getByRole("searchbox", { name: /by its id/ });
  expect(await hasFocus(finder)).toBe(true);
  await page.keyboard.type(world.subscriberEndpoint);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/ops/endpoints/${world.subscriberEndpoint}`);

  await expectSettled(page);
  await page.keyboard.press("/");
  await page.keyboard.type("a/b");
  expect(await finder.inputValue()).toBe("a/b");
});

test("action: somebody pauses an endpoint by keyboard after having left the question alone once", async ({
  open,
  world,
}) => {
  const page = await open({ path: `/endpoints/${world.subscriberEndpoint}` });
  const pause = page.getByRole("button", { name: "Pause" });
  await tabTo(page, pause);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: /^Pause/ });
  await dialog.waitFor();
  // What stands behind cannot be reached meanwhile.
  for (let count = 0; count < 6; count += 1) {
    await page.keyboard.press("Tab");
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await expect.poll(async () => await hasFocus(pause)).toBe(true);
  const path = `/endpoints/${world.subscriberEndpoint}`;
  const { status } = await readApi<{ readonly status: { readonly state: string } }>(world, path);
  expect(status.state).not.toBe("paused");

  await page.keyboard.press("Enter");
  await tabTo(page, dialog.getByRole("button", { name: "Pause it" }));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Enable" }).waitFor();
});
