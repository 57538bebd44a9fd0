import type { Redis } from "../redis/client.ts";

import { SetupError } from "../../shared/errors.ts";
import type { Keys } from "../redis/keys.ts";

/** What some sets of an outbox were called before. Nothing looks there any more. */
const FORMER = ["fresh", "sending", "behind", "held", "chain"];

/** @throws SetupError where an older version left deliveries under its own names: they would wait for ever, unseen. */
export async function refuseFormerOutboxes(
  { redis, keys }: { readonly redis: Redis; readonly keys: Pick<Keys, "outbox"> },
  endpoints: readonly string[],
): Promise<void> {
  for (const endpoint of endpoints) {
    const { heads } = keys.outbox(endpoint);
    const former = FORMER.map((name) => heads.replace(/heads$/, name));
    if ((await redis.exists(...former)) === 0) continue;
    throw new SetupError(
      `an older version left deliveries of ${endpoint} under names that this one does not know: start that version again and recover them, or empty this Redis`,
    );
  }
}
