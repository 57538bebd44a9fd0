import { type Job, UnrecoverableError, type WorkerOptions } from "bullmq";
import type { z } from "zod";

import { toError } from "../shared/errors.ts";
import { traced } from "../shared/tracing.ts";
import { type JobData, type JobName, jobSchemas } from "./job-catalogue.ts";
import { promote } from "./promote.ts";
import { type QueueOptions, queuePrefix } from "./queues.ts";
import { type Rest, RestingWorker } from "./resting-worker.ts";

/**
 * A killed process's jobs are taken up by another after at most one and a half times this. However often that happens to a
 * job (BullMQ fails it after the second time unless told otherwise), it is not lost.
 */
const LOCK_MS = 10_000;

/** Disposing waits for the jobs in hand to end. */
export type RunningWorker = AsyncDisposable;

/** Jobs that one process has in hand. */
interface AtOnce {
  readonly concurrency: number;
}

/**
 * @param handler resolves to when it wants to run again (unix ms); undefined ends this poll for good. `mayBeTakenOver`: whoever had it
 * before may have died over it
 */
export function startPollWorker(
  options: QueueOptions & AtOnce,
  handler: (data: JobData<"poll">, mayBeTakenOver: boolean) => Promise<number | undefined>,
): RunningWorker {
  /** How often each job had lost its worker when this process had it last. */
  const losses = new Map<string | undefined, number>();
  return start("poll", jobSchemas.poll, options, options.concurrency, async (data, job) => {
    const { account, resource } = data;
    const mayBeTakenOver = job.stalledCounter > (losses.get(job.id) ?? 0);
    losses.set(job.id, job.stalledCounter);
    const work = async (): Promise<number | undefined> => await handler(data, mayBeTakenOver);
    const nextAtMs = await traced("poll", { account, resource }, work);
    return nextAtMs === undefined ? undefined : restUntil(options, nextAtMs);
  });
}

/** @param handler resolves to the job as it goes on, and when (unix ms); undefined: it is done. */
export function startBackfillWorker(
  options: QueueOptions & AtOnce,
  handler: (data: JobData<"backfill">) => Promise<{ data: JobData<"backfill">; atMs: number } | undefined>,
): RunningWorker {
  return start("backfill", jobSchemas.backfill, options, options.concurrency, async (data, job) => {
    const next = await handler(data);
    if (!next) return undefined;
    await job.updateData(next.data);
    return restUntil(options, next.atMs);
  });
}

export function startRouteWorker(
  options: QueueOptions,
  handler: (data: JobData<"route">) => Promise<void>,
): RunningWorker {
  return start("route", jobSchemas.route, options, 4, async (data) => {
    await handler(data);
    return undefined;
  });
}

export interface StoppableOptions extends QueueOptions {
  /**
   * Fires when the service is to stop: no job is begun from then on. Without it a job that is given back for others to go
   * on with would come straight back, again and again, until its worker is disposed.
   */
  readonly stopping: AbortSignal;
}

/** When a delivery job wants to run again (unix ms), and what its endpoint's wakes said when it had nothing to do. */
export interface DeliveryRest {
  readonly at: number;
  readonly wakes: string;
}

/** Endpoints that one process delivers to at once: a job costs next to nothing while it waits for answers. */
const ENDPOINTS_AT_ONCE = 1_000;

/** @param handler undefined ends the job for good: there is no such endpoint. */
export function startDeliverWorker(
  options: StoppableOptions,
  handler: (endpoint: string) => Promise<DeliveryRest | undefined>,
  readWakes: (endpoint: string) => Promise<string>,
): RunningWorker {
  return start("deliver", jobSchemas.deliver, options, ENDPOINTS_AT_ONCE, async ({ endpoint }, job) => {
    const rest = await handler(endpoint);
    if (!rest) return undefined;
    // Whoever added something since could not wake a job that was at work. From when it sleeps they can.
    const whenAsleep = async (): Promise<void> => {
      if ((await readWakes(endpoint)) !== rest.wakes) await promote(job);
    };
    return { ...restUntil(options, rest.at), whenAsleep };
  });
}

