import { bodySignatureOf, createSigner } from "../../dispatch/signing/sign.ts";
import { createSigningKey } from "../../dispatch/signing/signing-keys.ts";
import { signingKindOf } from "../../config/signing-secret.ts";
import type { SigningKey } from "../../store/outbox/endpoint-store.ts";
import type { Post, Shot, Signatory } from "./grade-case.ts";

export interface ShotSigner {
  /** Signs with the service's own code, so that what is graded is what will be delivered. */
  sign(shot: Shot): Post;
}

/**
 * @param secret `whsec_…` or `whsk_…`, without fault (`signingSecretFault`)
 * @param bodySignature header that carries a signature of the body alone besides; undefined: none
 */
export function createShotSigner(secret: string, now: () => number, bodySignature?: string): ShotSigner {
  const kind = signingKindOf(secret);
  const signer = createSigner();
  const keys: Readonly<Record<Signatory, SigningKey>> = {
    subscriber: { kind, secret, createdAt: now() },
    stranger: createSigningKey(kind, now()),
  };
  return {
    sign({ id, body, skewSeconds = 0, signedBy = ["subscriber"], spoil = (post) => post }) {
      const nowMs = now();
      const timestampSeconds = Math.floor(nowMs / 1_000) + skewSeconds;
      const signing = signedBy.map((signatory) => keys[signatory]);
      const headers = signer.headers(signing, id, timestampSeconds, body, nowMs);
      const ofBody = bodySignature === undefined ? undefined : bodySignatureOf(signing, body, nowMs);
      const besides = bodySignature && ofBody ? { [bodySignature.toLowerCase()]: ofBody } : {};
      return spoil({ headers: { ...headers, ...besides }, body });
    },
  };
}
