import { expect, test } from "vitest";

import { pageOf } from "../../../../dashboard/shell/page-of.ts";

test.for([
  ["/", "/"],
  ["/accounts", "/accounts"],
  ["/accounts/northside", "/accounts/northside"],
  ["/accounts/northside/records/patient/12", "/accounts/northside/records/patient/12"],
  ["/endpoints/crm", "/endpoints/crm"],
  ["/endpoints/crm/deliveries", "/endpoints/crm"],
  ["/endpoints", "/endpoints"],
  ["/system", "/system"],
  ["/system/audit", "/system"],
] as const)("%s is the page %s", ([path, page]) => {
  expect(pageOf(path)).toBe(page);
});
