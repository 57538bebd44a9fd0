import type { Redis } from "../redis/client.ts";

import type { Snapshot } from "../../diff/adopt.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { ErasedRecordError, UnreadableRecordError } from "../../shared/errors.ts";
import { type EventLog, eventContext } from "../events/event-log.ts";
import { RELATED } from "../events/related-scripts.ts";
import { recordOfVersion } from "../events/related-store.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { decodeSnapshot, sealedPartOf, snapshotContext } from "./snapshot-codec.ts";
import { defineScript } from "../redis/script.ts";

/** Something sealed, with all that it takes to open it. */
export interface SealedPiece {
  readonly sealed: Buffer;
  readonly context: string;
  readonly beside?: Buffer | undefined;
}

export interface FoundSnapshot {
  readonly id: string;
  readonly piece: SealedPiece;
  /** An error: it was written by another release. Its values may be unreadable all the same. */
  readonly snapshot: Snapshot | UnreadableRecordError;
}

export interface FoundEvent {
  readonly eventId: string;
  readonly piece: SealedPiece;
  /** ErasedRecordError: it tells of somebody who was forgotten, and is still to be removed. */
  readonly event: WebhookEvent | UnreadableRecordError;
}

/** A record as it was when some event that is kept led to it. */
export interface FoundVersion extends FoundSnapshot {
  readonly version: string;
  readonly resource: string;
}

/** Finds and removes what is kept, whole. Everything here is safe to repeat. */
export interface Erasure {
  /** Everything that is remembered of a resource and not deleted, in batches, in no order. */
  snapshots(account: string, resource: string): AsyncIterable<readonly FoundSnapshot[]>;
  /** Every version of a record that some event led to, in batches, in no order. */
  versions(account: string): AsyncIterable<readonly FoundVersion[]>;
  /** From then on it is not told any more what these events led to. */
  eraseVersions(account: string, versions: readonly string[]): Promise<void>;
  /** Every event body that is kept from beginning to end, those beside the log too, in batches, in no order. */
  events(account: string): AsyncIterable<readonly FoundEvent[]>;
  /** Removes event bodies and what is kept of what they led to, and writes down that what became of these events is still to be cleaned. Resolves to how many there were. */
  eraseBodies(account: string, eventIds: readonly string[]): Promise<number>;
  /** Events whose bodies are gone and of which more is still to be cleaned. */
  unfinished(account: string): Promise<readonly string[]>;
  finish(account: string, eventIds: readonly string[]): Promise<void>;
}

/** Records a batch: some 30 kB of snapshots, so that Redis serves others in between. */
const BATCH = 200;

/** Of these event ids, with what they led to. */
const ERASE_BODIES = defineScript(
  { keys: ["bodies", "erasing", "related", "versions", "uses"] },
  `${RELATED}
local removed = 0
for at = 1, #ARGV do
  removed = removed + redis.call('HDEL', bodies, ARGV[at])
  redis.call('SADD', erasing, ARGV[at])
  release(related, versions, uses, ARGV[at])
end
return removed`,
);

export function createErasure(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  log: Pick<EventLog, "readEvents">,
): Erasure {
  return {
    async *snapshots(account, resource) {
      for await (const batch of fieldsOf(redis, keys.snapshots(account, resource))) {
        yield [...batch].map(([id, bytes]) => {
          const context = snapshotContext(account, resource, id);
          const piece = { context, ...sealedPartOf(bytes) };
          return { id, piece, snapshot: decodeOrTell(keyring, context, bytes) };
        });
      }
    },

    async *versions(account) {
      for await (const batch of fieldsOf(redis, keys.versions(account))) {
        yield [...batch].flatMap(([version, bytes]) => {
          const record = recordOfVersion(version);
          if (!record) return [];
          const context = snapshotContext(account, record.resource, record.id);
          const piece = { context, ...sealedPartOf(bytes) };
          return [{ version, ...record, piece, snapshot: decodeOrTell(keyring, context, bytes) }];
        });
      }
    },

    async eraseVersions(account, versions) {
      if (versions.length > 0) await redis.hdel(keys.versions(account), ...versions);
    },

    async *events(account) {
      for await (const batch of fieldsOf(redis, keys.bodies(account))) {
        const found = await log.readEvents(account, [...batch.keys()]);
        yield [...batch].flatMap(([eventId, sealed]) => {
          const context = eventContext(account, eventId);
          const erased = keyring.isErased(sealed) ? new ErasedRecordError(`${context} is erased`) : undefined;
          const event = found.get(eventId) ?? erased;
          return event ? [{ eventId, event, piece: { sealed, context } }] : [];
        });
      }
    },

    async eraseBodies(account, eventIds) {
      if (eventIds.length === 0) return 0;
      const scope = {
        bodies: keys.bodies(account),
        erasing: keys.erasing(account),
        related: keys.related(account),
        versions: keys.versions(account),
        uses: keys.versionUses(account),
      };
      return Number(await ERASE_BODIES.run(redis, { keys: scope, args: {}, more: eventIds }));
    },

    async unfinished(account) {
      return await redis.smembers(keys.erasing(account));
    },

    async finish(account, eventIds) {
      if (eventIds.length > 0) await redis.srem(keys.erasing(account), ...eventIds);
    },
  };
}

function decodeOrTell(keyring: Keyring, context: string, bytes: Buffer): Snapshot | UnreadableRecordError {
  try {
    return decodeSnapshot(keyring, context, bytes);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return error;
    throw error;
  }
}

/** Every field that is in the hash from beginning to end comes at least once. */
async function* fieldsOf(redis: Redis, key: string): AsyncGenerator<ReadonlyMap<string, Buffer>> {
  let cursor = "0";
  do {
    const [next, entries] = await redis.hscanBuffer(key, cursor, "COUNT", BATCH);
    cursor = next.toString();
    const batch = new Map<string, Buffer>();
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const [field, bytes] = entries.slice(at, at + 2);
      if (field && bytes) batch.set(field.toString(), bytes);
    }
    yield batch;
  } while (cursor !== "0");
}
