import { styleText } from "node:util";

import { onOneLine } from "../../config/plain-text.ts";
import { fromCloudEvent } from "../../diff/cloud-event.ts";
import { type WebhookEvent, eventSchema } from "../../diff/event.ts";

/** One event as one line: when, what, which record, what changed. Names and notes stay out of the terminal's log. */
export function formatEventLine(receivedAtMs: number, event: unknown): string {
  const time = new Date(receivedAtMs).toTimeString().slice(0, 8);
  const parsed = eventSchema.safeParse(fromCloudEvent(event) ?? event);
  if (!parsed.success) return `${time}  verified, but not an event of this release`;
  const { type, subject, sequence } = parsed.data;
  const subjectId = `${subject.type} …${subject.id.slice(-6)}`;
  const facts = [styleText("green", type.padEnd(35)), subjectId, `#${sequence}`, summary(parsed.data)];
  return `${time}  ${onOneLine(facts.filter(Boolean).join("  "))}`;
}

function summary({ data }: WebhookEvent): string {
  const { previous, changed, object, transitions } = data;
  const others = transitions.slice(1);
  const also = others.length > 0 ? ` (also ${others.join(", ")})` : "";
  const startsAt = shortTime((data.current ?? object)?.["starts_at"]);
  if (changed.includes("starts_at") && startsAt)
    return `${shortTime(previous["starts_at"])} → ${startsAt}${also}`;
  if (transitions.includes("created")) return startsAt ? `for ${startsAt}${also}` : also.trim();
  const reason = object?.["cancellation_reason_description"];
  if (transitions.includes("cancelled") && typeof reason === "string" && reason) return `“${reason}”${also}`;
  return changed.length > 0 ? `changed ${changed.join(", ")}${also}` : also.trim();
}

/** `Fri 27 Nov 02:30 UTC`; undefined for what is not a time. */
function shortTime(value: unknown): string | undefined {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (!Number.isFinite(time)) return undefined;
  const [weekday = "", day, month, , clock = ""] = new Date(time).toUTCString().split(" ");
  return `${weekday.replace(",", "")} ${day} ${month} ${clock.slice(0, 5)} UTC`;
}
