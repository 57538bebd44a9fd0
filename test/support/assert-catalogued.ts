import { deepStrictEqual } from "node:assert/strict";

import { z } from "zod";

import { anyEventSchema } from "../../src/catalogue/event-catalogue.ts";
import { type WebhookEvent, renderPayload } from "../../src/diff/event.ts";

/** Fails unless an event that was received is just what the catalogue says of its type: nothing else, nothing more. */
export function assertCatalogued(event: unknown): void {
  const parsed = anyEventSchema.safeParse(event);
  if (!parsed.success) {
    const { type } = event as { type?: unknown };
    throw new Error(`${String(type)} is not as catalogued: ${z.prettifyError(parsed.error)}`);
  }
  // Parsing leaves out what the schema does not name.
  deepStrictEqual(parsed.data, event);
}

const delivered = new WeakSet<object>();

/** The event of a callback, which must be as catalogued. It is looked at once, however often a test asks for it. */
export function cataloguedEvent({ event }: { readonly event: unknown }): WebhookEvent {
  const seen = event as WebhookEvent;
  if (!delivered.has(seen)) assertCatalogued(seen);
  delivered.add(seen);
  return seen;
}

const atRest = new Set<string>();

/** The same of events as they rest, with everything that an endpoint could include. */
export function cataloguedAtRest(events: readonly WebhookEvent[]): WebhookEvent[] {
  for (const event of events) {
    const bytes = JSON.stringify(event);
    if (atRest.has(bytes)) continue;
    for (const level of ["full", "changes", "ids"] as const)
      assertCatalogued(JSON.parse(renderPayload(event, [], level, [])));
    atRest.add(bytes);
  }
  return [...events];
}
