import type { Redis } from "../redis/client.ts";

import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import { ErasedRecordError, UnreadableRecordError } from "../../shared/errors.ts";
import { accessContext } from "../access/access-log.ts";
import { leavesOfSnapshot } from "../detection/account-store.ts";
import { resealHead } from "../outbox/delivery-head.ts";
import { endpointContext } from "../outbox/endpoint-store.ts";
import { eventContext, resealEvent } from "../events/event-log.ts";
import { recordOfVersion } from "../events/related-store.ts";
import type { Keyring } from "./keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { attemptsContext } from "../outbox/sealed-attempts.ts";
import { resealSnapshot, snapshotContext } from "../detection/snapshot-codec.ts";
import { rosterContext } from "../access/rosters.ts";
import { tombstoneContext } from "../detection/tombstones.ts";
import { tokenContext } from "../access/token-store.ts";
import { defineScript } from "../redis/script.ts";

export interface RotationScope {
  readonly account: string;
  /** Resources whose snapshots are kept for the account. */
  readonly resources: readonly string[];
  /** Fires: it stops after the batch in hand. What is resealed stays so, and another run goes on with the rest. */
  readonly signal: AbortSignal;
  readonly onProgress?: (counts: RotationCounts) => void;
}

export interface RotationCounts {
  /** Looked at so far. */
  readonly seen: number;
  /** Were sealed with another key and are no longer: by this run, or by a commit that came in between. */
  readonly resealed: number;
  /** Cannot be opened with any configured key: they stay as they are. */
  readonly unreadable: number;
  /** Still sealed with another key, although they were tried several times: somebody else seals with that key. */
  readonly contended: number;
}

export interface Rotation extends RotationCounts {
  /** False: `signal` ended it early. With true and nothing unreadable or contended, no other key is needed any more. */
  readonly completed: boolean;
}

interface Sealed {
  readonly field: string;
  readonly bytes: Buffer;
}

/** The same, sealed with the current key; undefined when it is already. @throws UnreadableRecordError */
type Reseal = (field: string, bytes: Buffer) => Buffer | undefined;

/** Records a batch: some 30 kB of snapshots, so that Redis serves others in between. */
const BATCH = 200;
/** A record that is lost this often in a row is not just being updated. */
const ATTEMPTS = 3;

/** Hash field by hash field: the new bytes only where the old ones still are. Answers the fields that were not. */
const SWAP = defineScript(
  { keys: ["hash"] },
  `
local lost = {}
for at = 1, #ARGV, 3 do
  if redis.call('HGET', hash, ARGV[at]) == ARGV[at + 1] then
    redis.call('HSET', hash, ARGV[at], ARGV[at + 2])
  else
    lost[#lost + 1] = ARGV[at]
  end
end
return lost`,
);

/** Fields of one hash, each sealed by itself. */
interface SealedHash {
  readonly key: string;
  /** Which fields, as HSCAN has it. */
  readonly match: string;
  readonly reseal: Reseal;
}

/** The hashes that hold what of an account is sealed. */
export function sealedHashesOf(keys: Keys, account: string, resources: readonly string[]): string[] {
  return [
    keys.bodies(account),
    keys.forgotten(account),
    keys.versions(account),
    ...resources.map((resource) => keys.snapshots(account, resource)),
  ];
}

/**
 * Seals with the keyring's first key whatever of an account rests sealed with another one: its snapshots, event
 * bodies and tombstones. Safe beside running pollers that have the same keyring: each record changes by compare-and-set, so that a
 * commit in between wins. It may be stopped and begun again at any time.
 */
export async function rotateKeys(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  { account, resources, ...run }: RotationScope,
): Promise<Rotation> {
  return await resealHashes(redis, run, [
    {
      key: keys.bodies(account),
      match: "*",
      reseal: (eventId, bytes) =>
        keyring.leavesIn(bytes).length === 0
          ? (resealEvent(keyring, account, eventId, bytes) ??
            sealAnew(keyring, eventContext(account, eventId), bytes))
          : sealAnew(keyring, eventContext(account, eventId), bytes),
    },
    {
      key: keys.forgotten(account),
      match: "*",
      reseal: resealWhole(keyring, (field) => tombstoneContext(account, field)),
    },
    {
      key: keys.versions(account),
      match: "*",
      reseal: (version, bytes) => {
        const record = recordOfVersion(version);
        if (!record) return undefined;
        const context = snapshotContext(account, record.resource, record.id);
        return resealSnapshot(keyring, context, bytes);
      },
    },
    ...resources.map((resource) => ({
      key: keys.snapshots(account, resource),
      match: "*",
      reseal: (id: string, bytes: Buffer) =>
        resealSnapshot(keyring, snapshotContext(account, resource, id), bytes, (snapshot) =>
          leavesOfSnapshot(keyring, { account, resource, id }, snapshot),
        ),
    })),
  ]);
}

/**
 * The same for what belongs to no account: the installation's identity, the endpoints and tokens, what is told of
 * them, their attempts, and what was given to them on purpose.
 */
