import { z } from "zod";

/**
 * Every job there is, with what it carries. BullMQ keeps job data in clear, so it is ids only: never a body, a name or
 * a URL.
 */
export const jobSchemas = {
  /** Read one resource of one account, then sleep until the next time: one job for ever per (account, resource). */
  poll: z.strictObject({ account: z.string(), resource: z.string() }),
  /** Hand an account's committed events to delivery. */
  route: z.strictObject({ account: z.string() }),
  /** Bring the present state of a resource to one endpoint, a page a run: `pass` and `after` are how far it has come. */
  backfill: z.strictObject({
    account: z.string(),
    resource: z.string(),
    endpoint: z.string(),
    pass: z.int().nonnegative(),
    after: z.string().optional(),
    sent: z.int().nonnegative(),
  }),
  /** Deliver what is due to one endpoint, then sleep until the next is: one job for ever per endpoint. */
  deliver: z.strictObject({ endpoint: z.string() }),
  /** Give an endpoint's deliveries of a time range a new schedule, a batch a run: `after` is how far it has come. */
  recover: z.strictObject({
    endpoint: z.string(),
    /** Unix ms, of the events' commit; `until` is not included. */
    since: z.number(),
    until: z.number(),
    states: z.array(z.string()),
    /** Patterns; empty: all. */
    types: z.array(z.string()),
    after: z.number(),
    seen: z.int().nonnegative(),
    taken: z.int().nonnegative(),
  }),
  /** Remove what is older than the retention, then sleep: one job for ever. */
  tidy: z.strictObject({}),
} as const;

export const JOB_NAMES = ["poll", "route", "backfill", "deliver", "recover", "tidy"] as const;

export type JobName = (typeof JOB_NAMES)[number];

export type JobData<Name extends JobName> = z.infer<(typeof jobSchemas)[Name]>;
