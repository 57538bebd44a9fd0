import { expect } from "vitest";

import { readAccountStatus } from "../../../src/admin/accounts/account-status.ts";
import { pollAccount, releaseAccount } from "../../../src/admin/accounts/poll-or-release.ts";
import { startBackfill } from "../../../src/admin/accounts/backfill.ts";
import type { Caller } from "../../../src/admin/access/caller.ts";
import type { ConnectionChange } from "../../../src/store/detection/connection-store.ts";
import { openAdmin } from "../../support/admin-setup.ts";
import { test } from "../../support/admin-test.ts";

const OPERATOR: Caller = { id: "cli:root", name: "root", role: "admin" };

test("what a guard saw can be read, and who released it is written down", async ({ admin }) => {
  const { base } = admin;
  const [account] = base.config.accounts;
  if (!account) throw new Error("there is an account");
  const problem = {
    kind: "permission_reduced" as const,
    since: Date.now() - 60_000,
    detail: "212 of 3,054 known records are missing at once",
    told: true,
    quarantined: true,
  };
  const read = await base.connections.read("northside");
  await base.connections.change("northside", read, { resource: "patients", problem }, undefined);
  await base.reading.suspect("northside", "patients", ["1", "2"]);

  const before = await readAccountStatus(base, account);
  expect(before.resources.find(({ resource }) => resource === "patients")).toMatchObject({
    state: "permission_reduced",
    quarantined: true,
    suspects: 2,
    detail: problem.detail,
    since: problem.since,
  });
  expect(before.resources[0]).toMatchObject({ state: "not_read_yet", quarantined: false, suspects: 0 });
  expect(
    await releaseAccount(base, OPERATOR, "northside", { acceptDeletions: true, appeared: "silently" }),
  ).toEqual([{ resource: "patients", detail: problem.detail }]);
  const after = await readAccountStatus(base, account);
  expect(after.resources.every(({ quarantined }) => !quarantined)).toBe(true);
  expect(await base.reading.read("northside", "patients")).toMatchObject({ deletionsAccepted: true });
  expect(await base.audit.newest(10)).toMatchObject([
    {
      actor: { id: "cli:root" },
      action: "account.release",
      target: "northside",
      fields: ["patients", "deletions"],
    },
  ]);
});

test("a quarantined account is not said to be read, and a refused key that nobody looks at is not either", async ({
  admin,
}) => {
  const { base } = admin;
  const account = { name: "northside", resources: ["patients"] };
  await base.queues.ensurePoll({ account: "northside", resource: "patients" }, 60_000);
  const problem = {
    kind: "schema_changed",
    since: 1,
    detail: "another shape",
    told: true,
    quarantined: true,
  } as const;
  const change = async (next: ConnectionChange): Promise<void> => {
    await base.connections.change("northside", await base.connections.read("northside"), next, undefined);
  };
  await change({ resource: "patients", problem });
  expect(await pollAccount(base, OPERATOR, account)).toEqual({
    woken: [],
    quarantined: [{ resource: "patients", detail: "another shape" }],
    key: undefined,
  });
  expect(
    await releaseAccount(base, OPERATOR, "northside", { acceptDeletions: false, appeared: "silently" }),
  ).toHaveLength(1);
  const times = { since: 1, checkedAt: 1, countedAt: 1, refusedAt: 1 };
  const look = { refusals: 3, asked: false, looking: false };
  await change({
    key: { state: "key_revoked", detail: "HTTP 401", keyHash: "k", ...times, ...look },
  });
  expect(await pollAccount(base, OPERATOR, account)).toEqual({
    woken: [],
    quarantined: [],
    key: { outcome: "not_looked", detail: "HTTP 401", at: 1 },
  });
});