export async function rotateInstallation(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  run: Pick<RotationScope, "signal" | "onProgress">,
): Promise<Rotation> {
  const endpoints = await redis.hkeys(keys.endpoints);
  return await resealHashes(redis, run, [
    {
      key: keys.installation,
      match: "identity",
      reseal: resealWhole(keyring, (field) => `installation/${field}`),
    },
    { key: keys.accessLog, match: "*", reseal: resealWhole(keyring, accessContext) },
    { key: keys.rosters, match: "*", reseal: resealWhole(keyring, rosterContext) },
    { key: keys.endpoints, match: "*", reseal: resealWhole(keyring, endpointContext) },
    { key: keys.tokens, match: "*", reseal: resealWhole(keyring, tokenContext) },
    {
      key: keys.bodies(SERVICE_ACCOUNT),
      match: "*",
      reseal: resealWhole(keyring, (field) => `${SERVICE_ACCOUNT}/events/${field}`),
    },
    ...endpoints.flatMap((endpoint) => [
      {
        key: keys.outbox(endpoint).attempts,
        match: "*",
        reseal: resealWhole(keyring, (eventId) => attemptsContext(endpoint, eventId)),
      },
      {
        key: keys.outbox(endpoint).heads,
        match: "*",
        reseal: (eventId: string, bytes: Buffer) => {
          const head = resealHead(keyring, endpoint, eventId, bytes.toString());
          return head === undefined ? undefined : Buffer.from(head);
        },
      },
    ]),
  ]);
}

/** For a field that is sealed from its first byte to its last. */
function resealWhole(keyring: Keyring, contextOf: (field: string) => string): Reseal {
  return (field, bytes) => sealAnew(keyring, contextOf(field), bytes);
}

/** About whom it is stays. */
function sealAnew(keyring: Keyring, context: string, bytes: Buffer): Buffer | undefined {
  if (keyring.isCurrent(bytes)) return undefined;
  return keyring.seal(keyring.open(bytes, context), context, undefined, keyring.leavesIn(bytes));
}

async function resealHashes(
  redis: Redis,
  { signal, onProgress }: Pick<RotationScope, "signal" | "onProgress">,
  hashes: readonly SealedHash[],
): Promise<Rotation> {
  const counts = { seen: 0, resealed: 0, unreadable: 0, contended: 0 };
  for (const { key, match, reseal } of hashes) {
    for await (const batch of batchesOf(redis, key, match)) {
      if (signal.aborted) return { completed: false, ...counts };
      const done = await resealBatch(redis, key, batch, reseal);
      counts.seen += batch.length;
      counts.resealed += done.resealed;
      counts.unreadable += done.unreadable;
      counts.contended += done.contended;
      onProgress?.({ ...counts });
    }
  }
  return { completed: true, ...counts };
}

/** Every field that is in the hash from beginning to end comes at least once; those that come later are sealed anew anyway. */
async function* batchesOf(redis: Redis, key: string, match: string): AsyncGenerator<Sealed[]> {
  let cursor = "0";
  do {
    const [next, entries] = await redis.hscanBuffer(key, cursor, "MATCH", match, "COUNT", BATCH);
    cursor = next.toString();
    const batch: Sealed[] = [];
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const [field, bytes] = entries.slice(at, at + 2);
      if (field && bytes) batch.push({ field: field.toString(), bytes });
    }
    yield batch;
  } while (cursor !== "0");
}

async function resealBatch(
  redis: Redis,
  key: string,
  batch: readonly Sealed[],
  reseal: Reseal,
): Promise<Omit<RotationCounts, "seen">> {
  const { swaps: first, unreadable } = toSwaps(batch, reseal);
  let swaps = first;
  for (let attempt = 1; attempt <= ATTEMPTS && swaps.length > 0; attempt += 1) {
    const lost = await SWAP.run(redis, { keys: { hash: key }, args: {}, more: swaps.flat() });
    if (!Array.isArray(lost) || lost.length === 0) {
      swaps = [];
    } else {
      // Changed in between, as a rule by a commit that has sealed it with the current key.
      swaps = toSwaps(await read(redis, key, lost.map(String)), reseal).swaps;
    }
  }
  return { resealed: first.length - swaps.length, unreadable, contended: swaps.length };
}

type Swap = readonly [field: string, from: Buffer, to: Buffer];

function toSwaps(records: readonly Sealed[], reseal: Reseal): { swaps: Swap[]; unreadable: number } {
  const swaps: Swap[] = [];
  let unreadable = 0;
  for (const { field, bytes } of records) {
    try {
      const renewed = reseal(field, bytes);
      if (renewed) swaps.push([field, bytes, renewed]);
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      // What is of somebody who was forgotten needs no key any more.
      if (!(error instanceof ErasedRecordError)) unreadable += 1;
    }
  }
  return { swaps, unreadable };
}

/** Without those that are gone. */
async function read(redis: Redis, key: string, fields: readonly string[]): Promise<Sealed[]> {
  if (fields.length === 0) return [];
  const found = await redis.hmgetBuffer(key, ...fields);
  return fields.flatMap((field, index) => {
    const bytes = found[index];
    return bytes ? [{ field, bytes }] : [];
  });
}
