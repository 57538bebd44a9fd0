import { createHmac } from "node:crypto";

import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import type { Snapshot } from "../../diff/adopt.ts";
import type { IdentityKey } from "../../diff/identity.ts";
import { UnreadableRecordError } from "../../shared/errors.ts";
import { PATIENTS } from "../../resources/field.ts";
import { formatGone, sealSnapshot } from "./account-store.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type Lease, leaseValue } from "./lease.ts";
import type { ErasureKey } from "../sealing/erasure-key.ts";
import { decodeSnapshot, snapshotContext } from "./snapshot-codec.ts";
import { defineScript } from "../redis/script.ts";

/** A record's place in the sequence of its events, and what the next one follows; absent: nothing was known. */
const placeSchema = { sequence: z.number().optional(), fingerprint: z.string().optional() };

const tombstoneSchema = z.strictObject({
  patientId: z.string(),
  /** Unix ms. */
  forgottenAt: z.number(),
  /** Who had it done: `cli:<user of the system>`. */
  by: z.string(),
  /** The patient's own. */
  ...placeSchema,
  /** By resource: of other records that go by the patient's number. */
  others: z.record(z.string(), z.strictObject(placeSchema)).optional(),
});

/** That a patient was forgotten, and must not come back. Sealed at rest, under a keyed hash of whom it is about. */
export type Tombstone = z.infer<typeof tombstoneSchema>;

/** Everybody of an account who was forgotten, as of one moment. */
export interface ForgottenPatients {
  /** Of those who have a tombstone. */
  readonly count: number;
  /** Nobody was ever forgotten: `has` says no to everybody. */
  readonly isEmpty: boolean;
  /** Also of one whose tombstone an older copy of Redis does not have: the erasure key knows. */
  has(patientId: string): boolean;
  /** Those whose tombstone can be opened. */
  ids(): readonly string[];
}

/** What is to be true at once when a patient is forgotten. */
export interface TombstoneErasure {
  /** One for each of `snapshots`, and that of the patients. */
  readonly leases: readonly Lease[];
  readonly tombstone: Tombstone;
  /** By resource: what is kept from now on of the records that named the patient. */
  readonly snapshots: ReadonlyMap<string, ReadonlyMap<string, Snapshot>>;
}

/** By resource: a number of what is noted of how it is read. */
export type NotedReading = ReadonlyMap<string, readonly [name: "countedAt" | "walkedAt", value: number]>;

export interface Tombstones {
  /** What a patient is called where nobody may learn who it is: a keyed hash. */
  nameOf(account: string, patientId: string): string;
  /** Keeps whoever is forgotten under one name of an account away under another too. Safe to repeat. */
  copy(from: string, to: string): Promise<void>;
  read(account: string): Promise<ForgottenPatients>;
  /** Undefined: that patient is not forgotten. @throws UnreadableRecordError */
  find(account: string, patientId: string): Promise<Tombstone | undefined>;
  /**
   * Removes all that is kept of the records that go by the patient's number, replaces what named them, and leaves the tombstone (a
   * former one stays), in one step. Resolves to how many records of the patient there were; "fenced": a lease was lost,
   * and nothing was written.
   */
  eraseToTombstone(account: string, erasure: TombstoneErasure): Promise<number | "fenced">;
  /** Which generation of the patient's leaf is theirs: each `removeTombstone` of one whose leaf was destroyed begins the next. */
  generation(account: string, patientId: string): Promise<number>;
  /**
   * Gives their tombstones back to those who were forgotten and are remembered all the same, unreadable: an older copy of Redis
   * was put back. Resolves to how many there were. @param own paths of the resources whose records go by a patient's number
   */
  restore(account: string, own: readonly string[], now: number): Promise<number>;
  /**
   * Removes the tombstone, and has what is read since compared with what is known, in one step; the patient's place in the sequence is
   * kept. False: they were not forgotten.
   * @param reading by resource: what to note of how it is read
   */
  removeTombstone(account: string, patientId: string, reading: NotedReading): Promise<boolean>;
}

/**
 * More keys: (leases)… (snapshots)… and, of what goes by the patient's number, (snapshots gone suspects)…; more arguments: how many
 * leases, their values, the records of each resource, rereads.
 */
const ERASE_TO_TOMBSTONE = defineScript(
  { keys: ["forgotten", "rereads"], args: ["field", "tombstone", "id", "own"] },
  `
local leases = tonumber(ARGV[MORE + 1])
for at = 1, leases do
  if redis.call('GET', KEYS[MORE_KEYS + at]) ~= ARGV[MORE + 1 + at] then return -1 end
end
local at = MORE + 2 + leases
local first = #KEYS - 3 * own + 1
for place = MORE_KEYS + 1 + leases, first - 1 do
  local count = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, count do
    redis.call('HSET', KEYS[place], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
end
while ARGV[at] do
  redis.call('SREM', rereads, ARGV[at])
  at = at + 1
end
redis.call('HSETNX', forgotten, field, tombstone)
local removed = 0
for place = first, #KEYS, 3 do
  removed = removed + redis.call('HDEL', KEYS[place], id) + redis.call('HDEL', KEYS[place + 1], id)
  redis.call('HDEL', KEYS[place + 2], id)
end
return removed`,
);

