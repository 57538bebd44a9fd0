import { expect, test } from "vitest";

import { promiseMsOf, tierOf } from "../../../src/pollers/schedule/promise.ts";
import { createRequestShares } from "../../../src/pollers/schedule/request-shares.ts";
import { createSchedules } from "../../../src/pollers/schedule/adaptive-schedule.ts";
import { createPollingWeeks } from "../../../src/pollers/schedule/polling-week.ts";

const promiseMs = { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 };
const tiers = { communications: "quarter", users: "live" } as const;
const polling = { promiseMs, intervalMs: undefined, budgetShare: 0.25, requestsPerMinute: 200 };

test("a resource is read, judged and paid for as the operator wants it", () => {
  expect([tierOf({}, "communications"), tierOf({ tiers }, "communications")]).toEqual(["minute", "quarter"]);
  expect(promiseMsOf({ ...polling, tiers }, "communications")).toBe(900_000);
  expect(promiseMsOf({ ...polling, tiers }, "users")).toBe(20_000);
  expect(promiseMsOf({ ...polling, tiers }, "invoices")).toBe(60_000);

  const accounts = [{ name: "northside", resources: ["communications", "patients"] }];
  const target = { account: "northside", resource: "communications" };
  const [usual, wanted] = [{}, { tiers }].map((more) =>
    createRequestShares({ accounts, polling: { ...polling, ...more } })(target),
  );
  expect(wanted).toBeLessThan(usual ?? 0);

  const scheduleOf = createSchedules({ promiseMs, tiers });
  expect(scheduleOf("communications")).toBe(scheduleOf("contacts"));
  expect(scheduleOf("users")).toBe(scheduleOf("patients"));
  const weekOf = createPollingWeeks({ promiseMs, tiers });
  expect(weekOf("users", { weights: [], beside: [] }, 50, 0).intervalMs).toBeLessThanOrEqual(20_000);
});
