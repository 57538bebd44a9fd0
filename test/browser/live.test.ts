import { expect } from "vitest";

import { expectSettled, test } from "../support/browser.ts";

const HOUR_MS = 3_600_000;

test("what the clinic does shows on the home page without loading it again", async ({ open, world }) => {
  const page = await open();
  await expectSettled(page);
  await page.evaluate(() => {
    document.documentElement.dataset["loaded"] = "once";
  });
  const { desk } = world.clinic;
  const visit = desk
    .appointments()
    .find(({ cancelled_at, starts_at }) => cancelled_at === null && starts_at * 1_000 > Date.now());
  expect(visit).toBeDefined();
  const id = visit?.id ?? "";
  const link = page.getByRole("main").locator(`a[href$="/records/appointment/${id}"]`);
  expect(await link.count()).toBe(0);
  // On a slow machine others are at work until it is shown, and the page shows the last ones alone: then it is moved again.
  let days = 31;
  await expect
    .poll(
      async () => {
        expect(desk.move(id, Date.now() + (days += 1) * 24 * HOUR_MS)).toBe(true);
        return await link
          .first()
          .waitFor({ timeout: 15_000 })
          .then(
            () => true,
            () => false,
          );
      },
      { timeout: 240_000 },
    )
    .toBe(true);
  expect(await page.locator("html").getAttribute("data-loaded")).toBe("once");
});

test("an endpoint that answers again is seen to be well without loading the page", async ({
  open,
  world,
}) => {
  const page = await open({ path: "/endpoints" });
  await expectSettled(page);
  const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "reminders" }) });
  await row.getByText(/fail/i).first().waitFor();
  world.answerReminders(204);

  // Its next probe may be a while away.
  await row
    .getByText(/healthy/i)
    .first()
    .waitFor({ timeout: 240_000 });
});
