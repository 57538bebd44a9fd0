import { Queue } from "bullmq";
import { expect } from "vitest";

import { JOB_NAMES, type JobName } from "../../../src/queues/job-catalogue.ts";
import { type QueueOptions, createQueues, queuePrefix } from "../../../src/queues/queues.ts";
import {
  type DeliveryRest,
  startDeliverWorker,
  startPollWorker,
  startRecoverWorker,
  startTidyWorker,
} from "../../../src/queues/workers.ts";
import { createGate } from "../../support/answering-server.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test } from "../../support/queue-test.ts";

const HOUR = 3_600_000;
const CRM = { endpoint: "crm" };
const RECOVERY = {
  endpoint: "crm",
  since: 0,
  until: HOUR,
  states: ["parked"],
  types: [],
  after: 0,
  seen: 0,
  taken: 0,
};

/** A queue, to look into and to put in what we never would. */
function bareQueue(name: JobName, { connection, prefix }: QueueOptions): Queue & AsyncDisposable {
  const queue = new Queue(name, { connection, prefix: queuePrefix(prefix, name) });
  return Object.assign(queue, { [Symbol.asyncDispose]: async () => await queue.close() });
}

function stoppable(options: QueueOptions): QueueOptions & { readonly stopping: AbortSignal } {
  return { ...options, stopping: new AbortController().signal };
}

function restFor(ms: number, wakes = "1"): DeliveryRest {
  return { at: Date.now() + ms, wakes };
}

async function sameWakes(): Promise<string> {
  return "1";
}

test("an endpoint has one job, however often it is woken, and by whomever", async ({ setup }) => {
  const { queues, options, countOf, errors } = setup;
  await Promise.all(Array.from({ length: 20 }, async () => await queues.wakeDelivery(CRM)));
  await queues.wakeDelivery({ endpoint: "archive" });
  expect(await countOf("deliver", "waiting")).toBe(2);
  const runs: string[] = [];
  await using _worker = startDeliverWorker(
    stoppable(options),
    async (endpoint) => {
      runs.push(endpoint);
      return restFor(HOUR);
    },
    sameWakes,
  );

  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(2);
  expect(runs.toSorted()).toEqual(["archive", "crm"]);
  expect(errors).toEqual([]);
});

test("a job that rests runs again when its time has come, or when it is woken", async ({ setup }) => {
  const { queues, options, countOf } = setup;
  const runs: number[] = [];
  const waits = [60, HOUR, HOUR];
  await queues.wakeDelivery(CRM);
  await using _worker = startDeliverWorker(
    stoppable(options),
    async () => {
      runs.push(Date.now());
      return restFor(waits[runs.length - 1] ?? HOUR);
    },
    sameWakes,
  );
  await expect.poll(() => runs.length).toBe(2);
  expect(Number(runs[1]) - Number(runs[0])).toBeGreaterThanOrEqual(60);
  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(1);

  await queues.wakeDelivery(CRM);

  await expect.poll(() => runs.length).toBe(3);
});

test("what comes in after the worker last looked, while its job could not be woken, runs it again", async ({
  setup,
}) => {
  const { queues, options, countOf } = setup;
  let wakes = 0;
  let runs = 0;
  await queues.wakeDelivery(CRM);
  await using _worker = startDeliverWorker(
    stoppable(options),
    async () => {
      runs += 1;
      const seen = String(wakes);
      // Somebody adds something right now: the job is at work, so that waking it does nothing.
      if (runs === 1) {
        wakes += 1;
        await queues.wakeDelivery(CRM);
      }
      return restFor(HOUR, seen);
    },
    async () => String(wakes),
  );

  await expect.poll(() => runs).toBe(2);
  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(1);
  expect(runs).toBe(2);
});

test("a job that is at work is announced, and one that sleeps is woken", async ({ setup }) => {
  const { options, countOf } = setup;
  const announced: string[] = [];
  await using queues = createQueues({
    ...options,
    announceWake: async (endpoint) => void announced.push(endpoint),
  });
  const started = createGate();
  const ended = createGate();
  await queues.wakeDelivery(CRM);
  expect(announced).toEqual([]);
  let runs = 0;
  await using _worker = startDeliverWorker(
    stoppable(options),
    async () => {
      runs += 1;
      started.open();
      await ended.opened;
      return restFor(HOUR);
    },
    sameWakes,
  );
  await started.opened;
  await queues.wakeDelivery(CRM);
  expect(announced).toEqual(["crm"]);
  ended.open();
  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(1);

  await queues.wakeDelivery(CRM);
  await expect.poll(() => runs).toBe(2);
  expect(announced).toEqual(["crm"]);
});

test("what comes in while the job falls asleep wakes it: it is asleep already when it looks once more", async ({
  setup,
}) => {
  const { queues, options, countOf } = setup;
  let runs = 0;
  await queues.wakeDelivery(CRM);
  await using _worker = startDeliverWorker(
    stoppable(options),
    async () => {
      runs += 1;
      return restFor(HOUR);
    },
    async () => {
      if (runs === 1) {
        expect(await countOf("deliver", "delayed")).toBe(1);
        await queues.wakeDelivery(CRM);
      }
      return "1"; // read before that
    },
  );

  await expect.poll(() => runs).toBe(2);
});

test("a job whose endpoint is gone ends, and leaves nothing; it can be made again", async ({ setup }) => {
  const { queues, options } = setup;
  let runs = 0;
  await queues.wakeDelivery(CRM);
  await using queue = bareQueue("deliver", options);
  await using _worker = startDeliverWorker(
    stoppable(options),
    async () => {
      runs += 1;
      return undefined;
    },
    sameWakes,
  );
  await expect.poll(async () => await queue.getJob("endpoint.crm")).toBeUndefined();
  expect(runs).toBe(1);

  await queues.wakeDelivery(CRM);
  await expect.poll(() => runs).toBe(2);
});

