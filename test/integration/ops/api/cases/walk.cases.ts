import { expect } from "vitest";

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
