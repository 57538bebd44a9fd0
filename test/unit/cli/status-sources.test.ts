import { expect, test } from "vitest";

import type { ResourceStatus } from "../../../src/admin/accounts/account-status.ts";
import { listSources } from "../../../src/cli/check/status.ts";

function sourceOf(account: string, resource: string, severity: "ok" | "critical" = "ok"): ResourceStatus {
  const assessment = {
    subject: { kind: "source", account, resource },
    severity,
    code: severity === "ok" ? "live" : "source_late",
    since: undefined,
    detail: "",
  } as const;
  return {
    account,
    resource,
    state: "live",
    completeUpTo: 1,
    detail: "",
    since: undefined,
    quarantined: false,
    suspects: 0,
    poll: { job: "asleep", nextAt: 1 },
    failingSteps: [],
    tier: "live",
    promiseMs: 20_000,
    ageMs: 1,
    assessment,
  };
}

function clinics(count: number, severity?: "critical"): ResourceStatus[] {
  return Array.from({ length: count }, (_, index) => `${severity ?? "clinic"}-${index}`).flatMap((account) =>
    ["patients", "attendees"].map((resource) => sourceOf(account, resource, severity)),
  );
}

test("as long as they fit a screen each source has a line", () => {
  expect(listSources(clinics(20))).toMatchObject({ left: 0, rows: { length: 40 } });
});

test("more of them are listed by account, and those that are well only as far as they fit", () => {
  const { left, rows } = listSources(clinics(1_000));
  expect(rows.map((row) => row.length)).toEqual(Array.from({ length: 40 }, () => 2));
  expect(left).toBe(960);
});

test("an account that is not well is always listed", () => {
  const { left, rows } = listSources([...clinics(60, "critical"), ...clinics(10)]);
  expect(rows).toHaveLength(60);
  expect(left).toBe(10);
});
