import { expect, test } from "vitest";

import type { ClinikoClient } from "../../../src/cliniko/client.ts";
import { bestPlan } from "../../../src/cliniko/reading-plan.ts";
import { askedSince, countRequests } from "../../../src/pollers/schedule/request-meter.ts";
import { resources } from "../../../src/resources/registry.ts";

const { patients } = resources;
const [pass] = bestPlan(patients).passes;
const ROW = { id: "1", updatedAt: 0, createdAt: 0, record: {} };
type Listed = Awaited<ReturnType<ClinikoClient["listPage"]>>;

/** A client that answers so, one after the other. */
function answering(...answers: readonly Listed[]) {
  const left = [...answers];
  return countRequests({
    availableTimes: async () => ({ kind: "ok", times: [], date: 0, pages: 3 }),
    listPage: async () => left.shift() ?? { kind: "unavailable", detail: "" },
    findRecord: async (_resource, id) => ({ kind: "ok", found: id === "1", date: 0 }),
  });
}

async function list({ client }: ReturnType<typeof answering>): Promise<Listed> {
  if (!pass) throw new Error("a plan has a pass");
  return await client.listPage(patients, { pass, order: "id", since: undefined, after: undefined });
}

test("questions and the records that came are counted, and answers are passed on", async () => {
  const page = { rows: [ROW, ROW], date: 0, next: undefined, totalEntries: 2 };
  const counted = answering({ kind: "ok", page });
  expect(await list(counted)).toEqual({ kind: "ok", page });
  expect(await counted.client.findRecord(patients, "1")).toMatchObject({ found: true });
  expect(await counted.client.findRecord(patients, "2")).toMatchObject({ found: false });

  expect(counted.meter.read()).toEqual({ requests: 3, records: 3 });
});

test("a question that went wrong was asked, one that our own budget kept back was not", async () => {
  const counted = answering(
    { kind: "unavailable", detail: "HTTP 503" },
    { kind: "budget_spent", resetAtMs: 0, detail: "" },
  );
  await list(counted);
  const before = counted.meter.read();
  expect(before).toEqual({ requests: 1, records: 0 });
  await list(counted);

  expect(askedSince(counted.meter, before)).toEqual({ requests: 0, records: 0 });
});
