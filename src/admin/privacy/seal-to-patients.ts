import type { Base } from "../base.ts";
import { rotateKeys, sealedHashesOf } from "../../store/sealing/key-rotation.ts";
import { createBatch } from "../../store/redis/batch.ts";
import { RESOURCE_NAMES } from "../../resources/registry.ts";

/** In the installation's hash: what was kept of this account without an erasure key is sealed to whom it is about. */
const fieldOf = (account: string): string => `sealed-to-patients:${account}`;

type Sealing = Pick<Base, "config" | "erasureKey" | "keyring" | "keys" | "logger" | "redis">;

/** Accounts of which something may rest that is sealed with the encryption key alone. One of which nothing is kept yet begins sealed. */
export async function findSealedToNobody({
  config,
  erasureKey,
  keys,
  redis,
}: Pick<Base, "config" | "erasureKey" | "keys" | "redis">): Promise<readonly string[]> {
  if (!erasureKey || config.accounts.length === 0) return [];
  const names = config.accounts.map(({ name }) => name);
  const sealed = await redis.hmget(keys.installation, ...names.map(fieldOf));
  const batch = createBatch(redis);
  const kept = names
    .filter((_name, at) => sealed[at] === null)
    .map((name) => ({
      name,
      count: batch.ask((pipeline) => pipeline.exists(...sealedHashesOf(keys, name, RESOURCE_NAMES)), Number),
    }));
  await batch.run();
  const fresh = kept.filter(({ count }) => count() === 0);
  const marks = fresh.flatMap(({ name }) => [fieldOf(name), erasureKey.fingerprint]);
  if (marks.length > 0) await redis.hset(keys.installation, ...marks);
  return kept.filter(({ count }) => count() > 0).map(({ name }) => name);
}

/**
 * What rests sealed with the encryption key alone, since there was no erasure key, is sealed anew to whom it is about: once for each
 * account. Beside running pollers; may be stopped and begun again.
 */
export async function sealToPatients(
  { erasureKey, keyring, keys, logger, redis }: Sealing,
  accounts: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (!erasureKey) return;
  for (const account of accounts) {
    if (signal.aborted) return;
    const scope = { account, resources: RESOURCE_NAMES, signal };
    const { completed, contended, resealed } = await rotateKeys(redis, keys, keyring, scope);
    if (!completed || contended > 0) continue;
    await redis.hset(keys.installation, fieldOf(account), erasureKey.fingerprint);
    if (resealed > 0) logger.info({ account, records: resealed }, "sealed anew, each to its patient");
  }
}