/**
 * More keys: what is gone of each resource, then what is noted of reading; more arguments: what to keep of the former, then (name value) of
 * the latter.
 */
const REMOVE_TOMBSTONE = defineScript(
  { keys: ["forgotten", "unforgotten"], args: ["field", "id", "generation", "gone"] },
  `
redis.call('HDEL', forgotten, field)
if generation ~= '0' then redis.call('HSET', unforgotten, field, generation) end
local readings = MORE_KEYS + 1 + gone
for at = MORE_KEYS + 1, readings - 1 do redis.call('HSET', KEYS[at], id, ARGV[MORE + at - MORE_KEYS]) end
for at = readings, #KEYS do
  local name = MORE + 1 + gone + 2 * (at - readings)
  redis.call('HSET', KEYS[at], ARGV[name], ARGV[name + 1])
end
return 1`,
);

/** More keys: snapshots of what goes by the patient's number. */
const RESTORE = defineScript(
  { keys: ["forgotten"], args: ["field", "tombstone", "id"] },
  `
redis.call('HSETNX', forgotten, field, tombstone)
for at = MORE_KEYS + 1, #KEYS do redis.call('HDEL', KEYS[at], id) end`,
);

/** Whose tombstone was made anew: the erasure key alone knew that they are forgotten. */
export const BY_ERASURE_KEY = "erasure-key";

export function createTombstones(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  identityKey: IdentityKey,
  erasureKey?: ErasureKey,
): Tombstones {
  const nameOf = (account: string, patientId: string): string =>
    createHmac("sha256", identityKey).update(`forgotten\n${account}\n${patientId}`).digest("base64url");
  const open = (account: string, field: string, sealed: Buffer): Tombstone => {
    const context = tombstoneContext(account, field);
    const opened = keyring.open(sealed, context);
    try {
      return tombstoneSchema.parse(JSON.parse(opened.toString("utf8")));
    } catch (error) {
      throw new UnreadableRecordError(`${context} is not a tombstone of this release`, { cause: error });
    }
  };
  const find = async (account: string, patientId: string): Promise<Tombstone | undefined> => {
    const field = nameOf(account, patientId);
    const sealed = await redis.hgetBuffer(keys.forgotten(account), field);
    return sealed ? open(account, field, sealed) : undefined;
  };

  const seal = (account: string, tombstone: Tombstone): readonly [field: string, sealed: Buffer] => {
    const field = nameOf(account, tombstone.patientId);
    const plain = Buffer.from(JSON.stringify(tombstone));
    return [field, keyring.seal(plain, tombstoneContext(account, field))];
  };
  const readGenerations = async (account: string): Promise<(field: string) => number> => {
    const known = await redis.hgetall(keys.unforgotten(account));
    return (field) => Number(known[field] ?? 0);
  };
  const read = async (account: string): Promise<ForgottenPatients> => {
    const fields = await redis.hgetallBuffer(keys.forgotten(account));
    const destroyed = erasureKey?.hasPunctures() ? erasureKey : undefined;
    const generations = destroyed && (await readGenerations(account));
    const isDestroyed = (patientId: string, field: string): boolean =>
      destroyed?.isPunctured(destroyed.leafAt(account, patientId, generations?.(field) ?? 0)) ?? false;
    const hashes = new Set(Object.keys(fields));
    const isEmpty = hashes.size === 0 && !destroyed;
    return {
      count: hashes.size,
      isEmpty,
      // Whether or not a tombstone can be opened, its name says whom it keeps away.
      has: (patientId) => {
        if (isEmpty) return false;
        const field = nameOf(account, patientId);
        return hashes.has(field) || isDestroyed(patientId, field);
      },
      ids: () =>
        Object.entries(fields).flatMap(([field, sealed]) => idIn(() => open(account, field, sealed))),
    };
  };

  return {
    nameOf,
    find,
    read,

    async generation(account, patientId) {
      return (await readGenerations(account))(nameOf(account, patientId));
    },

    async restore(account, own, now) {
      if (!erasureKey?.hasPunctures()) return 0;
      const forgotten = await read(account);
      const back = new Map<string, Map<string, Place>>();
      for (const resource of own) {
        const key = keys.snapshots(account, resource);
        for (const id of (await redis.hkeys(key)).filter((one) => forgotten.has(one))) {
          const bytes = await redis.hgetBuffer(key, id);
          const place = bytes ? placeIn(keyring, snapshotContext(account, resource, id), bytes) : {};
          back.set(id, new Map([...(back.get(id) ?? []), [resource, place]]));
        }
      }
      for (const [id, places] of back) {
        const known = { patientId: id, forgottenAt: now, by: BY_ERASURE_KEY };
        const [field, tombstone] = seal(account, { ...known, ...toPlaces(places) });
        await RESTORE.run(redis, {
          keys: { forgotten: keys.forgotten(account) },
          args: { field, tombstone, id },
          moreKeys: [...places.keys()].map((resource) => keys.snapshots(account, resource)),
        });
      }
      return back.size;
    },

    async copy(from, to) {
      for (const [field, sealed] of Object.entries(await redis.hgetallBuffer(keys.forgotten(from)))) {
        await redis.hset(keys.forgotten(to), ...seal(to, open(from, field, sealed)));
      }
    },

    async eraseToTombstone(account, erasure) {
      const { patientId } = erasure.tombstone;
      const [field, tombstone] = seal(account, erasure.tombstone);
      const reply = await ERASE_TO_TOMBSTONE.run(redis, {
        keys: { forgotten: keys.forgotten(account), rereads: keys.rereads(account) },
        args: { field, tombstone, id: patientId, own: placesIn(erasure.tombstone).length },
        ...whatHangsOn(keys, keyring, account, erasure),
      });
      const removed = Number(reply);
      return removed < 0 ? "fenced" : removed;
    },

    async removeTombstone(account, patientId, reading) {
      if (!(await read(account)).has(patientId)) return false;
      const tombstone = await find(account, patientId);
      const generation = erasureKey?.generationOf(account, patientId) ?? 0;
      const gone = tombstone ? asGone(tombstone) : [];
      await REMOVE_TOMBSTONE.run(redis, {
        keys: { forgotten: keys.forgotten(account), unforgotten: keys.unforgotten(account) },
        args: { field: nameOf(account, patientId), id: patientId, generation, gone: gone.length },
        moreKeys: [
          ...gone.map(([resource]) => keys.gone(account, resource)),
          ...[...reading.keys()].map((resource) => keys.reading(account, resource)),
        ],
        more: [...gone.map(([, kept]) => kept), ...[...reading.values()].flat()],
      });
      return true;
    },
  };
}

