import { type Job, Worker } from "bullmq";

/** A job that is to run again. */
export interface Rest {
  readonly pauseMs: number;
  /** What is only to be looked at when others can wake it. */
  readonly whenAsleep?: () => Promise<void>;
}

type Handled = Rest | undefined;

/**
 * BullMQ's worker, of jobs that live for ever: where a handler resolves to a rest, its job sleeps for so long. In one step with asking for
 * the next, and that is only asked for where one may be waiting: BullMQ's own `DelayedError` always asks, in a step of its own, and
 * of a thousand quiet clinics' jobs hardly one finds another.
 */
export class RestingWorker extends Worker<unknown, Handled> {
  /** Whoever asked last found a job. Where none was found, this worker is told of the next one anyway. */
  #mayBeMore = true;

  protected override async nextJobFromJobData(
    ...[data, id, token]: Parameters<Worker<unknown, Handled>["nextJobFromJobData"]>
  ): Promise<Job<unknown, Handled>> {
    this.#mayBeMore = data !== undefined;
    return await super.nextJobFromJobData(data, id, token);
  }

  protected override async handleCompleted(
    rest: Handled,
    job: Job<unknown, Handled>,
    token: string,
    mayFetch: () => boolean = () => true,
  ): Promise<Job<unknown, Handled>> {
    if (!rest || job.id === undefined) return await super.handleCompleted(rest, job, token, mayFetch);
    const fetchNext = this.#mayBeMore && mayFetch() && !this.isPaused() && this.closing === undefined;
    const options = { skipAttempt: true, fetchNext };
    const found = await this.backend.moveToDelayed(job.id, Date.now(), rest.pauseMs, token, options);
    await rest.whenAsleep?.();
    const [data, id] = found ?? [];
    return await this.nextJobFromJobData(data, id, token);
  }
}
