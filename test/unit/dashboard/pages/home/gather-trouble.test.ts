import { expect, test } from "vitest";

import { gatherTrouble } from "../../../../../dashboard/pages/home/gather-trouble.ts";
import { joinWrong } from "../../../../../dashboard/pages/home/join-wrong.ts";
import { findTrouble } from "../../../../../dashboard/shell/trouble/find-trouble.ts";
import { aSource, anIssue, anOverview, before } from "../../../../support/an-overview.ts";

test("what many suffer from becomes one line, and one or two keep theirs", () => {
  const accounts = ["a", "b", "c", "d"].map((account, index) =>
    anIssue({ code: "key_revoked", account, resource: "patients", since: before(1_000 * (index + 1)) }),
  );
  const endpoints = ["crm", "billing"].map((endpoint) => anIssue({ code: "endpoint_disabled", endpoint }));
  expect(gatherTrouble(findTrouble(anOverview({ issues: [...accounts, ...endpoints] })))).toMatchObject([
    {
      tone: "bad",
      name: "4 accounts",
      words: "key revoked",
      since: before(4_000),
      more: "a, b and 2 more",
      path: "/accounts?state=key_revoked",
    },
    { name: "Endpoint crm", path: "/endpoints/crm" },
    { name: "Endpoint billing", path: "/endpoints/billing" },
  ]);
});

test("kinds of record that suffer from the same are told once, those that are well each", () => {
  const refused = aSource({ state: "key_revoked", detail: "401" });
  const joined = joinWrong([
    refused,
    aSource({ resource: "attendees" }),
    { ...refused, resource: "practitioners" },
    aSource({ resource: "group_appointments" }),
    { ...refused, resource: "locations", detail: "403" },
  ]);
  expect(joined.map((group) => group.map(({ resource }) => resource))).toEqual([
    ["patients", "practitioners"],
    ["attendees"],
    ["group_appointments"],
    ["locations"],
  ]);
});
