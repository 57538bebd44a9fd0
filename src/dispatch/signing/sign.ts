import { createHmac, sign } from "node:crypto";

import { type SigningMaterial, openSigningSecret } from "../../config/signing-secret.ts";
import type { SigningKey } from "../../store/outbox/endpoint-store.ts";

export type SignatureHeaders = Readonly<
  Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>
>;

export interface Signer {
  /**
   * The headers of one attempt, Standard Webhooks: a signature by every key that has not expired, in the order of `keys`
   * (newest first), so that a subscriber with any of them is content. `eventId` is the same for every attempt, the
   * timestamp (unix seconds) is the attempt's own. v1 is HMAC-SHA256, v1a is ed25519, both over `id.timestamp.body`.
   * Source: standard-webhooks spec v1.0.0; held against its vectors in test/unit/dispatch/sign.test.ts.
   * @throws RangeError when no key is left: nothing goes out unsigned.
   */
  headers(
    keys: readonly SigningKey[],
    eventId: string,
    timestampSeconds: number,
    body: string | Uint8Array,
    nowMs: number,
  ): SignatureHeaders;
}

/** Opening an ed25519 key costs several times what signing with it does. */
const MOST_OPENED = 1_000;

export function createSigner(): Signer {
  const opened = new Map<string, SigningMaterial>();
  const open = (secret: string): SigningMaterial => {
    const known = opened.get(secret);
    if (known) return known;
    // More secrets than endpoints come by rotation alone: beginning afresh is cheaper than keeping account of them.
    if (opened.size >= MOST_OPENED) opened.clear();
    const material = openSigningSecret(secret);
    opened.set(secret, material);
    return material;
  };
  return {
    headers(keys, eventId, timestampSeconds, body, nowMs) {
      const live = keys.filter((key) => isLive(key, nowMs));
      if (live.length === 0) throw new RangeError(`no signing key is left for ${eventId}`);
      const content = [`${eventId}.${timestampSeconds}.`, body] as const;
      return {
        "webhook-id": eventId,
        "webhook-timestamp": String(timestampSeconds),
        "webhook-signature": live.map(({ secret }) => signatureOf(open(secret), content)).join(" "),
      };
    },
  };
}

/**
 * `sha256=` and the HMAC of the body in hex, as GitHub and others sign: the key is the newest live v1 secret, its text as it was
 * given out. One value has room for one signature. It covers neither id nor time: whoever has seen a callback can send it again.
 * Undefined: there is no such key.
 */
export function bodySignatureOf(
  keys: readonly SigningKey[],
  body: string | Uint8Array,
  nowMs: number,
): string | undefined {
  const key = keys.find((each) => each.kind === "v1" && isLive(each, nowMs));
  return key && `sha256=${createHmac("sha256", key.secret).update(body).digest("hex")}`;
}

/** Whether a key signs. */
export function isLive({ expiresAt }: Pick<SigningKey, "expiresAt">, nowMs: number): boolean {
  return expiresAt === undefined || nowMs < expiresAt;
}

function signatureOf(
  material: SigningMaterial,
  [head, body]: readonly [head: string, body: string | Uint8Array],
): string {
  switch (material.kind) {
    case "v1":
      return `v1,${createHmac("sha256", material.key).update(head).update(body).digest("base64")}`;
    case "v1a": {
      const content = Buffer.concat([Buffer.from(head), Buffer.from(body)]);
      return `v1a,${sign(null, content, material.privateKey).toString("base64")}`;
    }
  }
}
