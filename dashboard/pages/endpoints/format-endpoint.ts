import type { Endpoint } from "../../api/answers.ts";

/** Enough to recognise it in a list. */
const NAMED = 2;

/** `every event`, `appointment.*, patient.created and 3 more`. */
export function formatPatterns(events: readonly string[]): string {
  if (events.includes("*")) return "every event";
  const rest = events.length - NAMED;
  const named = events.slice(0, NAMED).join(", ");
  return rest > 0 ? `${named} and ${rest} more` : named;
}

/** `all accounts`, `northside`, `northside and 2 more accounts`. */
export function formatAccounts(accounts: Endpoint["accounts"]): string {
  if (accounts === null) return "all accounts";
  const [first = "no account", ...rest] = accounts;
  if (rest.length === 0) return first;
  return `${first} and ${rest.length} more ${rest.length === 1 ? "account" : "accounts"}`;
}

/** Where it is called, without what may carry a token. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** `1 delivery`, `12 deliveries`. */
export function formatDeliveries(count: number): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? "delivery" : "deliveries"}`;
}

export function pathOf(id: string): string {
  return `/endpoints/${encodeURIComponent(id)}`;
}
