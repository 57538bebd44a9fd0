import { signingKindOf, signingSecretFault } from "../../config/signing-secret.ts";
import { createSigningKey, publicKeyOf } from "../../dispatch/signing/signing-keys.ts";
import { ConfigError } from "../../shared/errors.ts";
import type { SigningKey } from "../../store/outbox/endpoint-store.ts";

/** What a developer's own receiver is signed with, and verifies with. */
export interface DeveloperKey {
  readonly key: SigningKey;
  /** The secret itself, or the public key of v1a. */
  readonly verifier: string;
}

/**
 * @param secret `whsec_…` or `whsk_…`; undefined: a new one is made
 * @throws ConfigError when it cannot sign
 */
export function developerKey(secret: string | undefined, now: number): DeveloperKey {
  const fault = secret === undefined ? undefined : signingSecretFault(secret);
  if (fault) throw new ConfigError("the command line", [{ path: "--secret-env", ...fault }]);
  const key: SigningKey =
    secret === undefined
      ? createSigningKey("v1", now)
      : { kind: signingKindOf(secret), secret, createdAt: now };
  return { key, verifier: publicKeyOf(key) ?? key.secret };
}
