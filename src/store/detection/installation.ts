import { createHmac, randomBytes } from "node:crypto";

import type { Redis } from "../redis/client.ts";

import type { IdentityKey } from "../../diff/identity.ts";
import { RedisUnavailableError, UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";

const CONTEXT = "installation/identity";

/**
 * The secret behind event ids and fingerprints. Made once and kept sealed in Redis, so that changing the encryption
 * key changes no event id. For `start` alone: who only looks must not found an installation.
 * @throws UnreadableRecordError when the configured keys do not open it.
 */
export async function loadIdentityKey(redis: Redis, keys: Keys, keyring: Keyring): Promise<IdentityKey> {
  await keepIdentityKey(redis, keys, keyring, randomBytes(32));
  const identityKey = await readIdentityKey(redis, keys, keyring);
  if (!identityKey) throw new RedisUnavailableError("Redis did not keep the installation's identity key");
  return identityKey;
}

/** Undefined: this Redis holds no installation. Writes nothing. @throws UnreadableRecordError */
export async function readIdentityKey(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
): Promise<IdentityKey | undefined> {
  const sealed = await redis.hgetBuffer(keys.installation, "identity");
  try {
    return sealed ? keyring.open(sealed, CONTEXT) : undefined;
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    throw new UnreadableRecordError(
      `this Redis is of an installation that no configured encryption key opens (${error.message}): put its key back under encryption, or set REDIS_URL to the Redis of this one (docs/operations.md#record_unreadable)`,
      { cause: error },
    );
  }
}

/** Puts it where none is. */
export async function keepIdentityKey(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  identityKey: IdentityKey,
): Promise<void> {
  await redis.hsetnx(keys.installation, "identity", keyring.seal(identityKey, CONTEXT));
}

/** Whose installation a Redis holds: another key is another one, and one that cannot be opened is not ours either. */
export async function whoseIdentity(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  identityKey: IdentityKey,
): Promise<"ours" | "none" | "another"> {
  try {
    const found = await readIdentityKey(redis, keys, keyring);
    if (!found) return "none";
    return found.equals(identityKey) ? "ours" : "another";
  } catch (error) {
    if (error instanceof UnreadableRecordError) return "another";
    throw error;
  }
}

/** Names an installation without telling its key. */
export function ownerOf(identityKey: IdentityKey): string {
  return createHmac("sha256", identityKey).update("installation").digest("base64url");
}
