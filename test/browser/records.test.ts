import { expect } from "vitest";

import { expectAccessible, expectSettled, test } from "../support/browser.ts";
import type { DashboardWorld } from "../support/dashboard-world.ts";
import { findEventOf } from "../support/event-by-api.ts";

const NOTE = "Prefers the right shoulder";
const HOUR_MS = 3_600_000;

/** An appointment that was moved, and its event. */
async function moved(
  world: DashboardWorld,
  index: number,
): Promise<{ readonly id: string; readonly event: string }> {
  const id = world.seeded.appointmentIds[index] ?? "";
  world.clinic.desk.bulkMove([id], HOUR_MS);
  return { id, event: await findEventOf(world, "appointment.rescheduled", id) };
}

const pathOf = (id: string, subject = "appointment"): string =>
  `/accounts/northside/records/${subject}/${id}`;

test("a record shows what is known of it, what happened to it, and who was told", async ({ open, world }) => {
  const { id, event } = await moved(world, 20);
  const page = await open({ path: pathOf(id) });
  const entry = page
    .getByRole("list", { name: "What happened" })
    .getByRole("listitem")
    .filter({ hasText: "no. 1" });

  await entry.getByRole("link", { name: /Appointment moved in time/ }).waitFor();
  await expect.poll(async () => await entry.textContent()).toMatch(/starts_at.*ends_at.*crm.*Delivered/s);
  await expectSettled(page);
  await expectAccessible(page);
  const known = page.getByRole("table", { name: "What is known of it now" });
  expect(await known.getByRole("row").filter({ hasText: "did_not_arrive" }).textContent()).toContain("No");

  await entry.getByRole("link", { name: "crm" }).click();
  await page.waitForURL(`**/events/${event}#delivery-crm`);
});

test("an appointment leads to its patient", async ({ open, world }) => {
  const page = await open({ path: pathOf(world.seeded.appointmentIds[21] ?? "") });
  await page.getByRole("link", { name: /^Patient \d+$/ }).click();
  await page.waitForURL("**/records/patient/*");
  await page.getByRole("heading", { level: 1, name: /^Patient \d+$/ }).waitFor();
  await page.getByRole("row").filter({ hasText: "last_name" }).waitFor();
});

test("what happens to a record comes to its timeline by itself, in the order that one likes", async ({
  open,
  world,
}) => {
  const { id } = await moved(world, 22);
  const page = await open({ path: pathOf(id) });
  const entries = page.getByRole("list", { name: "What happened" }).locator("> li");
  await expect.poll(async () => await entries.count()).toBe(1);
  world.clinic.desk.editNote(id, NOTE);

  await expect.poll(async () => await entries.count()).toBe(2);
  expect(await entries.first().textContent()).toMatch(/Appointment changed.*no\. 2/);
  await page.getByRole("button", { name: /Order/ }).click();
  await page.getByRole("option", { name: "Oldest first" }).click();
  await page.waitForURL("**?order=oldest");
  expect(await entries.first().textContent()).toMatch(/Appointment moved in time.*no\. 1/);
});

test("action: an admin has the sensitive fields of a record shown and hidden again", async ({
  open,
  world,
}) => {
  const id = world.seeded.appointmentIds[23] ?? "";
  world.clinic.desk.editNote(id, NOTE);
  await findEventOf(world, "appointment.updated", id);
  const page = await open({ path: pathOf(id) });
  await page.getByRole("button", { name: "Show" }).click();
  // Once in what changed, once in what is known.
  await expect.poll(async () => await page.getByText(NOTE).count()).toBe(2);
  await page.getByRole("button", { name: "Hide" }).click();
  await expect.poll(async () => await page.content()).not.toContain(NOTE);

  const viewer = await open({ role: "viewer", path: pathOf(id) });
  await viewer.getByText(/hidden from viewers/).waitFor();
  expect(await viewer.getByRole("button", { name: "Show" }).count()).toBe(0);
  expect(await viewer.content()).not.toContain(NOTE);
});

test("why nothing was sent is answered step by step, at an address that can be passed on", async ({
  open,
  world,
}) => {
  const id = world.seeded.patientIds[9] ?? "";
  world.clinic.desk.renamePatient(id, "Another", "Name");
  await findEventOf(world, "patient.updated", id);
  const page = await open({ path: pathOf(id, "patient") });
  await page.getByRole("button", { name: "Explain" }).click();
  await page.waitForURL("**?why=1");
  const steps = page
    .getByRole("list")
    .filter({ has: page.getByRole("heading", { name: "Is the account read?" }) });
  await expect.poll(async () => await steps.textContent()).toMatch(/The account is read.*account_live/);
  expect(await steps.textContent()).toMatch(/An event was made.*event_made/);
  expect(await steps.textContent()).toMatch(/Type not wanted.*reminders.*type_not_wanted/);
  await expectAccessible(page);

  await page.getByRole("button", { name: /Endpoint/ }).click();
  await page.getByRole("option", { name: "reminders" }).click();
  await page.waitForURL("**?why=1&endpoint=reminders");
  await expect.poll(async () => await steps.textContent()).not.toContain("billing");
  await page.getByLabel("When").fill("2020-01-01T00:00");
  await expect
    .poll(async () => await steps.textContent())
    .toMatch(/first_sync_silent|older_than_log|no_watched_change/);
  expect(new URL(page.url()).searchParams.get("at")).toMatch(/^2020-01-01T/);

  const other = await open({ role: "subscriber", path: `${pathOf(id, "patient")}?why=1` });
  await expect
    .poll(async () => await other.getByRole("main").textContent())
    .toMatch(/Was it sent\?.*type_not_wanted/);
  const sent = other
    .getByRole("listitem")
    .filter({ has: other.getByRole("heading", { name: "Was it sent?" }) });
  expect(await sent.textContent()).not.toMatch(/crm|billing|reminders/);
});

test("a record that was never seen says so, and can be asked about all the same", async ({ open }) => {
  const page = await open({ path: pathOf("4711"), expects: [404] });
  await page.getByText("No event of it is in the log").waitFor();
  await page.getByText(/Cliniko has never shown a record with this id/).waitFor();
  await page.getByRole("button", { name: "Explain" }).press("Enter");
  await page.getByText("record_unknown").waitFor();
  await expectAccessible(page);

  const nowhere = await open({ path: "/accounts/nowhere/records/appointment/1", expects: [404] });
  await nowhere.getByRole("heading", { level: 1, name: "No such record" }).waitFor();
});

test("a record and its explanation fit a phone, in the dark", async ({ open, world }) => {
  const { id } = await moved(world, 24);
  const page = await open({ path: `${pathOf(id)}?why=1`, width: "narrow", theme: "dark" });
  await page.getByText("event_made").waitFor();
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});
