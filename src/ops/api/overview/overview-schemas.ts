import { z } from "zod";

import { endpointStatusSchema } from "../endpoints/endpoint-schemas.ts";
import { codeSchema, judgementSchema, severitySchema, verdictSchema } from "./issue-schema.ts";
import { resourceSchema } from "../accounts/resource-schema.ts";

const time = z.string().meta({ format: "date-time" });

const sourceSchema = resourceSchema
  .extend({ account: z.string() })
  .meta({ id: "Source", description: "One kind of record of one account, and how fresh it is." });

const queueSchema = z
  .strictObject({
    queue: z.string(),
    workers: z.int().nullable().meta({
      description: "Workers that take jobs from it. Null: this Redis does not tell its clients.",
    }),
    waiting: z.int().meta({ description: "Jobs that could run now." }),
    active: z.int(),
    delayed: z.int().meta({ description: "Jobs that sleep until their time: most do, most of the time." }),
    failed: z.int(),
    oldest_waiting_at: time.nullable(),
    next_wake_at: time.nullable().meta({ description: "When the job that sleeps the shortest wakes." }),
  })
  .extend(judgementSchema.shape)
  .meta({ id: "QueueStatus", description: "How one queue of BullMQ is getting on." });

const endpointInTrouble = z
  .strictObject({
    id: z.string(),
    host: z.string().meta({ description: "Where it is called, without path and parameters." }),
    description: z.string(),
    owner: z.string().nullable(),
    status: endpointStatusSchema,
  })
  .meta({ id: "EndpointInTrouble", description: "An endpoint that is not well." });

/** How many of each list are shown; what is left out is counted. */
export const MOST_SHOWN = 50;

export const overviewSchema = z
  .strictObject({
    at: time.meta({ format: "date-time", description: "When this was so." }),
    verdict: verdictSchema,
    sources: z
      .strictObject({
        accounts: z.int(),
        total: z.int().meta({ description: "Kinds of record, over all accounts." }),
        by_state: z.record(z.string(), z.int()),
        quarantined: z.int().meta({ description: "Of them stopped by a guard." }),
        oldest_complete_up_to: time.nullable().meta({
          description: "Of the live ones the one that is furthest behind. Null: none is live.",
        }),
        shown: z.array(sourceSchema).meta({
          description: `At most ${MOST_SHOWN}: the worst first, then what is not live, then those that are furthest behind.`,
        }),
      })
      .meta({ description: "Is every source fresh?" }),
    budget: z
      .strictObject({
        accounts_limited: z.int().meta({ description: "Accounts whose share a 429 has cut." }),
        accounts_blocked: z.int().meta({ description: "Accounts that Cliniko has asked us to leave alone." }),
        busiest: z
          .array(
            z.strictObject({
              account: z.string(),
              severity: severitySchema,
              code: codeSchema,
              used: z.number().meta({ description: "Part of the allowance in use just now, 0 to 1." }),
              share: z.number(),
              configured_share: z.number(),
              requests_per_minute: z.number().meta({ description: "What the share comes to at present." }),
              blocked_until: time.nullable(),
            }),
          )
          .meta({ description: "At most 10, the most used first." }),
      })
      .nullable()
      .meta({ description: "Requests to Cliniko. For operators." }),
    queues: z.array(queueSchema).nullable().meta({ description: "Are they draining? For operators." }),
    endpoints: z
      .strictObject({
        total: z.int(),
        by_state: z.record(z.string(), z.int()),
        waiting: z.int().meta({ description: "Deliveries that are still to be made." }),
        parked: z.int(),
        failed: z.int(),
        oldest_waiting_at: time.nullable(),
        shown: z.array(endpointInTrouble).meta({
          description: `At most ${MOST_SHOWN} that are not well, or that gave up deliveries: the worst first, then the longest in trouble.`,
        }),
      })
      .meta({ description: "Which endpoint is in trouble, since when, and what is held back?" }),
  })
  .meta({ id: "Overview", description: "Whether all is well, and if not, where and since when." });
export type Overview = z.infer<typeof overviewSchema>;
