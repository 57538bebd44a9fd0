import type { Base } from "../base.ts";
import { tellStep } from "../../dispatch/worker/tell-step.ts";
import { reEnable } from "../../dispatch/worker/re-enable.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";

/** Lets an endpoint have callbacks again, and wakes it. What is parked for it stays parked: see `recover`. False: it had them already. */
export async function openEndpoint(
  { identityKey, log, now, outbox, queues }: Base,
  endpoint: Endpoint,
  kind: "enabled" | "test_passed",
): Promise<boolean> {
  const onEvents = async (account: string): Promise<void> => {
    await queues.addRoute({ account });
  };
  return await reEnable(
    {
      outbox,
      now,
      onStep: async (told, step) => await tellStep({ identityKey, log, onEvents }, told, step),
      wake: async (id) => await queues.wakeDelivery({ endpoint: id }),
    },
    endpoint,
    kind,
  );
}
