import { expect, test } from "vitest";

import type { RequestBudget } from "../../../src/cliniko/budget.ts";
import { type RecordingServer, startHttp } from "../../support/local-servers.ts";
import { createTestClient } from "../../support/test-client.ts";

const NOW = 1_763_781_291_000;

async function startUpstream(): Promise<RecordingServer> {
  return await startHttp((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"id":"7"}');
  });
}

/** A budget that answers these waits one after another, then 0. */
function budgetOf(...waitsMs: number[]): RequestBudget {
  return {
    take: async () => waitsMs.shift() ?? 0,
    freeInMs: async () => 0,
    blockUntil: async () => undefined,
  };
}

test("a free request is sent at once", async () => {
  await using server = await startUpstream();
  await using setup = createTestClient({ baseUrl: server.url, budget: budgetOf(0) });

  expect(await setup.client.currentUser()).toMatchObject({ kind: "ok" });
  expect(setup.slept).toEqual([]);
});

test("a request that is free soon is waited for, as often as it takes", async () => {
  await using server = await startUpstream();
  await using setup = createTestClient({
    baseUrl: server.url,
    budget: budgetOf(400, 250),
    maxBudgetWaitMs: 1_000,
    now: () => NOW,
  });

  expect(await setup.client.currentUser()).toMatchObject({ kind: "ok" });
  expect(setup.slept).toEqual([400, 250]);
  expect(server.received).toHaveLength(1);
});

test("a wait of exactly what is allowed is waited for, one more millisecond is not", async () => {
  await using server = await startUpstream();
  const options = { baseUrl: server.url, maxBudgetWaitMs: 1_000, now: () => NOW };
  await using patient = createTestClient({ ...options, budget: budgetOf(1_000) });
  await using refused = createTestClient({ ...options, budget: budgetOf(1_001) });

  expect(await patient.client.currentUser()).toMatchObject({ kind: "ok" });
  expect(await refused.client.currentUser()).toEqual({
    kind: "budget_spent",
    resetAtMs: NOW + 1_001,
    detail: "this key's share of the request budget is spent",
  });
  expect(server.received).toHaveLength(1);
});

test("waits add up: the second one that would be too much is not waited for", async () => {
  await using server = await startUpstream();
  let nowMs = NOW;
  const slept: number[] = [];
  await using setup = createTestClient({
    baseUrl: server.url,
    budget: budgetOf(700, 400),
    maxBudgetWaitMs: 1_000,
    now: () => nowMs,
    sleep: async (ms) => {
      slept.push(ms);
      nowMs += ms;
    },
  });

  expect(await setup.client.currentUser()).toMatchObject({ kind: "budget_spent", resetAtMs: NOW + 1_100 });
  expect(slept).toEqual([700]);
  expect(server.received).toEqual([]);
});

test("a budget that cannot be read fails closed: nothing is sent", async () => {
  await using server = await startUpstream();
  await using setup = createTestClient({
    baseUrl: server.url,
    budget: {
      take: async () => await Promise.reject(new Error("Redis is gone")),
      freeInMs: async () => 0,
      blockUntil: async () => undefined,
    },
  });

  await expect(setup.client.currentUser()).rejects.toThrow("Redis is gone");
  expect(server.received).toEqual([]);
});

test("what was taken ahead is sent without asking again, once, and what was not there is asked for when it is sent", async () => {
  await using server = await startUpstream();
  let taken = 0;
  const waits: number[] = [];
  const budget: RequestBudget = {
    ...budgetOf(),
    take: async () => {
      taken += 1;
      const waitMs = waits.shift() ?? 0;
      if (waitMs < 0) throw new Error("Redis is away");
      return waitMs;
    },
  };
  await using setup = createTestClient({ baseUrl: server.url, budget, maxBudgetWaitMs: 1_000 });
  const { client } = setup;
  // Two of an account may begin at once.
  client.takeAhead();
  client.takeAhead();
  expect(taken).toBe(1);
  await client.currentUser();
  expect([taken, server.received.length]).toEqual([1, 1]);
  await client.currentUser();
  expect([taken, server.received.length]).toEqual([2, 2]);

  waits.push(400, 250, 0);
  client.takeAhead();
  await client.currentUser();
  expect([taken, setup.slept]).toEqual([5, [250]]);

  waits.push(-1, 0);
  client.takeAhead();
  expect(await client.currentUser()).toMatchObject({ kind: "ok" });
  expect([taken, server.received.length]).toEqual([7, 4]);
});
