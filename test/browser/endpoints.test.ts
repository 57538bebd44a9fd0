import { Webhook } from "standardwebhooks";
import { expect } from "vitest";

import { startSubscriber } from "../support/answering-server.ts";
import { expectAccessible, expectSettled, test } from "../support/browser.ts";
import { askApi, makeEndpoint } from "../support/endpoint-by-api.ts";

interface Listed {
  readonly data: readonly { readonly id: string; readonly description: string }[];
}

test("the list has the worst first, and says why", async ({ open }) => {
  const page = await open({ path: "/endpoints" });
  const rows = page.getByRole("table", { name: "Endpoints" }).locator("tbody tr");
  await expect.poll(async () => await rows.first().textContent()).toMatch(/billing.*Disabled.*410/s);
  await expect.poll(async () => await rows.nth(1).textContent()).toMatch(/Starting to fail|reminders/);
  expect(await rows.filter({ hasText: "reminders" }).textContent()).toMatch(/Status 503/);
  expect(await rows.filter({ hasText: "crm" }).textContent()).toMatch(/every event.*Healthy/s);
  await expectAccessible(page);

  await rows
    .first()
    .getByRole("link", { name: /^[1-9]/ })
    .click();
  await page.waitForURL("**/endpoints/billing/deliveries?state=parked");
});

