import { expect } from "vitest";

import { readAccess, verifyAccess } from "../../../src/admin/access/verify-access.ts";
import { numbered } from "../../support/admin-setup.ts";
import { type ApiHarness, OPS_TOKEN, startApi } from "../../support/api-harness.ts";
import { QUERIES, exampleBody, makeWorld, operationsOf } from "../../support/api-world.ts";
import { createBrowserRequests } from "../../support/browser-requests.ts";
import { test } from "../../support/redis-test.ts";

/** Operations whose answers name records. Every other one is about the service itself, and leaves no line. */
const READING = new Set([
  "dryRun",
  "explainRecord",
  "findRecords",
  "listDeliveries",
  "listEventDeliveries",
  "listEvents",
  "listSamples",
  "readDelivery",
  "readEvent",
  "readFeed",
  "readRecord",
  "readTimeline",
]);

async function linesOf({ base }: ApiHarness) {
  const lines = [];
  for await (const line of readAccess(base)) lines.push(line);
  return lines;
}

test("every operation that shows a record leaves a line of it, and no other one does", async ({
  address,
  prefix,
}) => {
  await using api = await startApi({ address, prefix });
  const world = await makeWorld(api);
  const token = world.tokens.admin;
  await api.base.log.append(numbered(1, { account: "northside" }));
  const wrong: string[] = [];
  const noted = new Set<string>();

  for (const { method, template, operation } of operationsOf(api.document)) {
    const { operationId } = operation;
    const path = (await world.pathOf(template, "a")) + (QUERIES[operationId] ?? "");
    const body = exampleBody(operation);
    const before = (await linesOf(api)).length;
    const { status } = await api.ask(method, path, { token, ...(body === undefined ? {} : { body }) });
    const lines = (await linesOf(api)).slice(before);
    for (const line of lines) noted.add(line.what);
    if (lines.length > 0 && !READING.has(operationId)) wrong.push(`${operationId} ${status}`);
    for (const { who, via, what, subjects } of lines) {
      expect([who, via, what]).toEqual(["ops-token", "api", operationId]);
      expect(subjects.filter((subject) => !/^[a-z_]+\/[\w-]+$/.test(subject))).toEqual([]);
    }
  }

  expect(wrong).toEqual([]);
  // What the walk finds nothing by.
  const [, , , endpoint, , sent] = (await world.pathOf("/v1/endpoints/{id}/deliveries/{event}", "a")).split(
    "/",
  );
  const record = await world.pathOf("/v1/accounts/{account}/records/{subject}/{id}", "a");
  for (const path of [
    `/v1/endpoints/${endpoint}/deliveries`,
    `/v1/events/${sent}/deliveries`,
    `/v1/records?id=${record.split("/").at(-1)}`,
  ]) {
    expect([path, (await api.ask("GET", path)).status]).toEqual([path, 200]);
  }
  const dryRun = operationsOf(api.document).find(({ operation }) => operation.operationId === "dryRun");
  await api.ask("POST", dryRun?.template ?? "", { body: { events: ["appointment.*"] } });
  for (const { what } of await linesOf(api)) noted.add(what);
  expect([...noted].toSorted()).toEqual([...READING].toSorted());
  expect((await verifyAccess(api.base)).faults).toEqual([]);
});

test("it says whose, by whom, how and when, and never what it said", async ({ address, prefix }) => {
  await using api = await startApi({ address, prefix });
  const event = numbered(7, { account: "northside" });
  await api.base.log.append(event);
  const viewer = await api.token({ role: "viewer" });
  const browser = createBrowserRequests(api.url);
  expect((await browser.signIn({ token: viewer })).status).toBe(204);

  const headers = { "x-request-id": "req-1" };
  await api.ask("GET", `/v1/events/${event.id}`, { token: viewer, headers });
  await browser.ask("GET", `/v1/events/${event.id}`);
  await api.ask("GET", "/v1/feed?from=oldest");
  // Who is refused, or finds nothing, has read nothing.
  await api.ask("GET", `/v1/events/${event.id}`, { token: null });
  await api.ask("GET", "/v1/events/evt_nothing");
  await api.ask("GET", "/v1/feed?from=now");

  const lines = await linesOf(api);
  const who = viewer.split("_")[1];
  const subjects = [`${event.subject.type}/${event.subject.id}`];
  const of = { account: "northside", subjects };
  expect(lines).toMatchObject([
    { number: 1, who, via: "api", what: "readEvent", request: "req-1", ...of },
    { number: 2, who, via: "dashboard", what: "readEvent", ...of },
    { number: 3, who: "ops-token", via: "api", what: "readFeed", ...of },
  ]);
  expect(JSON.stringify(lines)).not.toContain("patient_name");
  const { body } = await api.ask<{ data: { who: string }[] }>("GET", "/v1/access", { token: OPS_TOKEN });
  expect(body.data.map((line) => line.who)).toEqual(["ops-token", who, who]);
  expect((await api.ask("GET", "/v1/access", { token: viewer })).status).toBe(403);
});

test("whose the feed's events are is written down whatever the format of the bodies", async ({
  address,
  prefix,
}) => {
  await using api = await startApi({ address, prefix });
  const event = numbered(7, { account: "northside" });
  const subjects = [`${event.subject.type}/${event.subject.id}`];
  for (const format of ["standard", "cloudevents"]) {
    const settings = { id: format, url: "https://crm.example.com/hooks", events: ["*"], format };
    expect((await api.ask("POST", "/v1/endpoints", { body: settings })).status).toBe(201);
  }
  await api.base.log.append(event);

  for (const format of ["standard", "cloudevents"]) {
    const before = (await linesOf(api)).length;
    const { body } = await api.ask<{ events: unknown[] }>("GET", `/v1/feed?from=oldest&endpoint=${format}`);
    expect(body.events).toHaveLength(1);
    expect([format, (await linesOf(api)).slice(before)]).toMatchObject([
      format,
      [{ what: "readFeed", account: "northside", subjects }],
    ]);
  }
});
