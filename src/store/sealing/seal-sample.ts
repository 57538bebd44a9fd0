import type { Redis } from "../redis/client.ts";

import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import { ErasedRecordError, UnreadableRecordError } from "../../shared/errors.ts";
import { endpointContext } from "../outbox/endpoint-store.ts";
import { recordOfVersion } from "../events/related-store.ts";
import type { Keyring } from "./keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { attemptsContext } from "../outbox/sealed-attempts.ts";
import { decodeSnapshot, resealSnapshot, snapshotContext } from "../detection/snapshot-codec.ts";
import { tokenContext } from "../access/token-store.ts";

/** What a few records of each kind, taken at random, say of the encryption keys. */
export interface SealSample {
  readonly looked: number;
  /** Sealed with another key than the first: it is still needed. */
  readonly former: number;
  /** No configured key opens them. */
  readonly unreadable: number;
  /** Where the first unreadable one is, like `northside/patients/42`. */
  readonly example: string | undefined;
}

export interface SampleScope {
  readonly accounts: readonly string[];
  /** Resources whose snapshots are kept. */
  readonly resources: readonly string[];
  /** Records a hash. */
  readonly perHash: number;
}

interface SealedHash {
  readonly key: string;
  /** Whether the first key sealed it, or what cannot be opened. @throws UnreadableRecordError */
  readonly isCurrent: (field: string, bytes: Buffer) => boolean;
}

/** A sample proves nothing of the rest, but a key that was lost or mistaken shows at once. Changes nothing. */
export async function sampleSeals(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  { perHash, ...scope }: SampleScope,
): Promise<SealSample> {
  const endpoints = await redis.hkeys(keys.endpoints);
  const counts = { looked: 0, former: 0, unreadable: 0 };
  let example: string | undefined;
  for (const { key, isCurrent } of sealedHashes(keys, keyring, { ...scope, endpoints })) {
    for (const [field, bytes] of await randomFields(redis, key, perHash)) {
      counts.looked += 1;
      try {
        if (!isCurrent(field, bytes)) counts.former += 1;
      } catch (error) {
        if (!(error instanceof UnreadableRecordError)) throw error;
        // No key is missing: what it was sealed with was destroyed.
        if (error instanceof ErasedRecordError) continue;
        counts.unreadable += 1;
        example ??= error.message;
      }
    }
  }
  return { ...counts, example };
}

function sealedHashes(
  keys: Keys,
  keyring: Keyring,
  {
    accounts,
    endpoints,
    resources,
  }: Omit<SampleScope, "perHash"> & { readonly endpoints: readonly string[] },
): SealedHash[] {
  const whole =
    (contextOf: (field: string) => string): SealedHash["isCurrent"] =>
    (field, bytes) => {
      keyring.open(bytes, contextOf(field));
      return keyring.isCurrent(bytes);
    };
  return [
    { key: keys.endpoints, isCurrent: whole(endpointContext) },
    { key: keys.tokens, isCurrent: whole(tokenContext) },
    ...[...accounts, SERVICE_ACCOUNT].map((account) => ({
      key: keys.bodies(account),
      isCurrent: whole((field) => `${account}/events/${field}`),
    })),
    ...endpoints.map((endpoint) => ({
      key: keys.outbox(endpoint).attempts,
      isCurrent: whole((eventId) => attemptsContext(endpoint, eventId)),
    })),
    ...accounts.map((account) => ({
      key: keys.versions(account),
      isCurrent: (version: string, bytes: Buffer): boolean => {
        const { resource, id } = recordOfVersion(version) ?? { resource: "", id: "" };
        const context = snapshotContext(account, resource, id);
        decodeSnapshot(keyring, context, bytes).values();
        return resealSnapshot(keyring, context, bytes) === undefined;
      },
    })),
    ...accounts.flatMap((account) =>
      resources.map((resource) => ({
        key: keys.snapshots(account, resource),
        isCurrent: (id: string, bytes: Buffer): boolean => {
          const context = snapshotContext(account, resource, id);
          decodeSnapshot(keyring, context, bytes).values();
          return resealSnapshot(keyring, context, bytes) === undefined;
        },
      })),
    ),
  ];
}

async function randomFields(redis: Redis, key: string, count: number): Promise<[string, Buffer][]> {
  const fields = await redis.hrandfield(key, count);
  const names = Array.isArray(fields) ? fields.map(String) : [];
  if (names.length === 0) return [];
  const values = await redis.hmgetBuffer(key, ...names);
  return names.flatMap((name, index): [string, Buffer][] => {
    const bytes = values[index];
    return bytes ? [[name, bytes]] : [];
  });
}
