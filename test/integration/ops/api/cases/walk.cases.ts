import { expect } from "vitest";

import { createBrowserRequests } from "../../../../support/browser-requests.ts";
import { startApi } from "../../../../support/api-harness.ts";
import {
  type CallerName,
  MARK_OF_B,
  type Owner,
  QUERIES,
  type WalkedOperation,
  WORLD,
  type World,
  exampleBody,
  makeWorld,
  namesOwned,
  operationsOf,
} from "../../../../support/api-world.ts";
import { test } from "../../../../support/redis-test.ts";

/** Asks for what the document shows, on behalf of somebody, with things of these owners in the path. */
async function walk(
  world: World,
  { method, template, operation }: WalkedOperation,
  caller: CallerName,
  ...owners: readonly Owner[]
) {
  const path = (await world.pathOf(template, ...owners)) + (QUERIES[operation.operationId] ?? "");
  const body = exampleBody(operation);
  const token = world.tokens[caller];
  return await world.api.ask(method, path, { token, ...(body === undefined ? {} : { body }) });
}

test("no route opens to nobody, or to a token that is wrong, revoked or expired", async ({
  address,
  prefix,
}) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, setup: WORLD, now: () => Date.now() + laterMs });
  const world = await makeWorld(api);
  const opened: string[] = [];

  for (const walked of operationsOf(api.document)) {
    if (walked.operation["x-roles"].length === 0) continue;
    for (const caller of ["none", "wrong", "revoked", "expired"] as const) {
      // So that the wrong tokens are not turned away for their number.
      laterMs += 61_000;
      const { status, body } = await walk(world, walked, caller, "a");
      if (status !== 401) opened.push(`${walked.operation.operationId} ${caller} ${status}`);
      expect(body).toMatchObject({ code: "unauthorized" });
    }
  }

  expect(opened).toEqual([]);
});

test("every route opens to the roles that it names, and to no other", async ({ address, prefix }) => {
  await using api = await startApi({ address, prefix, setup: WORLD });
  const world = await makeWorld(api);
  const odd: string[] = [];

  for (const walked of operationsOf(api.document)) {
    const { operationId, "x-roles": roles } = walked.operation;
    for (const [caller, role] of [
      ["viewer", "viewer"],
      ["a", "subscriber"],
      ["admin", "admin"],
    ] as const) {
      const allowed = roles.length === 0 || roles.includes(role);
      const { status, text } = await walk(world, walked, caller, "a");
      if (allowed ? status >= 300 : status !== 403) odd.push(`${operationId} ${caller} ${status} ${text}`);
    }
  }

  expect(odd).toEqual([]);
});

test("a subscriber sees and touches nothing of another's, by no route", async ({ address, prefix }) => {
  await using api = await startApi({ address, prefix, setup: WORLD });
  const world = await makeWorld(api);
  // So that there is something to see in every list.
  await world.pathOf("/v1/endpoints/{id}/deliveries/{event}", "b");
  await world.pathOf("/v1/accounts/{account}/records/{subject}/{id}", "b");
  const leaks: string[] = [];

  for (const walked of operationsOf(api.document)) {
    const { operationId, "x-roles": roles } = walked.operation;
    if (!roles.includes("subscriber")) continue;
    const { status, text } = await walk(world, walked, "a", "b");
    const expected = namesOwned(walked.template) ? status === 404 : status < 300;
    if (!expected) leaks.push(`${operationId} ${status} ${text}`);
    // A 404 repeats what was asked for, and says the same when there is no such thing.
    if (status !== 404 && text.includes(MARK_OF_B)) leaks.push(`${operationId} tells ${text}`);
  }
  expect(leaks).toEqual([]);

  // The twin: to its owner all of it is there.
  const [own, events] = [
    await api.ask("GET", "/v1/endpoints", { token: world.tokens.b }),
    await api.ask("GET", "/v1/events", { token: world.tokens.b }),
  ];
  expect(own.text).toContain(MARK_OF_B);
  expect(events.text).toContain(MARK_OF_B);
});

test("signed in to the dashboard nobody may change more than by their token: it is refused in words, and nothing has happened", async ({
  address,
  prefix,
}) => {
  await using api = await startApi({ address, prefix, setup: WORLD });
  const world = await makeWorld(api);
  const changes = operationsOf(api.document).filter(({ method }) => method !== "GET");
  const things = async (): Promise<readonly string[]> =>
    await Promise.all(
      ["endpoints", "tokens", "audit", "accounts"].map(
        async (list) => (await api.ask("GET", `/v1/${list}?limit=100`)).text,
      ),
    );
  const odd: string[] = [];
  let refused = 0;

  for (const [caller, role] of [
    ["viewer", "viewer"],
    ["a", "subscriber"],
  ] as const) {
    const browser = createBrowserRequests(api.url);
    await browser.signIn({ token: world.tokens[caller] ?? "" });
    for (const { method, template, operation } of changes) {
      const { operationId, "x-roles": roles } = operation;
      const isTheirs = roles.includes(role);
      // What they may do with their own things they may not with another's.
      if (isTheirs && !(role === "subscriber" && namesOwned(template))) continue;
      const path = await world.pathOf(template, "b");
      const before = await things();
      const { status, text } = await browser.ask(method, path, { body: exampleBody(operation) });
      const { code, detail } = JSON.parse(text) as { readonly code?: string; readonly detail?: string };
      const expected = isTheirs ? [404, "not_found"] : [403, "forbidden"];
      if (status !== expected[0] || code !== expected[1] || !/^[A-Z].+ .+\.$/.test(detail ?? ""))
        odd.push(`${operationId} ${caller} ${status} ${text}`);
      expect([operationId, await things()]).toEqual([operationId, before]);
      refused += 1;
    }
  }

  expect(odd).toEqual([]);
  expect(refused).toBeGreaterThan(20);
});

test("a path that begins with one's own leads to nothing of another's", async ({ address, prefix }) => {
  await using api = await startApi({ address, prefix, setup: WORLD });
  const world = await makeWorld(api);
  const leaks: string[] = [];
  let walked = 0;

  for (const operation of operationsOf(api.document)) {
    if ((operation.template.match(/\{/g) ?? []).length < 2) continue;
    walked += 1;
    const { text } = await walk(world, operation, "a", "a", "b");
    if (text.includes(MARK_OF_B)) leaks.push(`${operation.operation.operationId} tells ${text}`);
  }

  expect(leaks).toEqual([]);
  expect(walked).toBeGreaterThan(5);
});
