import { expect } from "vitest";

import { expectAccessible, expectSettled, test } from "../support/browser.ts";
import { startRelay } from "../support/relay.ts";

test("while the service is away every page says so and keeps what it shows; then it goes on by itself", async ({
  open,
  world,
}) => {
  await using relay = await startRelay(world.url);
  const page = await open({ path: "/accounts", through: relay.url, expects: ["unreachable"] });
  const account = page.getByRole("main").getByRole("link", { name: "northside" }).first();
  await account.waitFor();
  await relay.cut();

  const banner = page.getByRole("status").filter({ hasText: "The service does not answer" });
  await banner.waitFor();
  expect(await account.isVisible()).toBe(true);
  await expectAccessible(page);

  await relay.restore();
  await expect.poll(async () => await banner.count()).toBe(0);
  // It is the service that answers again, not only the banner that is gone.
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Endpoints" }).click();
  await expectSettled(page);
  await page.getByRole("link", { name: "reminders" }).first().waitFor();
});

test("a page that is opened while the service is away says so, and shows itself once it is back", async ({
  open,
  world,
}) => {
  await using relay = await startRelay(world.url);
  const page = await open({ through: relay.url, expects: ["unreachable"] });
  await relay.cut();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Accounts" }).click();
  await page.getByText("The service does not answer").first().waitFor();
  await relay.restore();

  await page.getByRole("main").getByRole("link", { name: "northside" }).first().waitFor();
});

test("after an update, when the files of a page have other names, the page loads itself again", async ({
  open,
}) => {
  const page = await open({ expects: [404] });
  await page.route(/\/assets\/accounts-[^/]+\.js$/, async (route) => await route.fulfill({ status: 404 }), {
    times: 1,
  });
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Accounts" }).click();

  await page.getByRole("main").getByRole("link", { name: "northside" }).first().waitFor();
});

test("a page whose code is broken for good says so, and leaves the others alone", async ({ open }) => {
  const page = await open({ expects: [404, "broken page"] });
  await page.route(/\/assets\/accounts-[^/]+\.js$/, async (route) => await route.fulfill({ status: 404 }));
  const pages = page.getByRole("navigation", { name: "Pages" });
  await pages.getByRole("link", { name: "Accounts" }).click();
  await page.getByRole("heading", { name: "This page failed" }).waitFor();
  await expectAccessible(page);

  await pages.getByRole("link", { name: "Endpoints" }).click();
  await page.getByRole("link", { name: "reminders" }).first().waitFor();
});
