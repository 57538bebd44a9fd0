import type { EndpointConfig } from "../config/config.ts";
import { matchesPattern } from "../diff/event-types.ts";
import type { LogEntry } from "../store/event-log.ts";

/** Whether an endpoint wants an event of an account: any of its patterns matches any of the event's facts. */
export function isSubscribed(
  endpoint: Pick<EndpointConfig, "events" | "accounts">,
  account: string,
  entry: Pick<LogEntry, "subject" | "transitions">,
): boolean {
  if (endpoint.accounts && !endpoint.accounts.includes(account)) return false;
  return endpoint.events.some((pattern) => matchesPattern(pattern, entry.subject, entry.transitions));
}
