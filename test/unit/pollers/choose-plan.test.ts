import { expect, test } from "vitest";

import type { Failure } from "../../../src/cliniko/outcome.ts";
import { bestPlan } from "../../../src/cliniko/reading-plan.ts";
import { leavePlan, reconsiderPlan } from "../../../src/pollers/scan/choose-plan.ts";
import { currentPlan } from "../../../src/pollers/scan/current-plan.ts";
import { resources } from "../../../src/resources/registry.ts";
import { createMemoryReading } from "../../support/simulation/memory-reading.ts";
import { ACCOUNT, createWorld } from "../../support/simulation/world.ts";

const DAY_MS = 86_400_000;
const IGNORED: Failure = { kind: "bad_filter", detail: "rows are not in order of id" };
const { signal } = new AbortController();

async function openChoice() {
  const world = createWorld({ seed: 3, overlapMs: 0 });
  const reading = createMemoryReading();
  const lease = await world.acquire("patients");
  const { now } = world.clock;
  const read = async () => await reading.read(ACCOUNT, "patients");
  return {
    world,
    planNow: async () => currentPlan("patients", await read(), now()).name,
    leave: async (failure: Failure) => {
      const deps = { client: world.upstream.client, reading, state: await read(), now };
      await leavePlan(deps, lease, "patients", currentPlan("patients", deps.state, now()), failure, signal);
    },
    reconsider: async () => {
      const deps = { client: world.upstream.client, reading, state: await read(), now };
      return await reconsiderPlan(deps, lease, "patients", signal);
    },
  };
}

test("a plan that failed is not found again for a day, however well it answers a probe", async () => {
  const choice = await openChoice();
  const left: string[] = [];
  for (let failures = 0; failures < 4; failures += 1) {
    left.push(await choice.planNow());
    await choice.leave(IGNORED);
  }
  expect(new Set([...left, await choice.planNow()]).size).toBe(5);
  expect(left[0]).toBe(bestPlan(resources.patients).name);

  choice.world.clock.advance(DAY_MS);
  await choice.reconsider();
  expect(await choice.planNow()).toBe(bestPlan(resources.patients).name);
});

test("what is no refusal leaves the plan as it is", async () => {
  const choice = await openChoice();
  for (const failure of [
    { kind: "unavailable", detail: "HTTP 504" },
    { kind: "malformed", detail: "" },
    { kind: "forbidden", detail: "HTTP 403" },
    // The list itself is not there.
    { kind: "not_found", detail: "HTTP 404" },
  ] as const) {
    await choice.leave(failure);
  }
  expect(await choice.planNow()).toBe(bestPlan(resources.patients).name);
  expect(choice.world.upstream.requests()).toBe(0);
});
