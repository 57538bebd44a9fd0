import { expect } from "vitest";

import { expectAccessible, expectSettled, test } from "../support/browser.ts";

test("on a phone the failing endpoint is in sight without scrolling, and one touch away", async ({
  open,
}) => {
  const page = await open({ width: "narrow" });
  const verdict = page.getByRole("region", { name: /needs? you/ });
  const billing = verdict.getByRole("link", { name: "Endpoint billing" });
  await billing.waitFor();

  const box = await billing.boundingBox();
  const bottom = await page.getByRole("navigation", { name: "Pages" }).boundingBox();
  expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThan(bottom?.y ?? 0);
  expect(await verdict.textContent()).toMatch(/Endpoint billing: disabled since \d\d:\d\d/);
  await expectAccessible(page);

  await billing.click();
  await page.waitForURL("**/ops/endpoints/billing");
});

test("the three questions are answered for an operator", async ({ open }) => {
  const page = await open();
  await expectSettled(page);

  const endpoints = page.getByRole("region", { name: "Endpoints" });
  await endpoints.getByText(/^Of 4 endpoints: 1 disabled/).waitFor();
  expect(await endpoints.getByRole("link", { name: "Recover" }).first().getAttribute("href")).toBe(
    "/ops/endpoints/billing/deliveries",
  );
  const sources = page.getByRole("region", { name: "Sources", exact: true });
  await sources
    .getByText(/(fresh|behind)/)
    .first()
    .waitFor();
  expect(await sources.getByRole("listitem").filter({ hasText: "complete up to" }).count()).toBe(10);
  const queues = page.getByRole("region", { name: "Queues" }).first();
  await queues.getByText(/That is no backlog/).waitFor();
  expect(await queues.getByRole("row").count()).toBe(7);
  await expectAccessible(page);
});

test("a subscriber sees its own endpoint and account, and nothing of queues, budget or others", async ({
  open,
  world,
}) => {
  const page = await open({ role: "subscriber" });
  await expectSettled(page);

  await page
    .getByRole("region", { name: "Endpoints" })
    .getByText(/^The endpoint (takes|is)/)
    .waitFor();
  await page
    .getByRole("region", { name: "Sources", exact: true })
    .getByRole("link", { name: "northside" })
    .waitFor();
  const text = await page.locator("body").innerText();
  for (const foreign of ["southside", "billing", "reminders", "Queues", "requests a minute"]) {
    expect(text).not.toContain(foreign);
  }
  // The twin: an operator sees them.
  const other = await open({ role: "viewer" });
  await expectSettled(other);
  const all = await other.locator("body").innerText();
  for (const own of ["southside", "billing", "reminders", "Queues", "requests a minute"])
    expect(all).toContain(own);
  expect(world.tokens.viewer).not.toBe(world.tokens.subscriber);
});

test("a change in the clinic comes up by itself, without values, and leads to its event", async ({
  open,
  world,
}) => {
  const page = await open();
  const list = page.getByRole("region", { name: "Happening now" }).getByRole("list");
  await list.getByRole("listitem").first().waitFor();
  const patient = world.clinic.desk.registerPatient({ first_name: "Zebedee" });

  const mine = list.getByRole("listitem").filter({ hasText: `Patient ${patient}` });
  await mine.first().waitFor();
  expect(await page.content()).not.toContain("Zebedee");
  await mine.first().getByRole("link", { name: "Patient registered" }).click();
  await page.waitForURL("**/ops/events/evt_*");
});

test("action: somebody holds what happens still, and lets it go on", async ({ open }) => {
  const page = await open();
  const card = page.getByRole("region", { name: "Happening now" });
  await card.getByRole("button", { name: "Hold" }).click();
  const before = await card.getByRole("listitem").allInnerTexts();

  const goOn = card.getByRole("button", { name: /^Go on \(\d+ new\)/ });
  await goOn.waitFor();
  const firstWords = (texts: readonly string[]): readonly (string | undefined)[] =>
    texts.map((text) => /\d{8,}/.exec(text)?.[0]);
  expect(firstWords(await card.getByRole("listitem").allInnerTexts())).toEqual(firstWords(before));

  await goOn.click();
  await card.getByRole("button", { name: "Hold" }).waitFor();
  await expect
    .poll(async () => firstWords(await card.getByRole("listitem").allInnerTexts()))
    .not.toEqual(firstWords(before));
});

test("how far back the plots go stands in the address, and their numbers in a table", async ({ open }) => {
  const page = await open({ width: "narrow" });
  const card = page.getByRole("region", { name: "Through time" });
  await card.getByRole("radio", { name: "Day" }).click();
  await page.waitForURL("**/ops/?range=day");
  await card.getByText("Found and delivered in 10 minutes").waitFor();
  await page.reload();
  await card.getByRole("radio", { name: "Day", checked: true }).waitFor();

  await card.getByText("As a table").first().click();
  const table = card.getByRole("region", { name: "Found and delivered in 10 minutes, as a table" });
  await expect.poll(async () => await table.getByRole("row").count()).toBeGreaterThan(100);
  await expectAccessible(page);
});
