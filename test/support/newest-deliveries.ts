import type { Base } from "../../src/admin/base.ts";
import type { Delivery } from "../../src/store/outbox/delivery.ts";
import type { DeliveryState } from "../../src/store/outbox/delivery-state.ts";
import type { DeliveryRange } from "../../src/store/outbox/delivery-log.ts";
import { createDeliveryPages } from "../../src/store/outbox/delivery-pages.ts";

/** An endpoint's newest deliveries, as an operator sees them. */
export async function newestOf(
  { redis, keys, keyring }: Pick<Base, "redis" | "keys" | "keyring">,
  endpoint: string,
  range: DeliveryRange,
  count: number,
  states?: readonly DeliveryState[],
): Promise<Delivery[]> {
  return await createDeliveryPages(redis, keys, keyring).newest(endpoint, range, count, states);
}