test("the list fits a phone, in the dark", async ({ open }) => {
  const page = await open({ path: "/endpoints", width: "narrow", theme: "dark" });
  await page.getByRole("link", { name: "billing" }).waitFor();
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test("the list is narrowed by words and by state, which stand in the address", async ({ open }) => {
  const page = await open({ path: "/endpoints" });
  await page.getByRole("link", { name: "crm" }).waitFor();
  await page.getByLabel("Search", { exact: true }).fill("bill");
  await page.waitForURL("**/endpoints?search=bill");
  await page.getByRole("link", { name: "crm" }).waitFor({ state: "detached" });

  await page.reload();
  await page.getByRole("link", { name: "billing" }).waitFor();
  expect(await page.getByLabel("Search", { exact: true }).inputValue()).toBe("bill");

  await page.getByRole("button", { name: /State/ }).click();
  await page.getByRole("option", { name: "Paused" }).click();
  await page.getByText("No endpoint is like that").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("link", { name: "crm" }).waitFor();
  expect(new URL(page.url()).search).toBe("");
});

test("a subscriber sees its own endpoints and no others", async ({ open, world }) => {
  const page = await open({ role: "subscriber", path: "/endpoints" });
  await page.getByRole("link", { name: world.subscriberEndpoint }).waitFor();
  expect(await page.getByRole("main").textContent()).not.toMatch(/crm|billing|reminders/);
});

test("a viewer makes none, and is told so", async ({ open }) => {
  const page = await open({ role: "viewer", path: "/endpoints" });
  await page.getByRole("link", { name: "crm" }).waitFor();
  expect(await page.getByRole("link", { name: "New endpoint" }).count()).toBe(0);

  await page.goto("/ops/endpoints/new");
  await page.getByText("A viewer sees every endpoint and changes none.").waitFor();
  expect(await page.getByRole("button", { name: "Make the endpoint" }).count()).toBe(0);
});

test("action: somebody makes an endpoint, whose secret is shown once", async ({ open, world }) => {
  await using receiver = await startSubscriber();
  const page = await open({ path: "/endpoints/new" });
  await page.getByLabel("URL", { exact: true }).fill(`${receiver.url}/made`);
  await page.getByLabel("Description").fill("made once");
  await page.getByLabel("Find a type").fill("no-show");
  await page.getByRole("checkbox", { name: "appointment.did_not_arrive", exact: false }).first().check();
  await page.getByLabel("Find a type").fill("");
  await page.getByText("Group appointment", { exact: false }).first().waitFor();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Make the endpoint" }).dblclick();
  await page.getByText("Copy the secret now").waitFor();
  const secret = (await page.getByText(/^whsec_/).textContent()) ?? "";
  await expectAccessible(page);
  const { data } = await askApi<Listed>(world, "admin", "GET", "/endpoints?search=made%20once");
  expect(data).toHaveLength(1);

  await page.getByRole("link", { name: /^Go to/ }).click();
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText("Accepted: it answered 204.").waitFor();
  const [call] = receiver.calls;
  expect(
    new Webhook(secret).verify(call?.request.body ?? "", { ...call?.request.headers } as Record<
      string,
      string
    >),
  ).toMatchObject({
    type: "endpoint.test",
  });
  // Once is once: neither its pages nor the way back show it again.
  await page.goBack();
  await page.getByRole("heading", { name: "New endpoint" }).waitFor();
  expect(await page.content()).not.toContain(secret);
});

test("action: somebody makes an endpoint by keyboard alone", async ({ open, world }) => {
  const page = await open({ role: "subscriber", path: "/endpoints/new" });
  await page.getByLabel("URL", { exact: true }).focus();
  await page.keyboard.type(`${world.receiver.url}keyboard`);
  await page.keyboard.press("Tab");
  await page.keyboard.type("typed");
  await page.keyboard.press("Tab");
  // Every event.
  await page.keyboard.press("Space");
  await expect
    .poll(async () => await page.getByRole("list", { name: "Chosen event types" }).textContent())
    .toContain("*");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByText("Copy the secret now").waitFor();
  const { data } = await askApi<Listed>(world, "subscriber", "GET", "/endpoints");
  expect(data.map(({ description }) => description)).toContain("typed");
});

test("what is wrong is told at its field, with the remedy", async ({ open }) => {
  const page = await open({ path: "/endpoints/new", expects: [400] });
  await page.getByLabel("URL", { exact: true }).fill("https://10.0.0.1/hook");
  await page.getByRole("checkbox", { name: /^Every event/ }).check();
  await page.getByRole("button", { name: "Make the endpoint" }).click();
  const url = page.getByLabel("URL", { exact: true });
  await expect.poll(async () => await url.getAttribute("aria-invalid")).toBe("true");
  const described = (await url.getAttribute("aria-describedby")) ?? "";
  const words = await page.evaluate(
    (ids) =>
      ids
        .split(" ")
        .map((id) => document.getElementById(id)?.textContent ?? "")
        .join(" "),
    described,
  );
  expect(words).toMatch(/10\.0\.0\.1 is private.*delivery\.allow_private/);
  await expectAccessible(page);

  await page.getByRole("checkbox", { name: /^Every event/ }).uncheck();
  await page.getByRole("button", { name: "Make the endpoint" }).click();
  await page
    .getByRole("alert")
    .filter({ hasText: "Name one event at least" })
    .or(page.getByText("name one event at least"))
    .first()
    .waitFor();
});

test("the filter tester counts what has happened, and shows the bodies", async ({ open }) => {
  const page = await open({ path: "/endpoints/new" });
  const tester = page.getByRole("complementary", { name: "Filter tester" });
  await tester.getByText("Choose an event type").waitFor();
  await page.getByLabel("Find a type").fill("appointment.created");
  await page.getByRole("checkbox", { name: /All of them appointment/ }).check();
  await expect.poll(async () => await tester.textContent()).toMatch(/[1-9]\d* callbacks? in the last 7 days/);
  await tester.getByRole("rowheader", { name: "appointment.created" }).waitFor();
  await tester.locator("summary").first().click();
  await expect.poll(async () => await tester.locator("pre").first().textContent()).toMatch(/"data": {/);
  await expectAccessible(page);

  // Its twin: what has never happened.
  await page.getByRole("checkbox", { name: /All of them appointment/ }).uncheck();
  await page.getByLabel("Find a type").fill("connection.key_revoked");
  await page.getByRole("checkbox", { name: /connection\.key_revoked/ }).check();
  await tester.getByText("Nothing like that has happened", { exact: false }).waitFor();
});

test("a condition names a field of the chosen events, and the tester judges it at once", async ({ open }) => {
  const page = await open({ path: "/endpoints/new", expects: [400] });
  const tester = page.getByRole("complementary", { name: "Filter tester" });
  expect(await page.getByRole("button", { name: "Add a condition" }).isDisabled()).toBe(true);
  await page.getByRole("checkbox", { name: /^Every event/ }).check();
  await page.getByRole("button", { name: "Add a condition" }).click();
  const condition = page.getByRole("group", { name: "Condition 1" });
  await condition.getByRole("button", { name: /Field/ }).click();
  await page.getByRole("option", { name: "notes", exact: true }).click();
  await condition.getByText("add notes to include", { exact: false }).waitFor();

  await page.getByRole("checkbox", { name: "notes", exact: true }).check();
  await condition.getByText("add notes to include", { exact: false }).waitFor({ state: "detached" });
  await expect.poll(async () => await tester.textContent()).toMatch(/callbacks? in the last 7 days/);
  await expectAccessible(page);
});

test("who may not have sensitive fields cannot choose them", async ({ open }) => {
  const page = await open({ role: "subscriber", path: "/endpoints/new" });
  await page.getByRole("checkbox", { name: /^Every event/ }).check();
  await page.getByText("Your token may not have them.", { exact: false }).waitFor();
  await expectSettled(page);
  expect(await page.getByRole("checkbox", { name: "notes" }).count()).toBe(0);
  expect(await page.getByLabel("Id", { exact: true }).count()).toBe(0);
});

test("two hundred endpoints stay usable: the worst are there at once, and the others are one search away", async ({
  open,
  world,
}) => {
  for (let number = 0; number < 120; number += 1) {
    await makeEndpoint(world, {
      url: `${world.receiver.url}many`,
      id: `many-${number}`,
      events: ["connection.key_revoked"],
    });
  }
  const page = await open({ path: "/endpoints" });
  const rows = page.getByRole("table", { name: "Endpoints" }).locator("tbody tr");
  await expect.poll(async () => await rows.count()).toBe(50);
  expect(await rows.first().textContent()).toContain("billing");
  await page.getByRole("button", { name: "Show more" }).click();
  await expect.poll(async () => await rows.count()).toBe(100);
  await page.getByLabel("Search", { exact: true }).fill("many-117");
  await expect.poll(async () => await rows.count()).toBe(1);
});
