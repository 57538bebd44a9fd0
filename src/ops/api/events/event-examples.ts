import type { z } from "zod";

import { findEntry } from "../../../catalogue/event-catalogue.ts";
import { callbackSchema, type loggedEventSchema } from "./event-answer.ts";

/** The catalogue's own, so that it is a true one. */
export const CALLBACK = callbackSchema.parse(findEntry("appointment.rescheduled")?.example);

export const LOGGED_EVENT: z.infer<typeof loggedEventSchema> = {
  id: CALLBACK.id,
  type: CALLBACK.type,
  account: CALLBACK.account,
  subject: { type: CALLBACK.subject.type, id: CALLBACK.subject.id },
  transitions: CALLBACK.data.transitions,
  committed_at: "2026-11-22T03:15:05.120Z",
  body: "kept",
  event: CALLBACK,
  withheld: ["notes", "cancellation_note"],
};