test("what could never be read is shown as such, and asked for again when somebody says so", async ({
  admin,
}) => {
  const { base } = admin;
  const [account] = base.config.accounts;
  if (!account) throw new Error("there is an account");
  for (const resource of account.resources) {
    await base.queues.ensurePoll({ account: "northside", resource }, 60_000);
  }
  const problem = {
    kind: "not_permitted",
    since: 1,
    detail: "HTTP 403",
    told: true,
    quarantined: false,
  } as const;
  const read = await base.connections.read("northside");
  await base.connections.change("northside", read, { resource: "attendees", problem }, undefined);
  const attendees = async (): Promise<unknown> =>
    (await readAccountStatus(base, account)).resources.find(({ resource }) => resource === "attendees");

  expect(await attendees()).toMatchObject({
    state: "not_permitted",
    quarantined: false,
    assessment: { severity: "notice", code: "not_permitted" },
  });
  expect((await pollAccount(base, OPERATOR, account)).woken).toContain("attendees");
  expect(await attendees()).toMatchObject({ state: "not_read_yet" });
});

test("releasing what nothing holds, or waking what sleeps nowhere, changes nothing and is not written down", async ({
  admin,
}) => {
  const { base } = admin;
  const account = { name: "northside", resources: ["patients"] };
  expect(
    await releaseAccount(base, OPERATOR, "northside", { acceptDeletions: false, appeared: "silently" }),
  ).toEqual([]);
  expect(await pollAccount(base, OPERATOR, account)).toEqual({ woken: [], quarantined: [], key: undefined });
  expect(await base.audit.newest(10)).toEqual([]);

  await base.queues.ensurePoll({ account: "northside", resource: "patients" }, 60_000);
  expect(await pollAccount(base, OPERATOR, account)).toMatchObject({ woken: ["patients"], quarantined: [] });
  expect(await base.audit.newest(10)).toMatchObject([{ action: "account.poll", fields: ["patients"] }]);
});

test("a backfill leaves out what is confidential, until the endpoint asks for it by name", async ({
  address,
  prefix,
}) => {
  const named = { url: "http://127.0.0.1:9/hooks", settings: { events: ["medical_alert.created"] } };
  await using admin = await openAdmin({ address, prefix }, { endpoints: { named } });
  const account = { name: "northside", resources: ["patients", "medical_alerts"] };

  expect(await startBackfill(admin.base, OPERATOR, account, "crm")).toEqual({
    kind: "asked",
    resources: [
      { resource: "patients", added: true },
      { resource: "medical_alerts", added: false, must_name: "medical_alert.*" },
    ],
  });
  expect(await admin.base.audit.newest(10)).toMatchObject([{ fields: ["northside/patients"] }]);
  expect(await startBackfill(admin.base, OPERATOR, account, "named")).toEqual({
    kind: "asked",
    resources: account.resources.map((resource) => ({ resource, added: true })),
  });
});

test("a backfill is written down with what was asked for, and not again while it is under way", async ({
  admin,
}) => {
  const { base } = admin;
  const account = { name: "northside", resources: ["patients", "attendees"] };
  expect(await startBackfill(base, OPERATOR, account, "nobody")).toEqual({ kind: "unknown" });
  expect(await base.audit.newest(10)).toEqual([]);

  const ask = async (added: boolean) => {
    expect(await startBackfill(base, OPERATOR, account, "crm")).toEqual({
      kind: "asked",
      resources: account.resources.map((resource) => ({ resource, added })),
    });
  };
  await ask(true);
  await ask(false);
  const counts = (await base.queues.counts()).filter(({ queue }) => queue === "backfill");
  expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  expect(await base.audit.newest(10)).toMatchObject([
    {
      actor: { id: "cli:root" },
      action: "endpoint.backfill",
      target: "crm",
      fields: ["northside/patients", "northside/attendees"],
    },
  ]);

  const mia: Caller = {
    id: "t1",
    name: "mia",
    role: "subscriber",
    subscriber: "other",
    accounts: ["northside"],
    sensitive: false,
  };
  expect(await startBackfill(base, mia, account, "crm")).toEqual({ kind: "unknown" });
});
