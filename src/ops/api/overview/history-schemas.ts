import { z } from "zod";

const time = z.string().meta({ format: "date-time" });

export const HISTORY_RANGES = ["hour", "day", "week"] as const;
export type HistoryRange = (typeof HISTORY_RANGES)[number];

const pointSchema = z.strictObject({
  at: time.meta({ format: "date-time", description: "Where the interval begins." }),
  detected: z.int().meta({ description: "Events that were committed: changes found upstream." }),
  delivered: z.int().meta({ description: "Callbacks that were answered with 2xx." }),
  failed: z.int().meta({ description: "Attempts that were not." }),
  latency_p50_ms: z.number().nullable().meta({
    description: "From the change upstream to the 2xx. Null: nothing was delivered.",
  }),
  latency_p95_ms: z.number().nullable(),
});

export const historySchema = z
  .strictObject({
    range: z.enum(HISTORY_RANGES),
    resolution_seconds: z.int().meta({ description: "Length of an interval: hour 60, day 600, week 3600." }),
    points: z
      .array(pointSchema)
      .meta({ description: "Every interval of the range, the oldest first. The last is not over yet." }),
  })
  .meta({
    id: "History",
    description:
      "What was found and delivered through time. For plots: a killed process forgets its last seconds.",
  });
export type History = z.infer<typeof historySchema>;
export type HistoryPoint = z.infer<typeof pointSchema>;

export const activitySchema = z
  .strictObject({
    endpoint: z.string(),
    delivered: z.array(z.int()).meta({ description: "Per hour, the oldest first: 24 of them." }),
    failed: z.array(z.int()),
  })
  .meta({ id: "EndpointActivity", description: "The last 24 hours of an endpoint." });
export type EndpointActivity = z.infer<typeof activitySchema>;