test("a worker that fails is run again in two seconds, for ever", async ({ setup }) => {
  const { queues, options, countOf } = setup;
  await queues.wakeDelivery(CRM);
  await using _worker = startDeliverWorker(
    stoppable(options),
    async () => {
      throw new Error("northside/events/evt_1 cannot be opened");
    },
    sameWakes,
  );
  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(1);

  await using queue = bareQueue("deliver", options);
  const [job] = await queue.getDelayed();
  expect(job).toMatchObject({
    delay: 2_000,
    failedReason: "northside/events/evt_1 cannot be opened",
  });
  expect(job?.opts.attempts).toBeGreaterThan(2 ** 50);
});

test("told to stop, a worker begins no job: what is given back stays for others, and is not run in circles", async ({
  setup,
}) => {
  const { queues, options, countOf } = setup;
  const stopping = new AbortController();
  let runs = 0;
  await queues.wakeDelivery(CRM);
  const worker = startDeliverWorker(
    { ...options, stopping: stopping.signal },
    async () => {
      runs += 1;
      stopping.abort();
      return restFor(0);
    },
    sameWakes,
  );
  await expect.poll(() => runs).toBe(1);
  await expect
    .poll(async () => (await countOf("deliver", "delayed")) + (await countOf("deliver", "waiting")))
    .toBe(1);
  // A worker that goes on would have it back within milliseconds.
  for (let turn = 0; turn < 50; turn++) await queues.wakeDelivery(CRM);
  expect(runs).toBe(1);
  await worker[Symbol.asyncDispose]();

  let elsewhere = 0;
  await using _heir = startDeliverWorker(
    stoppable(options),
    async () => {
      elsewhere += 1;
      return restFor(HOUR);
    },
    sameWakes,
  );
  await expect.poll(() => elsewhere).toBe(1);
  expect(runs).toBe(1);
});

test("a recovery goes on where it was stopped, and how far it is can be read until an hour after its end", async ({
  setup,
}) => {
  const { queues, options } = setup;
  const id = await queues.addRecover(RECOVERY);
  const begun: number[] = [];
  await using _worker = startRecoverWorker(stoppable(options), async (data, save) => {
    begun.push(data.after);
    await save({ ...data, after: data.after + 10, seen: data.seen + 500, taken: data.taken + 400 });
    return begun.length === 3;
  });

  await expect.poll(async () => (await queues.recoverProgress(id))?.done).toBe(true);
  expect(begun).toEqual([0, 10, 20]);
  expect(await queues.recoverProgress(id)).toEqual({
    ...RECOVERY,
    after: 30,
    seen: 1_500,
    taken: 1_200,
    done: true,
  });
  expect(await queues.recoverProgress("9999")).toBeUndefined();
});

test("two recoveries of one endpoint are two", async ({ setup }) => {
  const { queues, countOf } = setup;

  expect(await queues.addRecover(RECOVERY)).not.toBe(await queues.addRecover(RECOVERY));
  expect(await countOf("recover", "waiting")).toBe(2);
});

test("old things are looked for by one job, which sleeps in between", async ({ setup }) => {
  const { queues, options, countOf } = setup;
  await queues.ensureTidy();
  await queues.ensureTidy();
  let runs = 0;
  await using _worker = startTidyWorker(options, async () => {
    runs += 1;
    return Date.now() + (runs === 1 ? 30 : HOUR);
  });

  await expect.poll(() => runs).toBe(2);
  await expect.poll(async () => await countOf("tidy", "delayed")).toBe(1);
  await queues.ensureTidy();
  expect(await countOf("tidy", "waiting")).toBe(0);
});

test("jobs carry ids and nothing else, in every state", async ({ setup, redis, prefix }) => {
  const { queues, options, countOf } = setup;
  await queues.ensurePoll({ account: "northside", resource: "patients" }, HOUR);
  await queues.addRoute({ account: "northside" });
  await queues.addRecover(RECOVERY);
  await queues.wakeDelivery(CRM);
  await queues.wakeDelivery({ endpoint: "archive" });
  await using _worker = startDeliverWorker(
    stoppable(options),
    async (endpoint) => {
      if (endpoint === "archive") return restFor(HOUR);
      const error = new Error("an address is refused", {
        cause: { url: "https://crm.example.com/hooks?token=hunter2", body: "Ada Quill" },
      });
      throw Object.assign(error, {
        url: "https://crm.example.com/hooks?token=hunter2",
        body: "Ada Quill",
      });
    },
    sameWakes,
  );
  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(2);

  const atRest = await clearTextOf(redis, `${prefix}:queue`);
  expect(atRest).toContain('{"account":"northside","resource":"patients"}');
  expect(atRest).toContain('{"endpoint":"crm"}');
  expect(atRest).not.toMatch(/https?:|hunter2|Ada/);
});

test("a job that carries more than ids is refused, one that carries them is taken", async ({ setup }) => {
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

test("the numbers of jobs are told for every queue and state", async ({ setup }) => {
  const { queues } = setup;
  await queues.wakeDelivery(CRM);
  await queues.wakeDelivery({ endpoint: "archive" });
  const counts = await queues.counts();

  expect(counts.filter(({ count }) => count > 0)).toEqual([{ queue: "deliver", state: "waiting", count: 2 }]);
  expect(counts.map(({ queue, state }) => `${queue} ${state}`)).toEqual(
    JOB_NAMES.flatMap((queue) =>
      ["waiting", "active", "delayed", "failed", "completed"].map((state) => `${queue} ${state}`),
    ),
  );
  expect(queues.board.map(({ name }) => name).toSorted()).toEqual([...JOB_NAMES].toSorted());
});
