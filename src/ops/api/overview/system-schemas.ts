import { z } from "zod";

import { judgementSchema } from "./issue-schema.ts";

const time = z.string().meta({ format: "date-time" });

export const systemSchema = z
  .strictObject({
    version: z.string().meta({ description: "Of the process that answers." }),
    processes: z
      .array(
        z
          .strictObject({
            id: z.string(),
            host: z.string(),
            pid: z.int(),
            roles: z.array(z.string()),
            version: z.string(),
            node: z.string(),
            started_at: time,
            seen_at: time.meta({ format: "date-time", description: "It says so every ten seconds." }),
            memory_bytes: z.int(),
            event_loop_p99_ms: z.number().meta({ description: "How long the process made others wait." }),
            ...judgementSchema.shape,
          })
          .meta({ id: "ServiceProcess", description: "A process of the service." }),
      )
      .meta({ description: "Those that were seen in the last minute." }),
    missing_roles: z.array(z.string()).meta({ description: "Roles that no process has: their work waits." }),
    redis: z.strictObject({
      flavour: z.string(),
      version: z.string().nullable(),
      used_bytes: z.int().nullable(),
      max_bytes: z.int().nullable().meta({ description: "Null: no limit, or not known." }),
      policy: z.string().nullable().meta({ description: "`maxmemory-policy`." }),
      append_only: z.boolean().nullable(),
      fsync: z.string().nullable().meta({ description: "`appendfsync`." }),
      latency_ms: z.number(),
      clock_ahead_ms: z.int(),
      latency: judgementSchema,
      clock: judgementSchema,
      memory: judgementSchema,
      warnings: z
        .array(z.strictObject({ message: z.string(), remedy: z.string() }))
        .meta({ description: "What could lose data, or already does." }),
    }),
    storage: z
      .array(
        z.strictObject({
          account: z.string(),
          events: z.int(),
          oldest_at: time.nullable(),
        }),
      )
      .meta({ description: "The log of each account, the longest first: at most 50." }),
    retention: z.strictObject({ events_seconds: z.int(), attempts_seconds: z.int() }),
  })
  .meta({ id: "System", description: "What the service runs on." });
export type System = z.infer<typeof systemSchema>;
