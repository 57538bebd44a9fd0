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
  /** Bring one event to one endpoint. */
  deliver: z.strictObject({ account: z.string(), eventId: z.string(), endpoint: z.string() }),
} as const;

export const JOB_NAMES = ["poll", "route", "backfill", "deliver"] as const;

export type JobName = (typeof JOB_NAMES)[number];

export type JobData<Name extends JobName> = z.infer<(typeof jobSchemas)[Name]>;

/** Attempts of the schedule in design §5.2: at once, then nine retries. */
export const DELIVERY_ATTEMPTS = 10;
