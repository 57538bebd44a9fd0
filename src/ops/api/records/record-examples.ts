import type { z } from "zod";

import { DELIVERY } from "../deliveries/delivery-examples.ts";
import { CALLBACK, LOGGED_EVENT } from "../events/event-examples.ts";
import type { explanationSchema, recordSchema, timelineSchema } from "./record-schemas.ts";

const subject = { type: CALLBACK.subject.type, id: CALLBACK.subject.id };

export const RECORD: z.infer<typeof recordSchema> = {
  account: CALLBACK.account,
  subject,
  state: "present",
  sequence: CALLBACK.sequence,
  updated_at: "2026-11-22T03:15:00Z",
  deleted_at: null,
  fields: {
    starts_at: "2026-11-23T03:00:00Z",
    ends_at: "2026-11-23T03:45:00Z",
    practitioner: { links: { self: "https://api.au1.cliniko.com/v1/practitioners/1180000000000000001" } },
    did_not_arrive: false,
    cancelled_at: null,
  },
  withheld: ["notes", "cancellation_note"],
};

export const TIMELINE: z.infer<typeof timelineSchema> = {
  entries: [
    {
      ...LOGGED_EVENT,
      sequence: CALLBACK.sequence,
      diff: [{ field: "starts_at", from: "2026-11-23T01:00:00Z", to: "2026-11-23T03:00:00Z" }],
      deliveries: [DELIVERY],
    },
  ],
  log_since: "2026-10-23T03:15:00.000Z",
  truncated: false,
};

export const EXPLANATION: z.infer<typeof explanationSchema> = {
  reading: [
    {
      code: "account_live",
      text: "The account is read. Every change up to 2026-11-22T03:20:00Z has been seen.",
    },
  ],
  record: [
    {
      code: "record_known",
      text: "The record is known, as Cliniko stamped it at 2026-11-22T03:15:00Z; its last event was number 2.",
    },
  ],
  events: [
    {
      code: "event_made",
      text: "appointment.rescheduled was made at 2026-11-22T03:15:05Z (changed: starts_at, ends_at).",
      event: CALLBACK.id,
      committed_at: "2026-11-22T03:15:05.120Z",
    },
  ],
  deliveries: [
    {
      code: "type_not_wanted",
      text: "None of its types matches: it wants patient.*.",
      endpoint: "crm",
      event: CALLBACK.id,
    },
  ],
};
