import { expect } from "vitest";

import { readQueueFacts } from "../../../src/queues/queue-facts.ts";
import { startRouteWorker } from "../../../src/queues/workers.ts";
import { createQueueSetup } from "../../support/queue-setup.ts";
import { test } from "../../support/redis-test.ts";

test("a queue says who works on it, what is in it, and when the next job wakes", async ({
  redis,
  prefix,
}) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options } = setup;
  const factsOf = async (name: string) => (await readQueueFacts(queues)).find(({ queue }) => queue === name);
  const before = Date.now();
  await queues.ensurePoll({ account: "northside", resource: "patients" }, 60_000);
  const after = Date.now();

  const poll = await factsOf("poll");
  expect(poll).toMatchObject({ workers: 0, jobs: { delayed: 1, waiting: 0, failed: 0 } });
  expect(poll?.nextWakeAt).toBeGreaterThanOrEqual(before + 60_000);
  expect(poll?.nextWakeAt).toBeLessThanOrEqual(after + 60_000);

  expect(await factsOf("route")).toMatchObject({ workers: 0, nextWakeAt: undefined });
  await using _worker = startRouteWorker(options, async () => undefined);
  await expect.poll(async () => (await factsOf("route"))?.workers).toBe(1);
  expect((await factsOf("poll"))?.workers).toBe(0);
});
