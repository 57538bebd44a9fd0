import type { z } from "zod";

import type { Explanation } from "../../../admin/deliveries/explain.ts";
import { toIsoOrNull } from "../../../shared/iso-time.ts";
import type { explanationSchema } from "./record-schemas.ts";

/** Why an event was or was not made, and was or was not sent. */
export function toExplanationAnswer({
  reading,
  record,
  events,
  deliveries,
}: Explanation): z.infer<typeof explanationSchema> {
  return {
    reading: [...reading],
    record: [...record],
    events: events.map(({ code, text, eventId, committedAt }) => ({
      code,
      text,
      event: eventId ?? null,
      committed_at: toIsoOrNull(committedAt),
    })),
    deliveries: deliveries.map(({ code, text, endpoint, eventId }) => ({
      code,
      text,
      endpoint,
      event: eventId,
    })),
  };
}
