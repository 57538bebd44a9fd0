import type { WebhookEvent } from "../../diff/event.ts";
import type { EndpointStore } from "../../store/outbox/endpoint-store.ts";
import type { Outbox } from "../../store/outbox/outbox.ts";
import { orderOf } from "./route.ts";

export interface GiveDeps {
  readonly endpoints: Pick<EndpointStore, "read">;
  readonly outbox: Pick<Outbox, "add">;
  readonly queues: { wakeDelivery(data: { readonly endpoint: string }): Promise<void> };
  readonly now: () => number;
}

/** Gives one endpoint events that stand beside the log (a backfill). What it was given before is left alone. */
export async function enqueueTargeted(
  { endpoints, outbox, queues, now }: GiveDeps,
  id: string,
  account: string,
  events: readonly WebhookEvent[],
): Promise<void> {
  const endpoint = await endpoints.read(id);
  if (!endpoint) return;
  const at = now();
  const order = endpoint.settings.ordering === "subject" ? orderOf(`${at}-0`) : undefined;
  const given = events.map(({ id: eventId, subject, data }) => ({
    eventId,
    subject: subject.type,
    record: subject.id,
    transitions: data.transitions,
    at,
    order,
    targeted: true,
  }));
  await outbox.add(id, account, given);
  await queues.wakeDelivery({ endpoint: id });
}
