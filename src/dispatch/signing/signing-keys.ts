import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";

import { openSigningSecret } from "../../config/signing-secret.ts";
import type { SigningKey } from "../../store/outbox/endpoint-store.ts";
import { isLive } from "./sign.ts";

const SECRET_BYTES = 32;
const HOUR_MS = 3_600_000;

/** How long former keys go on signing beside a new one, ms. Source: standard-webhooks spec, rotation without downtime. */
export const OVERLAP_MS = { byDefault: 24 * HOUR_MS, most: 7 * 24 * HOUR_MS } as const;

/** A new key: 32 random bytes for v1, an ed25519 pair (seed, then public key) for v1a. */
export function createSigningKey(kind: SigningKey["kind"], now: number): SigningKey {
  return { kind, secret: kind === "v1" ? newSharedSecret() : newPrivateKey(), createdAt: now };
}

function newSharedSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
}

function newPrivateKey(): string {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(-SECRET_BYTES);
  const half = publicKey.export({ format: "der", type: "spki" }).subarray(-SECRET_BYTES);
  return `whsk_${Buffer.concat([seed, half]).toString("base64")}`;
}

/** What a subscriber verifies with, `whpk_…`; undefined for v1, where it is the secret itself. */
export function publicKeyOf({ secret }: Pick<SigningKey, "secret">): string | undefined {
  const material = openSigningSecret(secret);
  return material.kind === "v1a" ? `whpk_${material.publicKey.toString("base64")}` : undefined;
}

/** A public key as JSON Web Key (RFC 8037). */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
  /** The key's own thumbprint (RFC 7638): it tells nothing of the endpoint, and stays the same. */
  readonly kid: string;
}

/** Undefined for v1: what verifies is the secret itself. */
export function publicJwkOf({ secret }: Pick<SigningKey, "secret">): PublicJwk | undefined {
  const material = openSigningSecret(secret);
  if (material.kind !== "v1a") return undefined;
  const x = material.publicKey.toString("base64url");
  // The members that the thumbprint is of, in the order that RFC 7638 has them.
  const named = { crv: "Ed25519", kty: "OKP", x } as const;
  const kid = createHash("sha256").update(JSON.stringify(named)).digest("base64url");
  return { ...named, alg: "EdDSA", use: "sig", kid };
}

/** Each live key signs every callback, and a header has an end: of more, the oldest go. */
const MOST_FORMER = 5;

/**
 * Puts a new key in front. The former ones go on signing for `overlapMs` (0 to 7 days), or for as long as they had left
 * where that is less; those that have expired are let go. Works from v1 to v1a and back.
 */
export function rotateSigningKeys(
  keys: readonly SigningKey[],
  fresh: SigningKey,
  { now, overlapMs }: { readonly now: number; readonly overlapMs: number },
): readonly SigningKey[] {
  const until = now + Math.min(Math.max(overlapMs, 0), OVERLAP_MS.most);
  const former = keys
    .map((key) => ({ ...key, expiresAt: Math.min(key.expiresAt ?? until, until) }))
    .filter((key) => isLive(key, now));
  return [fresh, ...former.slice(0, MOST_FORMER)];
}
