import { type ConnectionOptions, type JobsOptions, Queue } from "bullmq";

import { JOB_NAMES, type JobData, type JobName, jobSchemas } from "./job-catalogue.ts";
import { type JobStanding, clearLost, readSleeps, readStandings } from "./job-standing.ts";
import { promote, wakeIfAsleep } from "./promote.ts";
import { type Places, wakeOverslept } from "./wake-sleepers.ts";

/** A job that never gives up: what it does is safe to repeat, and nobody else would do it. */
const FOR_EVER: JobsOptions = {
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { type: "fixed", delay: 2_000 },
  stackTraceLimit: 1,
};

const KEPT_AN_HOUR: JobsOptions = { removeOnComplete: { age: 3_600 } };
/** Jobs made in one step, so that Redis is not kept from others. */
const MADE_AT_ONCE = 500;

/** An account, and what is polled of it. */
interface Polled {
  readonly name: string;
  readonly resources: readonly string[];
}

export interface Queues extends AsyncDisposable {
  /** Makes sure that the account's resource is being polled. Safe to repeat; `delayMs` is for the first time only. */
  ensurePoll(data: JobData<"poll">, delayMs: number): Promise<void>;
  /** The same of many at once. */
  ensurePolls(
    polls: readonly { readonly target: JobData<"poll">; readonly delayMs: number }[],
  ): Promise<void>;
  /** How these polls stand, in their order. Changes nothing. */
  pollJobs(targets: readonly JobData<"poll">[]): Promise<readonly JobStanding[]>;
  /**
   * What each of the accounts' polls sleeps for, in their order; null: it does not sleep. One that sleeps for the same as before has not run
   * since: it costs less to ask than how they stand.
   */
  pollSleeps(accounts: readonly Polled[]): Promise<readonly (string | null)[]>;
  /** Those of them that nobody would run again; what stood in their way is removed: ensure them anew. */
  lostPolls(targets: readonly JobData<"poll">[]): Promise<readonly JobData<"poll">[]>;
  /** How many polls there are that run, wait or sleep, whoever's. */
  livingPolls(): Promise<number>;
  /** The same of endpoints' deliveries: wake them. */
  lostDeliveries(endpoints: readonly string[]): Promise<readonly string[]>;
  /** Wakes the poll that sleeps. False: it is not asleep (running now, or not known). */
  pollNow(data: JobData<"poll">): Promise<boolean>;
  addRoute(data: JobData<"route">): Promise<void>;
  /** False: this backfill is under way already. */
  addBackfill(data: JobData<"backfill">): Promise<boolean>;
  /** Takes away the backfills of an endpoint that is gone, but for a page that is under way. */
  dropBackfills(endpoint: string): Promise<void>;
  /** There may be something to deliver to an endpoint: wakes its job, or makes it. Safe to repeat. */
  wakeDelivery(data: JobData<"deliver">): Promise<void>;
  /** Goes on with a job of a former queue, under the id that it had there. Safe to repeat. */
  adopt(name: "backfill" | "recover", id: string, data: unknown): Promise<void>;
  /** The job's id, for `recoverProgress`. */
  addRecover(data: JobData<"recover">): Promise<string>;
  /** How far a recovery is; undefined: it is not known any more. */
  recoverProgress(id: string): Promise<(JobData<"recover"> & { readonly done: boolean }) | undefined>;
  /** Makes sure that old things are being removed. Safe to repeat. */
  ensureTidy(): Promise<void>;
  /**
   * Wakes the jobs of all queues that would sleep longer than they were meant to, of those that sleep for more than `beyondMs`.
   * Resolves to how many.
   */
  wakeOverslept(beyondMs: number): Promise<number>;
  /** Wakes every job that sleeps: nothing is known any more of how long they have slept. */
  wakeAll(): Promise<void>;
  /** Number of jobs by state, for metrics. */
  counts(): Promise<readonly { readonly queue: JobName; readonly state: string; readonly count: number }[]>;
  /** For the queue board alone. */
  readonly board: readonly Queue[];
}

