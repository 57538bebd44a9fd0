import { createHmac } from "node:crypto";

import type { Redis } from "ioredis";
import { z } from "zod";

import type { Snapshot } from "../diff/adopt.ts";
import type { IdentityKey } from "../diff/identity.ts";
import { UnreadableRecordError } from "../errors.ts";
import { formatGone, snapshotContext } from "./account-store.ts";
import type { Keyring } from "./keyring.ts";
import type { Keys } from "./keys.ts";
import { type Lease, leaseValue } from "./lease.ts";
import { encodeSnapshot } from "./snapshot-codec.ts";

const tombstoneSchema = z.strictObject({
  patientId: z.string(),
  /** Unix ms. */
  forgottenAt: z.number(),
  /** Who had it done: `cli:<user of the system>`. */
  by: z.string(),
  /** The patient's place in the sequence of their events, and what the next one follows; absent: nothing was known. */
  sequence: z.number().optional(),
  fingerprint: z.string().optional(),
});

/** That a patient was forgotten, and must not come back. Sealed at rest, under a keyed hash of whom it is about. */
export type Tombstone = z.infer<typeof tombstoneSchema>;

/** Everybody of an account who was forgotten, as of one moment. */
export interface ForgottenPatients {
  readonly count: number;
  has(patientId: string): boolean;
  /** Those whose tombstone can be opened. */
  ids(): readonly string[];
}

/** What is to be true at once when a patient is forgotten. */
export interface Burial {
  /** One for each of `snapshots`, and that of the patients. */
  readonly leases: readonly Lease[];
  readonly tombstone: Tombstone;
  /** By resource: what is kept from now on of the records that named the patient. */
  readonly snapshots: ReadonlyMap<string, ReadonlyMap<string, Snapshot>>;
}

export interface Tombstones {
  /** What a patient is called where nobody may learn who it is: a keyed hash. */
  nameOf(account: string, patientId: string): string;
  /** Keeps whoever is forgotten under one name of an account away under another too. Safe to repeat. */
  copy(from: string, to: string): Promise<void>;
  read(account: string): Promise<ForgottenPatients>;
  /** Undefined: that patient is not forgotten. @throws UnreadableRecordError */
  find(account: string, patientId: string): Promise<Tombstone | undefined>;
  /**
   * Removes all that is kept of the patient's own record, replaces what named them, and leaves the tombstone (a former
   * one stays), in one step. Resolves to how many records of the patient there were; "fenced": a lease was lost, and
   * nothing was written.
   */
  bury(account: string, burial: Burial): Promise<number | "fenced">;
  /** Removes the tombstone; the patient's place in the sequence is kept. False: there was none. */
  lift(account: string, patientId: string): Promise<boolean>;
}

/**
 * KEYS forgotten snapshots gone suspects rereads (leases)… (snapshots)… ·
 * ARGV field tombstone id how-many-leases (lease values)… rereads… — see `bury`
 */
const BURY = `
local leases = tonumber(ARGV[4])
for at = 1, leases do
  if redis.call('GET', KEYS[5 + at]) ~= ARGV[4 + at] then return -1 end
end
local at = 5 + leases
for place = 6 + leases, #KEYS do
  local count = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, count do
    redis.call('HSET', KEYS[place], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
end
while ARGV[at] do
  redis.call('SREM', KEYS[5], ARGV[at])
  at = at + 1
end
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[3])
return redis.call('HDEL', KEYS[2], ARGV[3]) + redis.call('HDEL', KEYS[3], ARGV[3])`;

/** KEYS forgotten gone · ARGV field id gone */
const LIFT = `
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
return 1`;

const PATIENTS = "patients";

export function createTombstones(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  identityKey: IdentityKey,
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

  return {
    nameOf,
    find,

    async read(account) {
      const fields = await redis.hgetallBuffer(keys.forgotten(account));
      const hashes = new Set(Object.keys(fields));
      return {
        count: hashes.size,
        // Whether or not a tombstone can be opened, its name says whom it keeps away.
        has: (patientId) => hashes.size > 0 && hashes.has(nameOf(account, patientId)),
        ids: () =>
          Object.entries(fields).flatMap(([field, sealed]) => idIn(() => open(account, field, sealed))),
      };
    },

    async copy(from, to) {
      for (const [field, sealed] of Object.entries(await redis.hgetallBuffer(keys.forgotten(from)))) {
        const tombstone = open(from, field, sealed);
        const name = nameOf(to, tombstone.patientId);
        const plain = Buffer.from(JSON.stringify(tombstone));
        await redis.hset(keys.forgotten(to), name, keyring.seal(plain, tombstoneContext(to, name)));
      }
    },

    async bury(account, burial) {
      const { patientId } = burial.tombstone;
      const field = nameOf(account, patientId);
      const plain = Buffer.from(JSON.stringify(burial.tombstone));
      const sealed = keyring.seal(plain, tombstoneContext(account, field));
      const { scope, given } = toScript(keys, keyring, account, burial);
      const all = [keys.forgotten(account), ...scope];
      const removed = Number(await redis.eval(BURY, all.length, ...all, field, sealed, patientId, ...given));
      return removed < 0 ? "fenced" : removed;
    },

    async lift(account, patientId) {
      const tombstone = await find(account, patientId);
      const gone = tombstone?.sequence === undefined ? "" : formatGone(asGone(tombstone, tombstone.sequence));
      const scope = [keys.forgotten(account), keys.gone(account, PATIENTS)];
      return Number(await redis.eval(LIFT, 2, ...scope, nameOf(account, patientId), patientId, gone)) === 1;
    },
  };
}

/** What `BURY` wants besides the tombstone: keys and arguments. */
function toScript(
  keys: Keys,
  keyring: Keyring,
  account: string,
  { leases, snapshots, tombstone }: Burial,
): { readonly scope: readonly string[]; readonly given: readonly (string | number | Buffer)[] } {
  const named = [...snapshots];
  const replaced = named.flatMap(([resource, byId]) => [
    byId.size,
    ...[...byId].flatMap(([id, snapshot]) => [
      id,
      encodeSnapshot(keyring, snapshotContext(account, resource, id), snapshot),
    ]),
  ]);
  const held = leases.map((lease) => leaseValue(lease, lease.chain.commits));
  return {
    scope: [
      keys.snapshots(account, PATIENTS),
      keys.gone(account, PATIENTS),
      keys.suspects(account, PATIENTS),
      keys.rereads(account),
      ...leases.map(({ resource }) => keys.lease(account, resource)),
      ...named.map(([resource]) => keys.snapshots(account, resource)),
    ],
    given: [
      held.length,
      ...held,
      ...replaced,
      ...named.map(([resource]) => `${resource}/${tombstone.patientId}`),
    ],
  };
}

/** What is read of the patient from now on is a return: it goes on with the next number. */
function asGone(
  { forgottenAt, fingerprint = "" }: Tombstone,
  sequence: number,
): Parameters<typeof formatGone>[0] {
  return { goneAt: Math.floor(forgottenAt / 1_000), sequence, fingerprint };
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
