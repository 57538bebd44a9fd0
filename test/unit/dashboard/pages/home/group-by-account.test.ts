import { expect, test } from "vitest";

import { groupByAccount } from "../../../../../dashboard/pages/home/group-by-account.ts";
import { aSource } from "../../../../support/an-overview.ts";

test("accounts in trouble keep their order, those that are well come last, by name", () => {
  const shown = [
    aSource({ account: "zoo", state: "key_revoked" }),
    aSource({ account: "old", state: "degraded" }),
    aSource({ account: "north" }),
    aSource({ account: "east" }),
    aSource({ account: "zoo", resource: "attendees" }),
  ];
  const groups = groupByAccount(shown, null, ({ state }) => state === "live");
  expect(groups.map(({ account }) => account)).toEqual(["zoo", "old", "east", "north"]);
  expect(groups[0]?.sources.map(({ resource }) => resource)).toEqual(["attendees", "patients"]);
});

test("an account's requests stand beside it where they are known", () => {
  const usage = {
    account: "north",
    severity: "ok",
    code: "usable",
    used: 0.4,
    share: 0.25,
    configured_share: 0.25,
    requests_per_minute: 50,
    blocked_until: null,
  } as const;
  const budget = { accounts_limited: 0, accounts_blocked: 0, busiest: [usage] };
  const groups = groupByAccount(
    [aSource({ account: "north" }), aSource({ account: "east" })],
    budget,
    () => true,
  );
  expect(groups.map((group) => group.usage?.used)).toEqual([undefined, 0.4]);
});
