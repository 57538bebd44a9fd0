import { createHmac, hash } from "node:crypto";

import type { FieldValues } from "./values.ts";

/**
 * The installation's secret behind fingerprints and event ids. Keyed, so that neither tells anyone who guesses at a
 * record whether the guess is right: both rest in clear.
 */
export type IdentityKey = Buffer;

/**
 * 128 bits of the watched fields' content, in hex. Equal fields, equal fingerprint, for one key. Every record of every scan
 * passes here, and an HMAC object takes three times as long as one hash over key and content. That is as good here: half of
 * the hash is thrown away, so it cannot be extended, and the key in hex fills SHA-256's first block whole.
 */
export function fingerprintOf(key: IdentityKey, values: FieldValues): string {
  return hash("sha256", inHex(key) + JSON.stringify(values), "hex").slice(0, 32);
}

const written = new WeakMap<IdentityKey, string>();

function inHex(key: IdentityKey): string {
  const known = written.get(key) ?? key.toString("hex");
  written.set(key, known);
  return known;
}

/** One transition of one record. */
export interface TransitionIdentity {
  readonly account: string;
  readonly resource: string;
  readonly recordId: string;
  /** Empty on first sight. */
  readonly previousFingerprint: string;
  readonly fingerprint: string;
  /** Position in the subject's own events, from 1. */
  readonly sequence: number;
}

/**
 * The same transition always gets the same id: found again after a crash, a rollback of Redis or by a second worker,
 * the subscriber can tell that it has had it.
 */
export function eventIdOf(key: IdentityKey, transition: TransitionIdentity): string {
  const { account, resource, recordId, previousFingerprint, fingerprint, sequence } = transition;
  const text = [account, resource, recordId, previousFingerprint, fingerprint, sequence].join("\n");
  return `evt_${createHmac("sha256", key).update(text).digest("base64url").slice(0, 24)}`;
}
