import { z } from "zod";

import {
  DELIVERY_CODES,
  EVENT_CODES,
  READING_CODES,
  RECORD_CODES,
} from "../../../admin/deliveries/explain-codes.ts";
import { deliverySchema } from "../deliveries/delivery-answer.ts";
import { loggedEventSchema } from "../events/event-answer.ts";

const time = z.string().meta({ format: "date-time" });

export const recordSchema = z
  .strictObject({
    account: z.string(),
    subject: z.strictObject({ type: z.string(), id: z.string() }),
    state: z.enum(["present", "deleted"]),
    sequence: z.int().meta({ description: "Number of its last event; 0: it has had none." }),
    updated_at: time.nullable().meta({ description: "Cliniko's stamp of the version that is known." }),
    deleted_at: time.nullable(),
    fields: z.record(z.string(), z.unknown()).nullable().meta({
      description: "The watched fields as Cliniko serves them. Null: it is deleted, and nothing is kept.",
    }),
    withheld: z.array(z.string()).meta({ description: "Sensitive fields that are left out: see `include`." }),
  })
  .meta({ id: "KnownRecord", description: "What is known of a record." });

export const timelineSchema = z
  .strictObject({
    entries: z
      .array(
        loggedEventSchema
          .extend({
            sequence: z.int().nullable().meta({ description: "Null: the body is not there." }),
            diff: z
              .array(z.strictObject({ field: z.string(), from: z.unknown(), to: z.unknown() }))
              .nullable()
              .meta({
                description:
                  "What changed, without sensitive fields unless included. Null: the body is not there.",
              }),
            deliveries: z.array(deliverySchema),
          })
          .meta({ id: "TimelineEntry", description: "One thing that happened to a record." }),
      )
      .meta({ description: "The oldest first." }),
    log_since: time.nullable().meta({ description: "How far the account's log goes back." }),
    truncated: z
      .boolean()
      .meta({ description: "There is more than is looked through at once: these are the newest." }),
  })
  .meta({ id: "Timeline", description: "What has happened to a record." });

const text = z.string().meta({ description: "For a person." });

export const explanationSchema = z
  .strictObject({
    reading: z.array(z.strictObject({ code: z.enum(READING_CODES), text })).meta({
      description: "Whether the account is read, and how far.",
    }),
    record: z.array(z.strictObject({ code: z.enum(RECORD_CODES), text })).meta({
      description: "What is known of the record.",
    }),
    events: z
      .array(
        z.strictObject({
          code: z.enum(EVENT_CODES),
          text,
          event: z.string().nullable().meta({ description: "Id of the event that it is about." }),
          committed_at: time.nullable(),
        }),
      )
      .meta({
        description: "Which events were made, or why none was; then the one that is nearest in time.",
      }),
    deliveries: z
      .array(z.strictObject({ code: z.enum(DELIVERY_CODES), text, endpoint: z.string(), event: z.string() }))
      .meta({ description: "Why each of these events was or was not sent to each endpoint." }),
  })
  .meta({ id: "Explanation", description: "Why an event was or was not made, and was or was not sent." });
