import type { Base } from "../base.ts";
import { rotateKeys } from "../../store/sealing/key-rotation.ts";
import { RESOURCE_NAMES } from "../../resources/registry.ts";

/** In the installation's hash: what a former release kept of this account is sealed to whom it is about. */
const fieldOf = (account: string): string => `sealed-to-patients:${account}`;

/**
 * What rests as a former release sealed it, with the encryption key alone, is sealed anew to whom it is about: once for each
 * account. Beside running pollers; may be stopped and begun again.
 */
export async function sealToPatients(
  {
    config,
    erasureKey,
    keyring,
    keys,
    logger,
    redis,
  }: Pick<Base, "config" | "erasureKey" | "keyring" | "keys" | "logger" | "redis">,
  signal: AbortSignal,
): Promise<void> {
  if (!erasureKey) return;
  for (const { name: account } of config.accounts) {
    if (signal.aborted || (await redis.hexists(keys.installation, fieldOf(account))) === 1) continue;
    const scope = { account, resources: RESOURCE_NAMES, signal };
    const { completed, contended, resealed } = await rotateKeys(redis, keys, keyring, scope);
    if (!completed || contended > 0) continue;
    await redis.hset(keys.installation, fieldOf(account), erasureKey.fingerprint);
    if (resealed > 0) logger.info({ account, records: resealed }, "sealed anew, each to its patient");
  }
}
