import type { z } from "zod";

import type { deliverySchema } from "./delivery-answer.ts";
import { CALLBACK } from "../events/event-examples.ts";

export const DELIVERY: z.infer<typeof deliverySchema> = {
  endpoint: "ep_0f3c8a1b2d4e5f607182",
  event: CALLBACK.id,
  type: CALLBACK.type,
  account: CALLBACK.account,
  subject: { type: CALLBACK.subject.type, id: CALLBACK.subject.id },
  committed_at: "2026-11-22T03:15:05.120Z",
  state: "delivered",
  since: "2026-11-22T03:15:11.004Z",
  attempts: [
    {
      at: "2026-11-22T03:15:05.480Z",
      duration_ms: 212,
      outcome: "rejected",
      error_class: "status",
      status: 503,
      detail: null,
      excerpt: "try again later",
      next_at: "2026-11-22T03:15:10.900Z",
      trigger: "schedule",
      counts: true,
    },
    {
      at: "2026-11-22T03:15:11.004Z",
      duration_ms: 84,
      outcome: "delivered",
      error_class: null,
      status: 204,
      detail: null,
      excerpt: null,
      next_at: null,
      trigger: "schedule",
      counts: true,
    },
  ],
  attempts_allowed: 10,
};
