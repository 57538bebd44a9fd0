import { expect } from "vitest";

import { createTurns } from "../../src/store/detection/turn-store.ts";
import { expectAccessible, expectSettled, test } from "../support/browser.ts";
import type { DashboardWorld } from "../support/dashboard-world.ts";

const EVIDENCE = "31 of 120 known records are missing at once: nothing is taken as deleted";

/** As a guard of a sweep does it. */
async function hold({ base }: DashboardWorld): Promise<void> {
  const problem = {
    kind: "permission_reduced",
    since: Date.now() - 3_600_000,
    detail: EVIDENCE,
    told: true,
    quarantined: true,
  } as const;
  // Refused while another change comes in between, as at the end of a first sync.
  await expect
    .poll(async () => {
      const read = await base.connections.read("southside");
      return await base.connections.change("southside", read, { resource: "patients", problem }, undefined);
    })
    .toBe(true);
}

test("accounts are found by name and state, and the address says so", async ({ open, world }) => {
  await hold(world);
  const page = await open({ path: "/accounts" });
  await page
    .getByRole("row", { name: /northside/ })
    .getByText("live")
    .waitFor();
  const southside = page.getByRole("row", { name: /southside/ });
  await southside.getByText(EVIDENCE).waitFor();
  await southside.getByText(/since/).waitFor();
  await expectAccessible(page);

  await page.getByLabel("Name").fill("NORTH");
  await page.getByRole("link", { name: "southside" }).waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("?search=NORTH");

  await page.getByLabel("Name").fill("");
  await page.getByRole("button", { name: "State" }).click();
  await page.getByRole("option", { name: "Quarantined" }).click();
  await page.getByRole("link", { name: "northside" }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "southside" }).waitFor();
  await expect.poll(() => new URL(page.url()).search).toBe("?state=quarantined");
});

test("a list that nothing matches says so, and leads back to all", async ({ open }) => {
  const page = await open({ path: "/accounts?search=nowhere" });
  await page.getByText("No account with “nowhere” in the name is like that").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("link", { name: "northside" }).waitFor();
  await expect.poll(() => new URL(page.url()).search).toBe("");
});

test("action: an admin reads an account now, and sees what comes of it", async ({ open }) => {
  const page = await open({ path: "/accounts/northside" });
  await page.getByRole("button", { name: "Poll now" }).click();
  await page
    .getByRole("status")
    .filter({ hasText: /Patients: (read|not woken)/ })
    .waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByText(/Patients: (read|not woken)/).waitFor({ state: "detached" });
});

test("a question that is left leaves the guard as it was, and the focus at its button", async ({
  open,
  world,
}) => {
  await hold(world);
  const page = await open({ path: "/accounts/southside" });
  const release = page.getByRole("button", { name: "Release …" });
  await release.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Release southside?" });
  await dialog.waitFor();
  await expectAccessible(page);

  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => release.evaluate((button) => button === document.activeElement)).toBe(true);
  expect((await world.base.connections.read("southside")).problems.get("patients")?.quarantined).toBe(true);
});

