import { expect } from "vitest";

import { pollAccount, readAccountStatus, releaseAccount } from "../../../src/admin/account-status.ts";
import type { Caller } from "../../../src/admin/caller.ts";
import { openAdmin } from "../../support/admin-setup.ts";
import { test } from "../../support/redis-test.ts";

const OPERATOR: Caller = { id: "cli:root", name: "root", role: "admin" };

test("what a guard saw can be read, and who released it is written down", async ({ address, prefix }) => {
  await using admin = await openAdmin({ address, prefix });
  const { base } = admin;
  const [account] = base.config.accounts;
  if (!account) throw new Error("there is an account");
  const problem = {
    kind: "permission_reduced" as const,
    since: Date.now() - 60_000,
    detail: "212 of 3,054 known records are missing at once",
    told: true,
    held: true,
  };
  const read = await base.connections.read("northside");
  await base.connections.change("northside", read, { resource: "patients", problem }, undefined);
  await base.reading.suspect("northside", "patients", ["1", "2"]);

  const before = await readAccountStatus(base, account);
  expect(before.resources.find(({ resource }) => resource === "patients")).toMatchObject({
    state: "permission_reduced",
    held: true,
    suspects: 2,
    detail: problem.detail,
    since: problem.since,
  });
  expect(before.resources[0]).toMatchObject({ state: "not_read_yet", held: false, suspects: 0 });
  expect(await releaseAccount(base, OPERATOR, "northside", true)).toEqual([
    { resource: "patients", detail: problem.detail },
  ]);
  const after = await readAccountStatus(base, account);
  expect(after.resources.every(({ held }) => !held)).toBe(true);
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

test("releasing what nothing holds, or waking what sleeps nowhere, changes nothing and is not written down", async ({
  address,
  prefix,
}) => {
  await using admin = await openAdmin({ address, prefix });
  const { base } = admin;
  const account = { name: "northside", resources: ["patients"] };
  expect(await releaseAccount(base, OPERATOR, "northside", false)).toEqual([]);
  expect(await pollAccount(base, OPERATOR, account)).toEqual([]);
  expect(await base.audit.newest(10)).toEqual([]);

  await base.queues.ensurePoll({ account: "northside", resource: "patients" }, 60_000);
  expect(await pollAccount(base, OPERATOR, account)).toEqual(["patients"]);
  expect(await base.audit.newest(10)).toMatchObject([{ action: "account.poll", fields: ["patients"] }]);
});
