import type { WebhookEvent } from "../../diff/event.ts";
import type { Keyring } from "../sealing/keyring.ts";

/** Events of which it is known that they have been asked for. */
const MOST_KNOWN = 512;
/** What nobody has asked for so long is let go of, ms. */
const KEPT_MS = 2_000;

export type OpenEvent = (account: string, eventId: string, sealed: Buffer) => WebhookEvent;

/**
 * Opens an event once for the many endpoints that are given it at the same time: from the third that asks on, it is at hand. Whether
 * it is still the same, and has not been erased, is looked at each time.
 */
export function createOpenedEvents(keyring: Pick<Keyring, "isErased">, open: OpenEvent): OpenEvent {
  const known = new Map<string, { readonly sealed: Buffer; readonly event: WebhookEvent } | undefined>();
  let timer: NodeJS.Timeout | undefined;
  return (account, eventId, sealed) => {
    const key = `${account}/${eventId}`;
    const kept = known.get(key);
    if (kept?.sealed.equals(sealed) && !keyring.isErased(sealed)) return kept.event;
    const event = open(account, eventId, sealed);
    // Most are for one endpoint alone: to hold on to them would cost more than it saves.
    known.set(key, known.has(key) ? { sealed, event } : undefined);
    const [oldest] = known.size > MOST_KNOWN ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    timer ??= setTimeout(() => {
      timer = undefined;
      known.clear();
    }, KEPT_MS).unref();
    return event;
  };
}
