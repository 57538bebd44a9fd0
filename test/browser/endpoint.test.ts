import { Webhook } from "standardwebhooks";
import { expect } from "vitest";

import { startSubscriber } from "../support/answering-server.ts";
import { expectAccessible, expectSettled, test } from "../support/browser.ts";
import { askApi, makeEndpoint } from "../support/endpoint-by-api.ts";

interface Status {
  readonly status: { readonly state: string; readonly parked: number; readonly delivered: number };
}

test("an endpoint that is disabled says since when, why, what is parked, and what to do", async ({
  open,
}) => {
  const page = await open({ path: "/endpoints/billing" });
  const main = page.getByRole("main");
  await expect.poll(async () => await main.textContent()).toMatch(/Disabled since .*It answered 410/s);
  await main.getByText("Status 410").first().waitFor();
  await main.getByRole("link", { name: /^[1-9]\d* parked$/ }).waitFor();
  await expectSettled(page);
  await expectAccessible(page);

  await page
    .getByRole("link", { name: "Week" })
    .or(page.getByRole("radio", { name: "Week" }))
    .click();
  await page.waitForURL("**/endpoints/billing?range=week");
});

test("the page of an endpoint fits a phone, in the dark", async ({ open }) => {
  const page = await open({ path: "/endpoints/reminders", width: "narrow", theme: "dark" });
  await expectSettled(page);
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test("an endpoint of the configuration file is changed there, and says so", async ({ open }) => {
  const page = await open({ path: "/endpoints/crm/settings" });
  await page.getByText("This endpoint stands in the configuration file", { exact: false }).waitFor();
  expect(await page.getByRole("button", { name: "Save" }).count()).toBe(0);
  await page.getByRole("link", { name: "Keys" }).click();
  await page.getByText("Its keys stand in the configuration file.", { exact: false }).waitFor();
  expect(await page.getByRole("button", { name: "Rotate" }).count()).toBe(0);
});

test("a viewer sees it all but the path, and changes nothing", async ({ open }) => {
  const page = await open({ role: "viewer", path: "/endpoints/billing" });
  await page.getByText("A viewer cannot send one", { exact: false }).waitFor();
  for (const tab of ["Deliveries", "Settings", "Keys"]) {
    await page.getByRole("link", { name: tab, exact: true }).click();
    await expectSettled(page);
    const buttons = page
      .getByRole("main")
      .getByRole("button", { name: /pause|enable|again|retry|save|delete|rotate|test/i });
    expect(await buttons.count(), tab).toBe(0);
    expect(await page.getByRole("main").textContent()).not.toContain("/hooks/");
  }
});

test("an endpoint that is not there, or somebody else's, is told in words", async ({ open }) => {
  const page = await open({ role: "subscriber", path: "/endpoints/crm", expects: [404] });
  await page.getByRole("heading", { name: "There is no such endpoint" }).waitFor();
  await page.getByRole("link", { name: "Look at all endpoints" }).click();
  await page.getByRole("heading", { name: "Endpoints", exact: true }).waitFor();
});

test("action: somebody sends a test, and learns what came of it", async ({ open, world }) => {
  let answer = 503;
  await using receiver = await startSubscriber(() => answer);
  const { id } = await makeEndpoint(world, { url: receiver.url, events: ["connection.key_revoked"] });
  const page = await open({ path: `/endpoints/${id}` });
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText("Not accepted: it answered 503.").waitFor();
  await page.getByText("It is overloaded or down", { exact: false }).waitFor();
  await expectAccessible(page);

  answer = 204;
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText("Accepted: it answered 204.").waitFor();
});

test("action: somebody pauses an endpoint, and enables it again", async ({ open, world }) => {
  const { id } = await makeEndpoint(world, { url: world.receiver.url, events: ["connection.key_revoked"] });
  const page = await open({ path: `/endpoints/${id}` });
  const pause = page.getByRole("button", { name: "Pause", exact: true });
  await pause.click();
  await page
    .getByRole("dialog", { name: `Pause ${id}?` })
    .getByRole("button", { name: "Leave it" })
    .click();
  await expect
    .poll(async () => await pause.evaluate((button) => button === document.activeElement))
    .toBe(true);

  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Pause it" }).click();
  await page.getByRole("button", { name: "Enable", exact: true }).waitFor();
  await page.getByText("A person paused it", { exact: false }).waitFor();
  expect((await askApi<Status>(world, "admin", "GET", `/endpoints/${id}`)).status.state).toBe("paused");

  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await page.getByRole("button", { name: "Enable it" }).click();
  await pause.waitFor();
  expect((await askApi<Status>(world, "admin", "GET", `/endpoints/${id}`)).status.state).toBe("healthy");
});

test("action: somebody counts what is parked, and sends it again", async ({ open, world }) => {
  let answer = 410;
  await using receiver = await startSubscriber(() => answer);
  const { id } = await makeEndpoint(world, { url: receiver.url });
  const parked = async (): Promise<number> =>
    (await askApi<Status>(world, "admin", "GET", `/endpoints/${id}`)).status.parked;
  await expect.poll(parked).toBeGreaterThan(1);

  const page = await open({ path: `/endpoints/${id}/deliveries` });
  await page.getByRole("button", { name: "Send again …" }).click();
  await page.getByRole("button", { name: "Count them" }).click();
  await page.getByText("would be parked again", { exact: false }).waitFor();
  await expectAccessible(page);
  // Its owner has mended it: now it is worth it.
  answer = 204;
  await askApi(world, "admin", "POST", `/endpoints/${id}/enable`);
  await page.getByText("would be parked again", { exact: false }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Send \d+ deliveries again$/ }).click();
  await page.getByText(/^\d+ deliveries are on their way again\.$/).waitFor();
  expect(new URL(page.url()).searchParams.get("recovery")).not.toBeNull();
  await expect.poll(parked).toBe(0);

  await page.reload();
  await page.getByText(/^\d+ deliveries are on their way again\.$/).waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByText("Everything that it was given has reached it or still will.").waitFor();
});

test("a recovery of nothing says so, and starts none", async ({ open, world }) => {
  const { id } = await makeEndpoint(world, { url: world.receiver.url, events: ["connection.key_revoked"] });
  const page = await open({ path: `/endpoints/${id}/deliveries?again=1` });
  await page.getByText("It was not given anything yet").waitFor();
  await page.getByRole("button", { name: "Count them" }).click();
  await page.getByText("Nothing is like that.").waitFor();
  expect(await page.getByRole("button", { name: /^Send \d+/ }).count()).toBe(0);
});

test("action: somebody tries one delivery once more", async ({ open, world }) => {
  let answer = 500;
  await using receiver = await startSubscriber(() => answer);
  const { id } = await makeEndpoint(world, { url: receiver.url });
  await expect.poll(() => receiver.calls.length).toBeGreaterThan(0);
  const page = await open({ path: `/endpoints/${id}/deliveries` });
  await page
    .getByRole("button", { name: /^State/ })
    .or(page.getByRole("button", { name: /State$/ }))
    .first()
    .click();
  await page.getByRole("option", { name: "Retrying" }).click();
  await page.waitForURL("**/deliveries?state=retry");
  await page
    .getByRole("button", { name: /^Attempts of/ })
    .first()
    .click();
  await page.getByText("Status 500").first().waitFor();
  await expectAccessible(page);
  const event = new URL(page.url()).searchParams.get("delivery") ?? "";
  const before = receiver.ids().filter((called) => called === event).length;
  answer = 204;
  await page.getByRole("button", { name: `Retry now: ${id}` }).click();
  await expect.poll(() => receiver.ids().filter((called) => called === event).length).toBeGreaterThan(before);
});

test("action: somebody changes an endpoint", async ({ open, world }) => {
  const { id } = await makeEndpoint(world, { url: world.receiver.url, events: ["connection.key_revoked"] });
  const page = await open({ path: `/endpoints/${id}/settings` });
  expect(await page.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
  await page.getByLabel("Description").fill("what it is for");
  await page.getByRole("checkbox", { name: "All linked records" }).check();
  await page.getByRole("checkbox", { name: "Local times" }).check();
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("radio", { name: "CloudEvents" }).check();
  await page.getByLabel("Attempts").fill("3");
  await page.getByLabel("Signature of the body alone").fill("X-Hub-Signature-256");
  await page.getByRole("radio", { name: "Changes" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(`${id} is saved.`).waitFor();
  await page.getByText("It is as it was saved.").waitFor();
  await expectAccessible(page);
  const kept = await askApi(world, "admin", "GET", `/endpoints/${id}`);
  expect(kept).toMatchObject({
    description: "what it is for",
    payload: "changes",
    events: ["connection.key_revoked"],
    expand: ["*"],
    local_time: true,
    format: "cloudevents",
    attempts: 3,
    body_signature: "x-hub-signature-256",
    revision: 2,
  });
});

test("action: of two people who change an endpoint at once, the slower is told, and loses nothing", async ({
  open,
  world,
}) => {
  const { id } = await makeEndpoint(world, { url: world.receiver.url, events: ["connection.key_revoked"] });
  const page = await open({ path: `/endpoints/${id}/settings`, expects: [412] });
  await page.getByLabel("Description").fill("mine");
  await askApi(world, "admin", "PATCH", `/endpoints/${id}`, { payload: "ids", description: "theirs" });
  await page.getByRole("button", { name: "Save" }).click();
  await page
    .getByText("Somebody else has changed this endpoint meanwhile", { exact: false })
    .first()
    .waitFor();
  await page.getByText("You both changed: description.", { exact: false }).first().waitFor();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(`${id} is saved.`).waitFor();
  const kept = await askApi(world, "admin", "GET", `/endpoints/${id}`);
  expect(kept).toMatchObject({ description: "mine", payload: "ids", revision: 3 });
});

test("action: somebody rotates a key, and both sign for the overlap", async ({ open, world }) => {
  await using receiver = await startSubscriber();
  const { id, secret: former } = await makeEndpoint(world, {
    url: receiver.url,
    events: ["connection.key_revoked"],
  });
  const page = await open({ path: `/endpoints/${id}/keys` });
  await page.getByRole("button", { name: "Rotate" }).click();
  await page.getByLabel("Overlap in hours").fill("48");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Make the new key" }).click();
  const secret = (await page.getByText(/^whsec_/).textContent()) ?? "";
  await expect.poll(async () => await page.getByRole("table").locator("tbody tr").count()).toBe(2);
  await expectAccessible(page);

  await askApi(world, "admin", "POST", `/endpoints/${id}/test`);
  const { body, headers } = receiver.calls.at(-1)?.request ?? { body: "", headers: {} };
  for (const each of [former, secret]) {
    new Webhook(each).verify(body, headers as Record<string, string>);
  }
  await page.reload();
  await page.getByRole("table").waitFor();
  expect(await page.getByText(/^whsec_/).count()).toBe(0);
});

test("action: somebody deletes an endpoint, by typing its name", async ({ open, world }) => {
  const { id } = await makeEndpoint(world, { url: world.receiver.url, events: ["connection.key_revoked"] });
  // The page may ask once more while it is being deleted.
  const page = await open({ path: `/endpoints/${id}/settings`, expects: [404] });
  await page.getByRole("button", { name: `Delete ${id}` }).click();
  const dialog = page.getByRole("dialog");
  const confirm = dialog.getByRole("button", { name: "Delete it" });
  expect(await confirm.isDisabled()).toBe(true);
  await page.keyboard.type("another");
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByLabel(`Type ${id} to confirm`).fill(id);
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/ops/endpoints");
  await page.getByText(`${id} is deleted.`).waitFor();
  await page.getByRole("link", { name: "crm" }).waitFor();
  expect(await page.getByRole("link", { name: id }).count()).toBe(0);
});

test("an endpoint that somebody else deletes says so to who looks at it", async ({ open, world }) => {
  const { id } = await makeEndpoint(world, { url: world.receiver.url, events: ["connection.key_revoked"] });
  const page = await open({ path: `/endpoints/${id}`, expects: [404] });
  await expectSettled(page);
  await askApi(world, "admin", "DELETE", `/endpoints/${id}`);
  await page.getByText("somebody has deleted it", { exact: false }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "There is no such endpoint" }).waitFor();
});

test("action: a subscriber looks after its own endpoint", async ({ open, world }) => {
  const { id } = await makeEndpoint(
    world,
    { url: world.receiver.url, events: ["connection.key_revoked"] },
    "subscriber",
  );
  const page = await open({ role: "subscriber", path: `/endpoints/${id}/settings` });
  await page.getByLabel("Description").fill("ours");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(`${id} is saved.`).waitFor();
  await page.getByRole("link", { name: "Keys" }).click();
  await page.getByRole("button", { name: "Rotate" }).waitFor();
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText(/ccepted: it answered/).waitFor();
  await expectAccessible(page);
});
