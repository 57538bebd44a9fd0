import { type KeyObject, createPrivateKey, createPublicKey } from "node:crypto";

import type { Fault } from "./config-fields.ts";

/** What a signing secret holds. Source: standard-webhooks spec v1.0.0; Svix's `whsk_` is 32 bytes of seed, then 32 of public key. */
export type SigningMaterial =
  | { readonly kind: "v1"; readonly key: Buffer }
  | { readonly kind: "v1a"; readonly privateKey: KeyObject; readonly publicKey: Buffer };

const WHSEC_BYTES = { least: 24, most: 64 };
const SEED_BYTES = 32;
/** An ed25519 private key in PKCS #8 is this and the seed. Source: RFC 8410. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

const MAKE_PAIR = "make one: cliniko-webhooks endpoints secret --signature v1a";
const MAKE_ONE = 'make one: echo "whsec_$(openssl rand -base64 32)"';

/** `v1` for `whsec_…`, `v1a` for `whsk_…`. */
export function signingKindOf(secret: string): "v1" | "v1a" {
  return secret.startsWith("whsk_") ? "v1a" : "v1";
}

/** What is wrong with a secret that is to sign; undefined when nothing is. */
export function signingSecretFault(secret: string): Fault | undefined {
  if (secret.startsWith("whpk_")) {
    return {
      message: "is a public key: it verifies and cannot sign",
      remedy: "give the whsk_ key that it belongs to; whpk_ is for the subscriber",
    };
  }
  if (signingKindOf(secret) === "v1a") return privateKeyFault(secret);
  const { length } = bytesOf(secret);
  if (secret.startsWith("whsec_") && length >= WHSEC_BYTES.least && length <= WHSEC_BYTES.most)
    return undefined;
  return {
    message: "is not a Standard Webhooks secret (whsec_ and 24 to 64 bytes in base64)",
    remedy: MAKE_ONE,
  };
}

function privateKeyFault(secret: string): Fault | undefined {
  const bytes = bytesOf(secret);
  if (bytes.length !== 2 * SEED_BYTES) {
    return {
      message: "is not an ed25519 key (whsk_ and 64 bytes in base64: 32 of seed, 32 of public key)",
      remedy: `copy it again, or ${MAKE_PAIR}`,
    };
  }
  const { publicKey } = openPrivateKey(bytes);
  if (publicKey.equals(bytes.subarray(SEED_BYTES))) return undefined;
  return {
    message: "holds a public key that does not belong to its seed",
    remedy: `copy both halves of one key again, or ${MAKE_PAIR}`,
  };
}

/** The key of a secret that has no fault. */
export function openSigningSecret(secret: string): SigningMaterial {
  const bytes = bytesOf(secret);
  return signingKindOf(secret) === "v1a" ? openPrivateKey(bytes) : { kind: "v1", key: bytes };
}

function openPrivateKey(bytes: Buffer): Extract<SigningMaterial, { kind: "v1a" }> {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, bytes.subarray(0, SEED_BYTES)]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { kind: "v1a", privateKey, publicKey: spki.subarray(-SEED_BYTES) };
}

function bytesOf(secret: string): Buffer {
  return Buffer.from(secret.replace(/^wh(?:sec|sk)_/, ""), "base64");
}
