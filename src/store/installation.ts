import { randomBytes } from "node:crypto";

import type { Redis } from "ioredis";

import type { IdentityKey } from "../diff/identity.ts";
import { RedisUnavailableError } from "../errors.ts";
import type { Keyring } from "./keyring.ts";
import type { Keys } from "./keys.ts";

/**
 * The secret behind event ids and fingerprints. Made once and kept sealed in Redis, so that changing the encryption
 * key changes no event id. @throws UnreadableRecordError when the configured keys do not open it.
 */
export async function loadIdentityKey(redis: Redis, keys: Keys, keyring: Keyring): Promise<IdentityKey> {
  const context = "installation/identity";
  await redis.hsetnx(keys.installation, "identity", keyring.seal(randomBytes(32), context));
  const sealed = await redis.hgetBuffer(keys.installation, "identity");
  if (!sealed) throw new RedisUnavailableError("Redis did not keep the installation's identity key");
  return keyring.open(sealed, context);
}