export interface QueueOptions {
  readonly connection: ConnectionOptions;
  /** What the keys of all queues begin with. */
  readonly prefix: string;
  /** By which clock handlers say when they want to run again, unix ms. */
  readonly now: () => number;
  /** False: INFO is forbidden to us, so BullMQ is not to ask for the version by it. Default: true. */
  readonly asksVersion?: boolean;
  /** Tells whoever works on an endpoint's deliveries that there is more: its job is at work and cannot be woken. */
  readonly announceWake?: (endpoint: string) => Promise<void>;
  /** Something outside a job failed: Redis, most likely. Without it BullMQ prints to the console. */
  readonly onError: (error: Error, queue: JobName) => void;
  /** A job failed, and will be tried again. What can be expected to happen is no failure. */
  readonly onJobFailed?: (error: Error, queue: JobName) => void;
  /** How long a worker that does not say that it lives keeps its jobs from others, ms; undefined: 10 s. */
  readonly lockMs?: number;
}

/** Each queue is in one hash slot, as BullMQ's scripts want it, and not all of them in the same. */
export function queuePrefix(prefix: string, name: JobName): string {
  return `${prefix}:{${name}}`;
}

const STATES = ["waiting", "active", "delayed", "failed", "completed"] as const;

export function createQueues(options: QueueOptions): Queues {
  const { announceWake, asksVersion = true, connection, prefix, onError } = options;
  const create = <Name extends JobName>(name: Name): Queue<JobData<Name>, void> =>
    new Queue<JobData<Name>, void>(name, {
      connection,
      prefix: queuePrefix(prefix, name),
      skipVersionCheck: !asksVersion,
    }).on("error", (error: Error) => {
      onError(error, name);
    });
  const queues = {
    poll: create("poll"),
    route: create("route"),
    backfill: create("backfill"),
    deliver: create("deliver"),
    recover: create("recover"),
    tidy: create("tidy"),
  };

  const places: Places = new Map();
  /** Of those who ask again and again for the same. */
  const idsOf = new WeakMap<object, readonly string[]>();

  const ensurePolls: Queues["ensurePolls"] = async (polls) => {
    // What stands in a shape that nobody reads any more would stand in the way for ever.
    const lost = new Set(
      await clearLost(
        queues.poll,
        polls.map(({ target }) => pollJobId(target)),
      ),
    );
    const missing = polls.filter(({ target }) => lost.has(pollJobId(target)));
    for (let from = 0; from < missing.length; from += MADE_AT_ONCE) {
      await queues.poll.addBulk(
        missing.slice(from, from + MADE_AT_ONCE).map(({ target, delayMs: delay }) => ({
          name: "poll",
          data: target,
          opts: { ...FOR_EVER, jobId: pollJobId(target), delay: Math.max(0, delay), removeOnComplete: true },
        })),
      );
    }
  };

  return {
    ensurePoll: async (target, delayMs) => await ensurePolls([{ target, delayMs }]),

    ensurePolls,

    pollJobs: async (targets) => await readStandings(queues.poll, targets.map(pollJobId)),

    async pollSleeps(accounts) {
      const ids = idsOf.get(accounts) ?? accounts.flatMap(pollJobIds);
      idsOf.set(accounts, ids);
      return await readSleeps(queues.poll, ids);
    },

    async lostPolls(targets) {
      const lost = new Set(await clearLost(queues.poll, targets.map(pollJobId)));
      return targets.filter((target) => lost.has(pollJobId(target)));
    },

    livingPolls: async () =>
      await queues.poll.getJobCountByTypes("active", "waiting", "prioritized", "delayed"),

    async lostDeliveries(endpoints) {
      const lost = new Set(await clearLost(queues.deliver, endpoints.map(deliverJobId)));
      return endpoints.filter((endpoint) => lost.has(deliverJobId(endpoint)));
    },

    async pollNow(data) {
      const job = await queues.poll.getJob(pollJobId(data));
      return job !== undefined && (await wakeIfAsleep(job));
    },

    async addRoute(data) {
      await queues.route.add("route", data, { ...FOR_EVER, removeOnComplete: true });
    },

    async addBackfill(data) {
      const jobId = `${data.account}.${data.resource}.${data.endpoint}`;
      if (await queues.backfill.getJob(jobId)) return false;
      await queues.backfill.add("backfill", data, { ...FOR_EVER, jobId, removeOnComplete: true });
      return true;
    },

    async dropBackfills(endpoint) {
      for (const job of await queues.backfill.getJobs(["wait", "delayed", "prioritized"])) {
        // Whoever has taken it meanwhile finds that the endpoint is gone.
        if (job.data.endpoint === endpoint) await job.remove().catch(() => undefined);
      }
    },

    async wakeDelivery(data) {
      const jobId = deliverJobId(data.endpoint);
      const job = await queues.deliver.getJob(jobId);
      if (!job) {
        await queues.deliver.add("deliver", data, { ...FOR_EVER, jobId, removeOnComplete: true });
      } else if (await job.isDelayed()) await promote(job);
      else await announceWake?.(data.endpoint);
    },

    async addRecover(data) {
      const { id } = await queues.recover.add("recover", data, { ...FOR_EVER, ...KEPT_AN_HOUR });
      return id ?? "";
    },

    async adopt(name, id, data) {
      const kept = name === "recover" ? KEPT_AN_HOUR : { removeOnComplete: true };
      const queue: Queue = queues[name];
      await queue.add(name, data, { ...FOR_EVER, ...kept, jobId: adoptedId(id) });
    },

    async recoverProgress(id) {
      const job = (await queues.recover.getJob(id)) ?? (await queues.recover.getJob(adoptedId(id)));
      const parsed = jobSchemas.recover.safeParse(job?.data);
      return job && parsed.success ? { ...parsed.data, done: await job.isCompleted() } : undefined;
    },

    async ensureTidy() {
      if ((await clearLost(queues.tidy, ["tidy"])).length === 0) return;
      await queues.tidy.add("tidy", {}, { ...FOR_EVER, jobId: "tidy", removeOnComplete: true });
    },

    async wakeOverslept(beyondMs) {
      const all: readonly Queue[] = Object.values(queues);
      const woken = await Promise.all(all.map(async (queue) => await wakeOverslept(queue, beyondMs, places)));
      return woken.reduce((sum, count) => sum + count, 0);
    },

    async wakeAll() {
      await Promise.all(Object.values(queues).map(async (queue) => await queue.promoteJobs()));
    },

    async counts() {
      const perQueue = await Promise.all(
        JOB_NAMES.map(async (name) => {
          const counts = await queues[name].getJobCounts(...STATES);
          return STATES.map((state) => ({ queue: name, state, count: counts[state] ?? 0 }));
        }),
      );
      return perQueue.flat();
    },

    board: Object.values(queues),

    async [Symbol.asyncDispose]() {
      await Promise.all(Object.values(queues).map(async (queue) => await queue.close()));
    },
  };
}

function pollJobIds({ name: account, resources }: Polled): string[] {
  return resources.map((resource) => pollJobId({ account, resource }));
}

/** The id of the one job that polls a resource. BullMQ refuses ":" in an id of ours. */
function pollJobId({ account, resource }: JobData<"poll">): string {
  return `${account}.${resource}`;
}

/** What BullMQ numbered itself would meet the numbers of the queue that it comes into. */
function adoptedId(id: string): string {
  return /^\d+$/.test(id) ? `former-${id}` : id;
}

function deliverJobId(endpoint: string): string {
  return `endpoint.${endpoint}`;
}
