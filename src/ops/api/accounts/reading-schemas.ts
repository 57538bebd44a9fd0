import { z } from "zod";

const time = z.string().meta({ format: "date-time" });

const runSchema = z
  .strictObject({
    at: time.meta({ format: "date-time", description: "When it ended." }),
    kind: z.enum(["scan", "sweep", "recheck"]).meta({
      description:
        "scan: what changed since the last one · sweep: whether anything is missing · recheck: records that were looked at again by themselves.",
    }),
    outcome: z.string().meta({ description: "`completed`, `stopped` (by a guard), or the kind of failure." }),
    detail: z.string().nullable(),
    duration_ms: z.number(),
    requests: z.int().nullable().meta({ description: "Null: not counted." }),
    records: z.int(),
    events: z.int(),
  })
  .meta({ id: "ReadingRun", description: "One reading of one kind of record." });

const resourceReadingSchema = z
  .strictObject({
    resource: z.string(),
    plan: z
      .strictObject({
        name: z.string(),
        order: z.enum(["id", "created", "page"]),
        passes: z.array(z.string()).meta({ description: "One word or two for each list that is read." }),
      })
      .nullable()
      .meta({ description: "What this account was found to accept. Null: not found out yet." }),
    next_poll_at: time.nullable().meta({ description: "Null: it is being read, or no service polls it." }),
    interval_ms: z.int().nullable().meta({ description: "The longest pause between polls in this hour." }),
    fixed_interval: z.boolean().meta({ description: "The operator fixed it: nothing is learnt." }),
    week: z.array(z.number()).nullable().meta({
      description:
        "Learnt: how busy each of the 168 hours of the week is, from Monday 00:00 UTC, 1 being the average. Null: the interval is fixed.",
    }),
    known: z.int().meta({ description: "Records that are known." }),
    next_sweep_at: time.nullable(),
    last_sweep_at: time
      .nullable()
      .meta({ description: "When it was last made sure that nothing is missing." }),
    suspects: z.int(),
    last_runs: z.array(runSchema).meta({ description: "The newest first, at most 20." }),
  })
  .meta({ id: "ResourceReading", description: "How one kind of record of an account is read." });

export const readingSchema = z
  .strictObject({
    account: z.string(),
    resources: z.array(resourceReadingSchema),
    guards: z
      .array(
        z.strictObject({
          resource: z.string(),
          kind: z.string(),
          detail: z.string(),
          since: time,
          quarantined: z.boolean(),
          told: z.boolean().meta({ description: "Whether a `connection.*` event has reported it." }),
        }),
      )
      .meta({ description: "What is wrong, with the evidence." }),
  })
  .meta({ id: "AccountReading", description: "How an account is read. For operators." });
export type AccountReading = z.infer<typeof readingSchema>;
