import { type ConnectionOptions, Queue } from "bullmq";
import { expect } from "vitest";

import { takeOverFormerQueues } from "../../../src/queues/former-queues.ts";
import type { JobData } from "../../../src/queues/job-catalogue.ts";
import { startRecoverWorker } from "../../../src/queues/workers.ts";
import { test } from "../../support/queue-test.ts";

const RECOVER: JobData<"recover"> = {
  endpoint: "crm",
  since: 0,
  until: 3_600_000,
  states: ["parked"],
  types: [],
  after: 17,
  seen: 4,
  taken: 3,
};
const BACKFILL = {
  account: "northside",
  resource: "patients",
  endpoint: "crm",
  pass: 0,
  after: "9",
  sent: 9,
};

test("what is under way in the queues of an earlier release goes on where it had come to, and they are gone", async ({
  setup,
  redis,
  prefix,
}) => {
  const { countOf, options, queues } = setup;
  await using former = formerQueues(redis, `${prefix}:queue`);
  await former.queues.backfill.add("backfill", BACKFILL, { jobId: "northside.patients.crm" });
  const { id = "" } = await former.queues.recover.add("recover", RECOVER);
  await former.queues.poll.add(
    "poll",
    { account: "northside", resource: "patients" },
    { jobId: "a", delay: 60_000 },
  );

  expect(await takeOverFormerQueues(options, queues)).toBe(true);
  expect(await countOf("backfill", "waiting")).toBe(1);
  expect(await queues.addBackfill({ ...BACKFILL })).toBe(false);
  expect(await queues.recoverProgress(id)).toEqual({ ...RECOVER, done: false });
  // Whoever looks after them makes polls anew.
  expect(await countOf("poll", "delayed")).toBe(0);
  expect((await redis.keys(`${prefix}:queue:*`)).filter((key) => !key.includes("{"))).toEqual([]);

  const gone: JobData<"recover">[] = [];
  const stopping = new AbortController().signal;
  await using _worker = startRecoverWorker({ ...options, stopping }, async (data) => {
    gone.push(data);
    return true;
  });
  await expect.poll(async () => (await queues.recoverProgress(id))?.done).toBe(true);
  expect(gone).toEqual([RECOVER]);
  expect(await takeOverFormerQueues(options, queues)).toBe(true);
  expect(await countOf("recover", "waiting")).toBe(0);
});

test("what a process of the earlier release has in hand is left to it, until it is gone", async ({
  setup,
  redis,
  prefix,
}) => {
  const { countOf, options, queues } = setup;
  await using former = formerQueues(redis, `${prefix}:queue`);
  await former.queues.backfill.add("backfill", BACKFILL, { jobId: "northside.patients.crm" });
  const lock = `${prefix}:queue:backfill:northside.patients.crm:lock`;
  await redis.set(lock, "theirs");

  expect(await takeOverFormerQueues(options, queues)).toBe(false);
  expect(await countOf("backfill", "waiting")).toBe(0);
  await redis.del(lock);
  expect(await takeOverFormerQueues(options, queues)).toBe(true);
  expect(await countOf("backfill", "waiting")).toBe(1);
});

function formerQueues(
  connection: ConnectionOptions,
  prefix: string,
): AsyncDisposable & { readonly queues: Readonly<Record<"backfill" | "poll" | "recover", Queue>> } {
  const create = (name: string): Queue => new Queue(name, { connection, prefix });
  const queues = { backfill: create("backfill"), poll: create("poll"), recover: create("recover") };
  return {
    queues,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(Object.values(queues).map(async (queue) => await queue.close()));
    },
  };
}