/**
 * @param handler says through `save` how far it has come, and starts from there when it runs again. False: it was stopped
 * and wants to go on elsewhere.
 */
export function startRecoverWorker(
  options: StoppableOptions,
  handler: (data: JobData<"recover">, save: (data: JobData<"recover">) => Promise<void>) => Promise<boolean>,
): RunningWorker {
  return start("recover", jobSchemas.recover, options, 2, async (data, job) => {
    const isDone = await handler(data, async (next) => await job.updateData(next));
    return isDone ? undefined : { pauseMs: 0 };
  });
}

/** @param handler resolves to when it wants to run again (unix ms). */
export function startTidyWorker(options: QueueOptions, handler: () => Promise<number>): RunningWorker {
  return start("tidy", jobSchemas.tidy, options, 1, async () => restUntil(options, await handler()));
}

/** The pause is what counts: BullMQ goes by this machine's clock, and the handlers by the one that all processes share. */
function restUntil({ now }: QueueOptions, atMs: number): Rest {
  return { pauseMs: Math.max(0, atMs - now()) };
}

function start<Data>(
  name: JobName,
  schema: z.ZodType<Data>,
  options: QueueOptions & Partial<StoppableOptions>,
  concurrency: number,
  process: (data: Data, job: Job) => Promise<Rest | undefined>,
): RunningWorker {
  const { connection, prefix, onError, onJobFailed, stopping, lockMs = LOCK_MS } = options;
  const settings: WorkerOptions = {
    connection,
    prefix: queuePrefix(prefix, name),
    skipVersionCheck: options.asksVersion === false,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs / 2,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  };
  const worker = new RestingWorker(
    name,
    async (job) => {
      const parsed = schema.safeParse(job.data);
      if (!parsed.success) throw new UnrecoverableError(`not a ${name} job of this release`);
      return await process(parsed.data, job);
    },
    settings,
  );
  const rest = restAfterErrors(worker);
  worker.on("error", (error) => {
    onError(toError(error), name);
    rest.begin();
  });
  worker.on("failed", (_job, error) => onJobFailed?.(error, name));
  // What goes wrong with closing is told to whoever disposes.
  stopping?.addEventListener("abort", () => void worker.close().catch(() => undefined), { once: true });
  return {
    async [Symbol.asyncDispose]() {
      rest.end();
      await worker.close();
    },
  };
}

/** How long a worker rests after an error; it doubles while they come, up to the most. */
const REST_MS = 250;
const LONGEST_REST_MS = 5_000;

/**
 * A Redis that answers and refuses (a full disk, no memory, a replica) is asked by BullMQ again at once, thousands of times a
 * second. So a worker that met an error takes no job for a moment; those in hand go on, and their locks are kept.
 */
function restAfterErrors(worker: Pick<RestingWorker, "pause" | "resume">): {
  begin: () => void;
  end: () => void;
} {
  let restMs = REST_MS;
  let timer: NodeJS.Timeout | undefined;
  let calming: NodeJS.Timeout | undefined;
  let ended = false;
  return {
    begin() {
      if (timer || ended) return;
      clearTimeout(calming);
      // It does not wait for the jobs in hand, so there is nothing to wait for.
      void worker.pause(true).catch(() => undefined);
      timer = setTimeout(() => {
        timer = undefined;
        void worker.resume().catch(() => undefined);
        calming = setTimeout(() => {
          restMs = REST_MS;
        }, 2 * LONGEST_REST_MS);
        calming.unref();
      }, restMs);
      restMs = Math.min(restMs * 2, LONGEST_REST_MS);
    },
    end() {
      ended = true;
      clearTimeout(timer);
      clearTimeout(calming);
    },
  };
}
