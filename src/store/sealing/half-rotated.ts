import { UnreadableRecordError } from "../../shared/errors.ts";
import type { Redis } from "../redis/client.ts";
import type { Keys } from "../redis/keys.ts";

/** Of the installation: ids of the keys that were configured when a rotation began that is not through. */
const FIELD = "rotating";

type Kept = Pick<Keys, "installation">;

/** Written before anything is sealed anew: from then on something may need each of these keys. */
export async function noteRotation(redis: Redis, keys: Kept, ids: readonly string[]): Promise<void> {
  if (ids.length > 1) await redis.hset(keys.installation, FIELD, ids.join(" "));
}

/** Everything that one of the configured keys opens is sealed with the first. */
export async function endRotation(redis: Redis, keys: Kept): Promise<void> {
  await redis.hdel(keys.installation, FIELD);
}

/** @throws UnreadableRecordError one of the keys that a rotation goes from or to is not configured any more */
export async function refuseHalfRotated(redis: Redis, keys: Kept, ids: readonly string[]): Promise<void> {
  const needed = (await redis.hget(keys.installation, FIELD))?.split(" ") ?? [];
  const missing = needed.find((id) => !ids.includes(id));
  if (missing === undefined) return;
  throw new UnreadableRecordError(
    `keys rotate was stopped half way, and until it is through something may be sealed with key "${missing}", which is not configured: put it back under encryption, then run keys rotate to its end (docs/operations.md#record_unreadable)`,
  );
}
