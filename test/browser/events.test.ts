import { expect } from "vitest";

import { startSubscriber } from "../support/answering-server.ts";
import { expectAccessible, expectSettled, test } from "../support/browser.ts";
import { eventCatalogue } from "../../src/catalogue/event-catalogue.ts";
import type { DashboardWorld } from "../support/dashboard-world.ts";
import { makeEndpoint } from "../support/endpoint-by-api.ts";
import { findDelivery, findEventOf } from "../support/event-by-api.ts";
import { eventually } from "../support/harness.ts";

const NOTE = "Prefers the left knee";

/** Does something to an appointment that nobody else touches, and resolves to the event. */
async function editNote(world: DashboardWorld, index: number, note = NOTE): Promise<string> {
  const id = world.seeded.appointmentIds[index] ?? "";
  world.clinic.desk.editNote(id, note);
  return await findEventOf(world, "appointment.updated", id);
}

test("new events come to the top by themselves", async ({ open, world }) => {
  const page = await open({ path: "/events" });
  await page.getByRole("table", { name: "Events" }).waitFor();
  await expectAccessible(page);
  const id = world.clinic.desk.registerPatient({ first_name: "Nia", last_name: "Newcomer" });

  await page.getByRole("link", { name: `Patient ${id}` }).waitFor();
  const row = page.getByRole("row").filter({ hasText: id });
  expect(await row.textContent()).toMatch(/Patient registered.*patient\.created.*northside/);
  // No personal data is fetched for a list.
  expect(await page.getByRole("main").textContent()).not.toContain("Newcomer");
});

