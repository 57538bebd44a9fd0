import { z } from "zod";

import type { EventBody } from "../../../admin/events/list-events.ts";
import { type View, callbackBody } from "../../../diff/callback-body.ts";
import type { WebhookEvent } from "../../../diff/event.ts";
import { ABSENCES, type Related } from "../../../diff/related.ts";
import { toIsoOrNull } from "../../../shared/iso-time.ts";
import { fieldIn } from "../../../shared/sections.ts";
import { pageOf } from "../page.ts";
import { sensitiveFieldsOf } from "../../../resources/registry.ts";

const values = z.record(z.string(), z.unknown());

/** Loose, for what an event holds depends on its type: GET /v1/event-types/{type} has each exactly. */
export const callbackSchema = z
  .looseObject({
    type: z.string(),
    timestamp: z.string().meta({ format: "date-time" }),
    id: z.string(),
    api_version: z.string(),
    account: z.string(),
    subject: z.looseObject({ type: z.string(), id: z.string() }),
    sequence: z.int(),
    observed: z.looseObject({ after: z.string(), at: z.string() }),
    origin: z.string(),
    data: z.looseObject({
      object: values.nullable(),
      previous: values,
      current: values.optional(),
      changed: z.array(z.string()),
      transitions: z.array(z.string()),
      related: z
        .record(z.string(), values.nullable())
        .optional()
        .meta({ description: "By link, where `expand` asks for it." }),
      related_absent: z.record(z.string(), z.enum(ABSENCES)).optional().meta({
        description: "Why a record that was asked for is not there.",
      }),
      local: values.nullable().optional().meta({
        description: "Where `local_time` asks for it. Null: no time zone was known.",
      }),
    }),
  })
  .meta({
    id: "CallbackBody",
    description:
      "An event as a callback brings it. What it holds by its type: see `webhooks`, and the event types.",
  });

export const loggedEventSchema = z
  .strictObject({
    id: z.string(),
    type: z.string().meta({ description: "The most telling of `transitions`." }),
    account: z.string(),
    subject: z.strictObject({ type: z.string(), id: z.string() }),
    transitions: z.array(z.string()),
    committed_at: z.string().nullable().meta({
      format: "date-time",
      description: "Since when it can be had. Null: not known, for it is not in the log (a backfill).",
    }),
    body: z.enum(["kept", "erased", "unreadable"]).meta({
      description:
        "erased: the record was forgotten · unreadable: the operator has to bring back an encryption key.",
    }),
    event: callbackSchema.nullable().meta({ description: "Null unless the body is kept." }),
    withheld: z.array(z.string()).meta({
      description: "Sensitive fields that it has, changed or not, and that are left out: see `include`.",
    }),
  })
  .meta({ id: "LoggedEvent", description: "An event of the log." });

export const eventPage = pageOf(loggedEventSchema, "EventPage");

export interface LoggedEvent {
  readonly account: string;
  readonly eventId: string;
  readonly committedAt: number | undefined;
  readonly subject: { readonly type: string; readonly id: string };
  readonly transitions: readonly string[];
  readonly body: EventBody;
}

export function toEventAnswer(
  { account, eventId, committedAt, subject, transitions, body }: LoggedEvent,
  view: View,
  related?: Related,
): z.infer<typeof loggedEventSchema> {
  return {
    id: eventId,
    type: `${subject.type}.${transitions[0] ?? "updated"}`,
    account,
    subject: { type: subject.type, id: subject.id },
    transitions: [...transitions],
    committed_at: toIsoOrNull(committedAt),
    body: body.state,
    event: body.state === "kept" ? toCallback(body.event, view, related) : null,
    withheld: body.state === "kept" ? withheldOf(body.event, view.include) : [],
  };
}

function withheldOf({ subject, data }: WebhookEvent, include: readonly string[]): string[] {
  const has = (field: string): boolean =>
    data.changed.includes(field) || fieldIn(data.object ?? {}, field) !== undefined;
  return sensitiveFieldsOf(subject.type).filter((field) => has(field) && !include.includes(field));
}

/** The very body of a callback, read back. */
export function toCallback(
  event: WebhookEvent,
  view: View,
  related?: Related,
): z.infer<typeof callbackSchema> {
  return callbackSchema.parse(JSON.parse(callbackBody(event, related, view)));
}
