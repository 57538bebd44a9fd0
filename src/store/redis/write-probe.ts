import type { Redis } from "./client.ts";

import { toError } from "../../shared/errors.ts";
import type { Keys } from "./keys.ts";

/**
 * Why nothing can be written at this moment, in the words of Redis; undefined: it can. It is asked for a write that Redis
 * refuses as it refuses every other (READONLY, OOM, MISCONF), and that changes nothing: the key never exists.
 */
export async function probeWrite(redis: Redis, keys: Pick<Keys, "writeProbe">): Promise<string | undefined> {
  try {
    await redis.set(keys.writeProbe, "", "XX");
    return undefined;
  } catch (error) {
    return toError(error).message;
  }
}