test("new events wait behind a button while somebody is at work in the list", async ({ open, world }) => {
  const page = await open({ path: "/events?types=patient.created" });
  await expectSettled(page);
  const first = world.clinic.desk.registerPatient({ first_name: "First", last_name: "Comer" });
  await page.getByRole("link", { name: `Patient ${first}` }).focus();
  const second = world.clinic.desk.registerPatient({ first_name: "Second", last_name: "Comer" });

  const button = page.getByRole("button", { name: /\d+ new events?/ });
  await button.waitFor();
  expect(await page.getByRole("link", { name: `Patient ${second}` }).count()).toBe(0);
  await button.press("Enter");
  await page.getByRole("link", { name: `Patient ${second}` }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Events");
});

test("the list is narrowed down, and what it is narrowed to stands in the address", async ({
  open,
  world,
}) => {
  const id = world.clinic.desk.registerPatient({ first_name: "Sought", last_name: "Person" });
  await findEventOf(world, "patient.created", id);
  const page = await open({ path: "/events" });
  await page.getByRole("button", { name: /Type/ }).click();
  await page.getByRole("option", { name: "Patient registered (patient.created)" }).click();
  await page.waitForURL(/types=patient\.created/);
  await page.getByRole("button", { name: /About/ }).click();
  await page.getByRole("option", { name: "Patient", exact: true }).click();
  await page.getByLabel("Its id", { exact: true }).fill(id);
  await page.waitForURL(new RegExp(`subject_id=${id}`));

  const rows = page.getByRole("table", { name: "Events" }).locator("tbody tr");
  await expect.poll(async () => await rows.count()).toBe(1);
  await page.reload();
  await page.getByRole("link", { name: `Patient ${id}` }).waitFor();
  await page.getByLabel("Recorded before").fill("2020-01-01T00:00");
  await page.getByText("No event is like that").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.waitForURL("**/ops/events");
});

test("the lists and an event fit a phone, in the dark", async ({ open, world }) => {
  const event = await editNote(world, 0);
  const page = await open({ path: "/events", width: "narrow", theme: "dark" });
  for (const path of ["/events", `/events/${event}`]) {
    await page.goto(`${world.url}/ops${path}`);
    await expectSettled(page);
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
  }
  await page.goto(`${world.url}/ops/events`);
  await page.getByText("Filters", { exact: true }).click();
  await page.getByRole("button", { name: /Type/ }).waitFor();
});

test("an id alone is found, by the keyboard", async ({ open, world }) => {
  const id = world.seeded.appointmentIds[1] ?? "";
  const page = await open();
  await expectSettled(page);
  await page.keyboard.press("/");
  await page.keyboard.type(id);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/accounts/northside/records/appointment/${id}`);
  await page.getByRole("heading", { level: 1, name: `Appointment ${id}` }).waitFor();

  await page.keyboard.press("/");
  await page.keyboard.type("4711");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Record 4711" }).waitFor();
  await page.getByText("Cliniko has never shown it").waitFor();
  await expectAccessible(page);
});

test("an event says what changed, when, and who was told", async ({ open, world }) => {
  const id = world.seeded.patientIds[5] ?? "";
  world.clinic.desk.renamePatient(id, "Before", "Person");
  await findEventOf(world, "patient.updated", id);
  world.clinic.desk.renamePatient(id, "After", "Person");
  const event = await eventually(async () => {
    const found = await findEventOf(world, "patient.updated", id);
    const { body } = await readEvent(world, found);
    return body.includes('"After"') ? found : undefined;
  });
  const page = await open({ path: `/events/${event}` });

  await page.getByRole("heading", { level: 1, name: "Patient changed" }).waitFor();
  const diff = page.getByRole("table", { name: "What changed, before and after" });
  expect(await diff.getByRole("row").filter({ hasText: "first_name" }).textContent()).toBe(
    "first_nameBeforeAfter",
  );
  await page.getByRole("link", { name: `Patient ${id}` }).waitFor();
  const crm = page.getByRole("article").filter({ hasText: "crm" });
  await expect
    .poll(async () => await crm.textContent())
    .toMatch(/Delivered .* after the change in Cliniko, at the first attempt/);
  await page.getByText("Raw JSON").click();
  expect(await page.getByRole("region", { name: "Raw JSON" }).textContent()).toContain('"api_version"');
  await expectAccessible(page);
});

async function readEvent(
  { url, tokens }: DashboardWorld,
  id: string,
  query = "",
): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(`${url}/v1/events/${id}${query}`, {
    headers: { authorization: `Bearer ${tokens.admin}` },
  });
  return { status: response.status, body: await response.text() };
}

test("action: an admin has sensitive fields shown, for as long as the page is open", async ({
  open,
  world,
}) => {
  const event = await editNote(world, 2);
  const page = await open({ path: `/events/${event}` });
  const notes = page.getByRole("row").filter({ hasText: /^notes/ });
  await expect.poll(async () => await notes.textContent()).toMatch(/hidden/);
  expect(await page.content()).not.toContain(NOTE);

  await page.getByRole("button", { name: "Show" }).press("Enter");
  await expect.poll(async () => await notes.textContent()).toContain(NOTE);
  await page.getByText(/Sensitive fields are shown/).waitFor();
  await expectAccessible(page);
  // The same key hides them again: the focus has not moved.
  await page.keyboard.press("Enter");
  await expect.poll(async () => await page.content()).not.toContain(NOTE);

  await page.getByRole("button", { name: "Show" }).click();
  await expect.poll(async () => await notes.textContent()).toContain(NOTE);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /^Home/ }).click();
  await page.goBack();
  await expect.poll(async () => await notes.textContent()).toMatch(/hidden/);
});

test("a viewer sees that something is hidden, and cannot have it shown or sent", async ({ open, world }) => {
  const event = await editNote(world, 3);
  const page = await open({ role: "viewer", path: `/events/${event}`, expects: [400] });
  await page.getByText(/hidden from viewers/).waitFor();
  await page.getByRole("link", { name: "crm" }).waitFor();
  expect(await page.getByRole("button", { name: /Show|Retry|Send again/ }).count()).toBe(0);

  const status = await page.evaluate(
    async (id) => (await fetch(`/v1/events/${id}?include=notes`)).status,
    event,
  );
  expect(status).toBe(400);
});

test("a subscriber sees its own deliveries alone", async ({ open, world }) => {
  const id = world.seeded.appointmentIds[4] ?? "";
  world.clinic.desk.bulkMove([id], 3_600_000);
  const event = await findEventOf(world, "appointment.rescheduled", id);
  const page = await open({ role: "subscriber", path: `/events/${event}` });

  await page.getByRole("link", { name: world.subscriberEndpoint }).waitFor();
  await page.getByText(/this token may not have them/).waitFor();
  expect(await page.getByRole("main").textContent()).not.toMatch(/crm|billing|reminders/);
});

test("action: a delivery that failed is tried once more, by the keyboard", async ({ open, world }) => {
  // Down for the first attempt and the one that comes 5 s after it: the third is five minutes away, a fifth more or less.
  await using shop = await startSubscriber((_event, nth) => (nth <= 2 ? 503 : 204));
  const { id } = await makeEndpoint(world, { id: "shop", url: shop.url, events: ["patient.archived"] });
  world.clinic.desk.archivePatient(world.clinic.desk.registerPatient({ last_name: "Leaver" }));
  await expect.poll(() => shop.calls.length).toBe(2);
  const page = await open({ path: `/events/${await findDelivery(world, id, "retry")}` });
  const card = page.getByRole("article").filter({ has: page.getByRole("heading", { name: id }) });
  await expect
    .poll(async () => await card.textContent())
    .toMatch(/2 of 10 attempts used\. The next is due .* in [3-6] min/);
  expect(await card.textContent()).toMatch(/Status 503.*overloaded or down/);
  await expectAccessible(page);

  await page.getByRole("button", { name: `Retry now: ${id}` }).press("Enter");
  await page
    .getByRole("status")
    .filter({ hasText: `One attempt more is on its way to ${id}` })
    .waitFor();
  await expect
    .poll(async () => await card.textContent())
    .toMatch(/Delivered .*after 2 of 10 attempts and 1 beside/);
  // Whoever works by the keyboard goes on from here.
  expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/Send again/);
});

test("action: a delivered event is sent again, after a question that can be left", async ({
  open,
  world,
}) => {
  const event = await findDelivery(world, "crm", "delivered");
  const count = () => world.receiver.callbacks.filter(({ webhookId }) => webhookId === event).length;
  const before = count();
  const page = await open({ path: `/events/${event}` });
  await page.getByRole("button", { name: "Send again to crm" }).press("Enter");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Leave it" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(count()).toBe(before);

  await page.getByRole("button", { name: "Send again to crm" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
  await expect.poll(count).toBe(before + 1);
});

test("an event that is not there is said to be so, with a way on", async ({ open }) => {
  const page = await open({ path: "/events/evt_gone", expects: [404] });
  await page.getByRole("heading", { level: 1, name: "No such event" }).waitFor();
  await expectAccessible(page);
  await page.getByRole("link", { name: "See all events" }).click();
  await page.waitForURL("**/ops/events");
});

test("what is told of an endpoint leads to it", async ({ open }) => {
  const page = await open({ path: "/events?types=endpoint.*" });
  await page
    .getByRole("link", { name: /Endpoint disabled/ })
    .first()
    .click();
  await page.getByText("told by the service itself").waitFor();
  await page.getByRole("link", { name: "Endpoint billing" }).click();
  await page.waitForURL("**/endpoints/billing**");
});

test("every type can be chosen, however many the API gives at once", async ({ open }) => {
  const page = await open({ path: "/events" });
  await page.getByRole("button", { name: /Type/ }).click();

  const subjects = new Set(eventCatalogue.map(({ subject }) => subject));
  const choices = ["All", ...subjects, ...eventCatalogue].length;
  await expect.poll(async () => await page.getByRole("option").count()).toBe(choices);
});
