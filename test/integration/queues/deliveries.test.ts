import { Queue } from "bullmq";
import { expect } from "vitest";

import { DELIVERY_ATTEMPTS, JOB_NAMES } from "../../../src/queues/job-catalogue.ts";
import type { QueueOptions } from "../../../src/queues/queues.ts";
import { type DeliverResult, startDeliverWorker, startPollWorker } from "../../../src/queues/workers.ts";
import { createQueueSetup } from "../../support/queue-setup.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test } from "../../support/redis-test.ts";

/** A queue, to look into and to put in what we never would. */
function bareQueue(name: string, { connection, prefix }: QueueOptions): Queue & AsyncDisposable {
  const queue = new Queue(name, { connection, prefix });
  return Object.assign(queue, { [Symbol.asyncDispose]: async () => await queue.close() });
}

const DELIVERY = { account: "northside", eventId: "evt_1", endpoint: "crm" };
const DONE: DeliverResult = { kind: "done" };

test("a delivery that is added twice is made once, also when the first is done already", async ({
  redis,
  prefix,
}) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options, countOf, errors } = setup;
  const made: string[] = [];
  await queues.addDeliveries([DELIVERY, DELIVERY]);
  await queues.addDeliveries([DELIVERY]);
  await using _worker = startDeliverWorker({ ...options, concurrency: 1 }, async ({ eventId, endpoint }) => {
    made.push(`${eventId} to ${endpoint}`);
    return DONE;
  });
  await expect.poll(async () => await countOf("deliver", "completed")).toBe(1);

  await queues.addDeliveries([
    DELIVERY,
    { ...DELIVERY, endpoint: "archive" },
    { ...DELIVERY, eventId: "evt_2" },
  ]);

  await expect.poll(async () => await countOf("deliver", "completed")).toBe(3);
  expect(made.toSorted()).toEqual(["evt_1 to archive", "evt_1 to crm", "evt_2 to crm"]);
  expect(errors).toEqual([]);
});

test("a delivery is tried again after the wait that the handler chose, with the number of the attempt", async ({
  redis,
  prefix,
}) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options, countOf } = setup;
  const attempts: { attempt: number; at: number }[] = [];
  const waits = [60, 180];
  await queues.addDeliveries([DELIVERY]);
  await using _worker = startDeliverWorker({ ...options, concurrency: 1 }, async (data, attempt) => {
    expect(data).toEqual(DELIVERY);
    attempts.push({ attempt, at: Date.now() });
    const delayMs = waits[attempt - 1];
    return delayMs === undefined ? DONE : { kind: "retry", delayMs, reason: "status 503" };
  });

  await expect.poll(async () => await countOf("deliver", "completed")).toBe(1);

  expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  const [first, second, third] = attempts.map(({ at }) => at);
  expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(60);
  expect(Number(third) - Number(second)).toBeGreaterThanOrEqual(180);
});

test("a wait of hours is a job that sleeps, with its reason to be read", async ({ redis, prefix }) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options, countOf } = setup;
  await queues.addDeliveries([DELIVERY]);
  const before = Date.now();
  await using _worker = startDeliverWorker({ ...options, concurrency: 1 }, async () => {
    return { kind: "retry", delayMs: 7_200_000, reason: "status 503" };
  });
  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(1);

  await using queue = bareQueue("deliver", options);
  const [job] = await queue.getDelayed();
  expect(job?.failedReason).toBe("status 503");
  expect(Number(job?.processedOn)).toBeGreaterThanOrEqual(before);
  expect(job?.delay).toBe(7_200_000);
});

test("giving up fails the delivery at once, whatever attempts are left", async ({ redis, prefix }) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options, countOf } = setup;
  let attempts = 0;
  await queues.addDeliveries([DELIVERY]);
  await using _worker = startDeliverWorker({ ...options, concurrency: 1 }, async () => {
    attempts += 1;
    return { kind: "give_up", reason: "status 410" };
  });
  await expect.poll(async () => await countOf("deliver", "failed")).toBe(1);

  await using queue = bareQueue("deliver", options);
  const [job] = await queue.getFailed();
  expect(job).toMatchObject({ data: DELIVERY, failedReason: "status 410" });
  expect(attempts).toBe(1);
  expect(await countOf("deliver", "delayed")).toBe(0);
});

