import { publicKeyOf } from "../../dispatch/signing/signing-keys.ts";
import type { SigningKey } from "../../store/outbox/endpoint-store.ts";

/** What each key is verified with; undefined for v1, where it is the secret itself. */
export function publicKeysOf(keys: readonly SigningKey[]): readonly (string | undefined)[] {
  return keys.map(publicKeyOf);
}