/** In the sequence of a record's events. Empty: nothing is known of it. */
export type Place = Pick<Tombstone, "sequence" | "fingerprint">;

/** The places of records that go by a patient's number, by resource, as a tombstone has them. */
export function toPlaces(places: ReadonlyMap<string, Place>): Pick<Tombstone, "others"> & Place {
  const others = Object.fromEntries([...places].filter(([resource]) => resource !== PATIENTS));
  return { ...places.get(PATIENTS), ...(Object.keys(others).length > 0 && { others }) };
}

function placesIn({ fingerprint, others = {}, sequence }: Tombstone): (readonly [string, Place])[] {
  return [[PATIENTS, { sequence, fingerprint }], ...Object.entries(others)];
}

/** The leases that must hold, and the records that are the patient's or name them, as `ERASE_TO_TOMBSTONE` wants them. */
function whatHangsOn(
  keys: Keys,
  keyring: Keyring,
  account: string,
  { leases, snapshots, tombstone }: TombstoneErasure,
): { readonly moreKeys: readonly string[]; readonly more: readonly (string | number | Buffer)[] } {
  const named = [...snapshots];
  const replaced = named.flatMap(([resource, byId]) => [
    byId.size,
    ...[...byId].flatMap(([id, snapshot]) => [
      id,
      sealSnapshot(keyring, { account, resource, id }, snapshot),
    ]),
  ]);
  const held = leases.map((lease) => leaseValue(lease, lease.chain.commits));
  return {
    moreKeys: [
      ...leases.map(({ resource }) => keys.lease(account, resource)),
      ...named.map(([resource]) => keys.snapshots(account, resource)),
      ...placesIn(tombstone).flatMap(([resource]) => [
        keys.snapshots(account, resource),
        keys.gone(account, resource),
        keys.suspects(account, resource),
      ]),
    ],
    more: [
      held.length,
      ...held,
      ...replaced,
      ...named.map(([resource]) => `${resource}/${tombstone.patientId}`),
    ],
  };
}

/** What stands in clear of a snapshot that nobody can open. */
function placeIn(keyring: Keyring, context: string, bytes: Buffer): Place {
  try {
    const { sequence, fingerprint } = decodeSnapshot(keyring, context, bytes);
    return { sequence, fingerprint };
  } catch (error) {
    if (error instanceof UnreadableRecordError) return {};
    throw error;
  }
}

/** What is read of the patient from now on is a return: it goes on with the next number. */
function asGone(tombstone: Tombstone): (readonly [resource: string, kept: string])[] {
  const deletedAt = Math.floor(tombstone.forgottenAt / 1_000);
  return placesIn(tombstone).flatMap(([resource, { fingerprint = "", sequence }]) =>
    sequence === undefined ? [] : [[resource, formatGone({ deletedAt, sequence, fingerprint })]],
  );
}

/** What a tombstone is sealed to. */
export function tombstoneContext(account: string, field: string): string {
  return `${account}/forgotten/${field}`;
}

function idIn(read: () => Tombstone): string[] {
  try {
    return [read().patientId];
  } catch (error) {
    if (error instanceof UnreadableRecordError) return [];
    throw error;
  }
}
