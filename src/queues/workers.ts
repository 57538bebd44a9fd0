import { DelayedError, type Job, UnrecoverableError, Worker, type WorkerOptions } from "bullmq";
import type { z } from "zod";

import { toError } from "../errors.ts";
import { type JobData, type JobName, jobSchemas } from "./job-catalogue.ts";
import type { QueueOptions } from "./queues.ts";

/**
 * A killed process's jobs are taken up by another after at most LOCK_MS + CHECK_MS. However often that happens to a job
 * (BullMQ fails it after the second time unless told otherwise), it is not lost.
 */
const LOCK_MS = 10_000;
const CHECK_MS = 5_000;

/** What became of a delivery attempt. `reason` is kept in clear: class and status, never a body or a URL. */
export type DeliverResult =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly delayMs: number; readonly reason: string }
  | { readonly kind: "give_up"; readonly reason: string };

/** Disposing waits for the jobs in hand to end. */
export type RunningWorker = AsyncDisposable;

/** @param handler resolves to when it wants to run again (unix ms); undefined ends this poll for good. */
export function startPollWorker(
  options: QueueOptions & { readonly concurrency: number },
  handler: (data: JobData<"poll">) => Promise<number | undefined>,
): RunningWorker {
  return start("poll", jobSchemas.poll, options, options.concurrency, async (data, job, token) => {
    const nextAtMs = await handler(data);
    if (nextAtMs === undefined) return;
    await job.moveToDelayed(nextAtMs, token);
    throw new DelayedError();
  });
}

/** @param handler resolves to the job as it goes on, and when (unix ms); undefined: it is done. */
export function startBackfillWorker(
  options: QueueOptions,
  handler: (data: JobData<"backfill">) => Promise<{ data: JobData<"backfill">; atMs: number } | undefined>,
): RunningWorker {
  return start("backfill", jobSchemas.backfill, options, 2, async (data, job, token) => {
    const next = await handler(data);
    if (!next) return;
    await job.updateData(next.data);
    await job.moveToDelayed(next.atMs, token);
    throw new DelayedError();
  });
}

export function startRouteWorker(
  options: QueueOptions,
  handler: (data: JobData<"route">) => Promise<void>,
): RunningWorker {
  return start("route", jobSchemas.route, options, 4, handler);
}

/** @param handler gets the number of this attempt, from 1. It decides the wait before the next one. */
export function startDeliverWorker(
  options: QueueOptions & { readonly concurrency: number },
  handler: (data: JobData<"deliver">, attempt: number) => Promise<DeliverResult>,
): RunningWorker {
  return start("deliver", jobSchemas.deliver, options, options.concurrency, async (data, job) => {
    const result = await handler(data, job.attemptsMade + 1);
    if (result.kind === "retry") throw new RetryLater(result.reason, result.delayMs);
    if (result.kind === "give_up") throw new UnrecoverableError(result.reason);
  });
}

/** Carries the wait to `backoffStrategy`, BullMQ's own way to say it. */
class RetryLater extends Error {
  readonly delayMs: number;

  constructor(reason: string, delayMs: number) {
    super(reason);
    this.name = new.target.name;
    this.delayMs = delayMs;
  }
}

/** Wait after a fault of our own (Redis, a record that cannot be read), which no policy decided. */
const FAULT_DELAY_MS = 5_000;

function start<Data>(
  name: JobName,
  schema: z.ZodType<Data>,
  { connection, prefix, onError }: QueueOptions,
  concurrency: number,
  process: (data: Data, job: Job, token: string | undefined) => Promise<void>,
): RunningWorker {
  const settings: WorkerOptions = {
    connection,
    prefix,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: CHECK_MS,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    settings: {
      backoffStrategy: (_attempts, _type, error) =>
        error instanceof RetryLater ? error.delayMs : FAULT_DELAY_MS,
    },
  };
  const worker = new Worker(
    name,
    async (job: Job, token) => {
      const parsed = schema.safeParse(job.data);
      if (!parsed.success) throw new UnrecoverableError(`not a ${name} job of this release`);
      await process(parsed.data, job, token);
    },
    settings,
  );
  worker.on("error", (error) => onError(toError(error)));
  return {
    async [Symbol.asyncDispose]() {
      await worker.close();
    },
  };
}