test("action: an admin releases a quarantined account by the keyboard, the missing records being deleted", async ({
  open,
  world,
}) => {
  await hold(world);
  const page = await open({ path: "/accounts/southside" });
  await page.getByRole("heading", { name: "A guard holds this account" }).waitFor();
  await page.getByText(EVIDENCE).first().waitFor();
  await page.getByText("Nothing is lost meanwhile", { exact: false }).waitFor();
  expect(await page.getByRole("button", { name: "Poll now" }).isDisabled()).toBe(true);
  await page.getByText("Not while a guard holds it.").waitFor();

  await page.getByRole("button", { name: "Release …" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("The records are there again").focus();
  await page.keyboard.press("ArrowDown");
  expect(await dialog.getByLabel("The missing records really are deleted").isChecked()).toBe(true);
  await dialog.getByRole("button", { name: "Release" }).focus();
  await page.keyboard.press("Enter");

  await page.getByRole("status").filter({ hasText: "Released: Patients." }).waitFor();
  await page.getByRole("heading", { name: "A guard holds this account" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Poll now", disabled: false }).waitFor();
  // Its button is gone: reading goes on at the page.
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("main");
  const [newest] = await world.base.audit.newest(1);
  expect(newest).toMatchObject({
    action: "account.release",
    target: "southside",
    fields: ["patients", "deletions"],
  });
});

test("a viewer sees the guard and its evidence, and no button", async ({ open, world }) => {
  await hold(world);
  const page = await open({ role: "viewer", path: "/accounts/southside" });
  await page.getByText(EVIDENCE).first().waitFor();
  await page.getByText("An admin can release it", { exact: false }).waitFor();
  expect(await page.getByRole("button", { name: /Release|Poll/ }).count()).toBe(0);
});

test("a subscriber sees states and how far, of its own accounts only", async ({ open }) => {
  const page = await open({ role: "subscriber", path: "/accounts" });
  await page.getByRole("link", { name: "northside" }).click();
  await page.getByRole("heading", { name: "northside", level: 1 }).waitFor();
  const names = async (): Promise<string[]> => await page.getByRole("columnheader").allTextContents();
  await expect.poll(names).toEqual(["Kind of record", "State", "Complete up to"]);
  for (const name of ["Requests to Cliniko", "How it is read", "Last runs"]) {
    expect(await page.getByRole("heading", { name }).count()).toBe(0);
  }
  expect(await page.getByText("southside").count()).toBe(0);
});

test("many kinds of record are shown by group, and what is well is folded", async ({ open }) => {
  const page = await open({ path: "/accounts" });
  const groups = {
    money: ["invoices", "taxes"],
    clinical: ["treatment_notes", "medical_alerts", "patient_forms"],
  };
  await page.route(/\/v1\/accounts\/northside$/, async (route) => {
    const answer = await route.fetch();
    const account = (await answer.json()) as { resources: { resource: string; group: string }[] };
    const [like] = account.resources;
    const more = Object.entries(groups).flatMap(([group, names]) =>
      names.map((resource) => ({ ...like, resource, group })),
    );
    const barred = {
      state: "not_permitted",
      severity: "notice",
      code: "not_permitted",
      complete_up_to: null,
    };
    const late = { state: "degraded", severity: "warning", code: "degraded", detail: "HTTP 503" };
    const told = more.map((one) =>
      one.resource === "treatment_notes"
        ? { ...one, ...barred }
        : { ...one, ...(one.resource === "taxes" ? late : {}) },
    );
    await route.fulfill({
      response: answer,
      json: { ...account, resources: [...account.resources, ...told] },
    });
  });
  await page.getByRole("link", { name: "northside" }).click();

  // Somebody may have to look at this one.
  await page.getByRole("region", { name: "State of money" }).getByText("degraded").waitFor();
  // And at none of these: not one of them is late, and one is not there to be read.
  const clinical = page.getByText("Clinical", { exact: true });
  await clinical.waitFor();
  expect(await page.getByRole("region", { name: "State of clinical" }).isVisible()).toBe(false);
  await clinical.click();
  await page.getByRole("region", { name: "State of clinical" }).getByText("not permitted").waitFor();
  await expectAccessible(page);
});

test("an account that is not there is told in words, with the way back", async ({ open }) => {
  const page = await open({ role: "subscriber", path: "/accounts/southside", expects: [404] });
  await page.getByRole("heading", { name: "There is no such account" }).waitFor();
  await page.getByRole("link", { name: "See all accounts" }).click();
  await page.getByRole("link", { name: "northside" }).waitFor();
});

test("the learnt week is walked through with the arrow keys, in the reader's time", async ({
  open,
  world,
}) => {
  const { base } = world;
  const turns = createTurns(base.redis, base.keys, 10_000, Date.now);
  const lease = {
    account: "northside",
    resource: "attendees",
    epoch: 1,
    holder: "nobody",
    chain: { commits: 0 },
  };
  const outcome = { hourOfWeek: 24 + 9, changes: 20, state: { misses: 0, lastHitMs: Date.now() } };
  for (let changes = 0; changes < 3; changes += 1) await turns.end(lease, { outcome });
  const page = await open({ path: "/accounts/northside?resource=attendees" });
  const map = page.getByRole("grid", { name: "Changes by hour of the week" });
  await map.getByRole("gridcell", { name: /^Monday 00:00–01:00/ }).focus();
  await page.keyboard.press("ArrowDown");
  for (let hour = 0; hour < 9; hour += 1) await page.keyboard.press("ArrowRight");
  await page.getByText(/^Tuesday 09:00–10:00: \d+\.\d × the average hour$/).waitFor();
  await page.keyboard.press("End");
  await page.getByText(/^Tuesday 23:00–00:00/).waitFor();
  await expectAccessible(page);
});

test("a run that failed stands out, with what to do about it", async ({ open, world }) => {
  const run = { kind: "scan", durationMs: 15_000, requests: 1, records: 0, events: 0 } as const;
  const failed = { ...run, at: Date.now(), outcome: "unavailable", detail: "HTTP 503" };
  await world.base.runs.add("northside", "patients", failed);
  const page = await open({ path: "/accounts/northside?resource=patients", width: "narrow" });
  await expectSettled(page);
  const row = page.getByRole("row", { name: /unavailable/ });
  await row.getByText("HTTP 503").waitFor();
  await row.getByText("Goes on by itself", { exact: false }).waitFor();
});

test("the kind of record that is looked at is in the address", async ({ open }) => {
  const page = await open({ path: "/accounts/northside" });
  await page.getByRole("link", { name: "Patients" }).click();
  await page.waitForURL("**/accounts/northside?resource=patients");
  await page.reload();
  const tabs = page.getByRole("navigation", { name: "Kinds of record" });
  await expect
    .poll(() => tabs.getByRole("link", { name: "Patients" }).getAttribute("aria-current"))
    .toBe("page");
});

// The last one: northside is not read any more after it.
test("a key that Cliniko goes on refusing is told within a minute, with what to do", async ({
  open,
  world,
}) => {
  const page = await open({ path: "/accounts/northside" });
  await page.getByRole("button", { name: "Poll now", disabled: false }).waitFor();
  const [account] = world.base.config.accounts;
  world.clinic.revokeKey(account?.apiKey.reveal() ?? "");

  // It is looked at twice more, after 5 and 40 seconds, before anybody is told.
  const refused = page.getByText("Cliniko refuses the API key (401)", { exact: false });
  await refused.waitFor({ timeout: 240_000 });
  await page.getByText("Make a new key in Cliniko", { exact: false }).waitFor();
  // Asking for a poll is asking to look at the key again.
  await page.getByRole("button", { name: "Try the key", disabled: false }).waitFor();
  await page.getByText("not until the key is accepted").first().waitFor();
  await expectAccessible(page);

  const subscriber = await open({ role: "subscriber", path: "/accounts/northside" });
  await subscriber.getByText("Cliniko refuses the API key (401)", { exact: false }).waitFor();
  expect(await subscriber.getByText("Make a new key", { exact: false }).count()).toBe(0);
});
