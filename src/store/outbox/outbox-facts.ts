import { z } from "zod";

import type { Batch, Later } from "../redis/batch.ts";
import { DELIVERY_STATES, type DeliveryState } from "./delivery-state.ts";
import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/** What an endpoint's outbox says of it without any of its deliveries being read. */
export interface OutboxFacts {
  /** What its worker has learnt of it (the owner's own words); undefined: nothing yet. */
  readonly health: string | undefined;
  readonly byState: Readonly<Record<DeliveryState, number>>;
  /** When the oldest event that still waits was committed or is due, unix ms; undefined: none waits. */
  readonly oldestWaitingAt: number | undefined;
}

/** The sets stand in the order of DELIVERY_STATES: `ready` and `retry` come first. */
const READ = defineScript(
  { keys: ["health", ...DELIVERY_STATES] },
  `
local counts, oldest = {}, {}
for at = 2, #KEYS do counts[at - 1] = redis.call('ZCARD', KEYS[at]) end
for at = 2, 3 do
  local due = redis.call('ZRANGE', KEYS[at], 0, 0, 'WITHSCORES')[2]
  if due then oldest[#oldest + 1] = due end
end
return { redis.call('GET', health), counts, oldest }`,
);

const replySchema = z.tuple([z.string().nullable(), z.array(z.number()), z.array(z.coerce.number())]);

export function askOutboxFacts(
  batch: Batch,
  keys: Pick<Keys, "outbox">,
  endpoint: string,
): Later<OutboxFacts> {
  const { health, states } = keys.outbox(endpoint);
  return batch.ask(
    (pipeline, how) => READ.queue(pipeline, { keys: { health, ...states }, args: {} }, how),
    (reply) => {
      const [text, counts, oldest] = replySchema.parse(reply);
      const count = (state: DeliveryState): number => counts[DELIVERY_STATES.indexOf(state)] ?? 0;
      return {
        health: text ?? undefined,
        byState: {
          ready: count("ready"),
          retry: count("retry"),
          in_flight: count("in_flight"),
          blocked: count("blocked"),
          parked: count("parked"),
          failed: count("failed"),
          delivered: count("delivered"),
        },
        oldestWaitingAt: oldest.length === 0 ? undefined : Math.min(...oldest),
      };
    },
  );
}
