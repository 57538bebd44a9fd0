import { expect, test } from "vitest";

import { countTrouble, findTrouble } from "../../../../dashboard/shell/trouble/find-trouble.ts";
import { anEndpoint, anIssue, anOverview, before } from "../../../support/an-overview.ts";

const MINUTE = 60_000;

test("where all is well nothing is found", () => {
  expect(findTrouble(anOverview())).toEqual([]);
  expect(countTrouble(anOverview())).toBe(0);
});

test("what the service says is told in its order, with the way to where it is mended", () => {
  const overview = anOverview({
    endpoints: [anEndpoint({ id: "crm", description: "Our CRM" })],
    issues: [
      anIssue({ code: "storage_unwritable", detail: "takes no writes: OOM" }),
      anIssue({ code: "worker_missing", role: "dispatch" }),
      anIssue({ code: "queue_overdue", queue: "poll", since: before(MINUTE) }),
      anIssue({ code: "endpoint_disabled", endpoint: "crm", since: before(MINUTE) }),
      anIssue({ severity: "warning", code: "deliveries_parked", endpoint: "billing" }),
      anIssue({ severity: "notice", code: "budget_shrunk", account: "northside" }),
    ],
  });

  expect(findTrouble(overview).map(({ tone, name, words, path }) => [tone, name, words, path])).toEqual([
    ["bad", "Redis", "unwritable", "/system"],
    ["bad", "Role dispatch", "worker missing", "/system"],
    ["bad", "Queue poll", "queue overdue", "/system"],
    ["bad", "Endpoint Our CRM", "disabled", "/endpoints/crm"],
    ["warn", "Endpoint billing", "deliveries parked", "/endpoints/billing/deliveries"],
    ["warn", "Account northside", "budget shrunk", "/accounts/northside"],
  ]);
  expect(findTrouble(overview)[0]).toMatchObject({ more: "takes no writes: OOM", since: null });
  expect(findTrouble(overview)[3]).toMatchObject({
    since: before(MINUTE),
    among: { many: "endpoints", path: "/endpoints?state=disabled" },
  });
  expect(countTrouble(overview)).toBe(4);
});

test("what an account suffers from is one thing, however many kinds of record it has", () => {
  const of = (code: "key_revoked" | "source_late" | "account_quarantined", account: string) =>
    ["attendees", "patients"].map((resource) => anIssue({ code, account, resource }));
  const issues = [
    ...of("key_revoked", "southside"),
    ...of("account_quarantined", "west"),
    ...of("source_late", "northside"),
  ];

  expect(
    findTrouble(anOverview({ issues })).map(({ name, words, among }) => [name, words, among?.path]),
  ).toEqual([
    ["Account southside", "key revoked", "/accounts?state=key_revoked"],
    ["Account west", "quarantined", "/accounts?state=quarantined"],
    ["northside: attendees, patients", "late", "/accounts?state=trouble"],
  ]);
});

test("what is not told one by one is one thing more", () => {
  const overview = anOverview({
    issues: [anIssue({ code: "key_revoked", account: "a", resource: "patients" })],
  });
  const { verdict } = overview;
  const found = findTrouble({ ...overview, verdict: { ...verdict, critical: 121 } });

  expect(found).toMatchObject([{ name: "Account a" }, { tone: "bad", name: "120 more things" }]);
});