test("a delivery that was given up is not made again when it is routed again", async ({ redis, prefix }) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options, countOf } = setup;
  const made: string[] = [];
  await queues.addDeliveries([DELIVERY]);
  await using _worker = startDeliverWorker({ ...options, concurrency: 1 }, async ({ eventId }) => {
    made.push(eventId);
    return eventId === "evt_1" ? { kind: "give_up", reason: "status 410" } : DONE;
  });
  await expect.poll(async () => await countOf("deliver", "failed")).toBe(1);

  await queues.addDeliveries([DELIVERY, { ...DELIVERY, eventId: "evt_2" }]);

  await expect.poll(async () => await countOf("deliver", "completed")).toBe(1);
  expect(made).toEqual(["evt_1", "evt_2"]);
});

test("the last of ten attempts fails the delivery even when the handler would try again", async ({
  redis,
  prefix,
}) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options, countOf } = setup;
  const attempts: number[] = [];
  await queues.addDeliveries([DELIVERY]);
  await using _worker = startDeliverWorker({ ...options, concurrency: 1 }, async (_data, attempt) => {
    attempts.push(attempt);
    return { kind: "retry", delayMs: 1, reason: "status 500" };
  });

  await expect.poll(async () => await countOf("deliver", "failed"), { timeout: 10_000 }).toBe(1);
  expect(attempts).toEqual(Array.from({ length: DELIVERY_ATTEMPTS }, (_, index) => index + 1));
});

test("a fault of our own is tried again in five seconds", async ({ redis, prefix }) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options, countOf } = setup;
  await queues.addDeliveries([DELIVERY]);
  await using _worker = startDeliverWorker({ ...options, concurrency: 1 }, async () => {
    throw new Error("northside/events/evt_1 cannot be opened");
  });
  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(1);

  await using queue = bareQueue("deliver", options);
  const [job] = await queue.getDelayed();
  expect(job).toMatchObject({ delay: 5_000, failedReason: "northside/events/evt_1 cannot be opened" });
});

test("jobs carry ids and nothing else, in every state", async ({ redis, prefix }) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options, countOf } = setup;
  await queues.ensurePoll({ account: "northside", resource: "patients" }, 3_600_000);
  await queues.addRoute({ account: "northside" });
  await queues.addDeliveries([DELIVERY, { ...DELIVERY, eventId: "evt_2" }]);
  await using _worker = startDeliverWorker({ ...options, concurrency: 1 }, async ({ eventId }) => {
    if (eventId === "evt_1") return { kind: "give_up", reason: "status 410" };
    const error = new Error("an address is refused", {
      cause: { url: "https://crm.example.com/hooks?token=hunter2", body: "Ada Quill" },
    });
    throw Object.assign(error, { url: "https://crm.example.com/hooks?token=hunter2", body: "Ada Quill" });
  });
  await expect.poll(async () => await countOf("deliver", "failed")).toBe(1);
  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(1);

  const atRest = await clearTextOf(redis, `${prefix}:queue`);
  expect(atRest).toContain('{"account":"northside","resource":"patients"}');
  expect(atRest).toContain('{"account":"northside","eventId":"evt_1","endpoint":"crm"}');
  expect(atRest).not.toMatch(/https?:|hunter2|Ada/);
});

test("a job that carries more than ids is refused, one that carries them is taken", async ({
  redis,
  prefix,
}) => {
  await using setup = createQueueSetup(redis, prefix);
  const { options, countOf } = setup;
  const handled: unknown[] = [];
  await using queue = bareQueue("poll", options);
  await queue.add("poll", { account: "northside", resource: "patients", url: "https://a.example" });
  await queue.add("poll", { account: "northside" });
  await queue.add("poll", { account: "southbank", resource: "patients" });
  await using _worker = startPollWorker({ ...options, concurrency: 1 }, async (data) => {
    handled.push(data);
    return undefined;
  });

  await expect.poll(async () => await countOf("poll", "failed")).toBe(2);
  await expect.poll(() => handled).toEqual([{ account: "southbank", resource: "patients" }]);
  const reasons = (await queue.getFailed()).map(({ failedReason }) => failedReason);
  expect(reasons).toEqual(["not a poll job of this release", "not a poll job of this release"]);
});

test("the numbers of jobs are told for every queue and state", async ({ redis, prefix }) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues } = setup;
  await queues.addDeliveries([DELIVERY, { ...DELIVERY, endpoint: "archive" }]);
  const counts = await queues.counts();

  expect(counts.filter(({ count }) => count > 0)).toEqual([{ queue: "deliver", state: "waiting", count: 2 }]);
  expect(counts.map(({ queue, state }) => `${queue} ${state}`)).toEqual(
    JOB_NAMES.flatMap((queue) =>
      ["waiting", "active", "delayed", "failed", "completed"].map((state) => `${queue} ${state}`),
    ),
  );
  expect(queues.board.map(({ name }) => name).toSorted()).toEqual([...JOB_NAMES].toSorted());
});
