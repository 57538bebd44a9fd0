import type { Redis } from "../redis/client.ts";

import type { Snapshot } from "../../diff/adopt.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { patientsOfSnapshot } from "../../diff/patient-links.ts";
import { logKeys, sealEvent } from "../events/event-log.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type Lease, leaseValue } from "./lease.ts";
import { LOG_INDEX } from "../events/log-index-scripts.ts";
import { RELATED } from "../events/related-scripts.ts";
import { ALL_ALONG, type AlongRules, relationsOf } from "../events/related-store.ts";
import type { Leaf } from "../sealing/erasure-key.ts";
import { decodeSnapshot, encodeSnapshot, snapshotContext } from "./snapshot-codec.ts";
import { defineScript } from "../redis/script.ts";
import { traced } from "../../shared/tracing.ts";

/** How far one resource has been read. Times are unix seconds of the upstream's clock. */
export type Cursor =
  /** First sync: everything before this place in the reading plan has been taken over. */
  | {
      readonly phase: "baseline";
      readonly startedAt: number;
      readonly plan: string;
      readonly pass: number;
      readonly after: string | undefined;
    }
  /**
   * Every change stamped before `watermark` minus the overlap has been taken over, of what could be seen. With
   * `unseenSince`, records may have been hidden from then on: nothing later is claimed until all has been compared. With
   * `readFrom`, the next scan begins there, should that be earlier. `jumpedFrom`: where the watermark stood before it went ahead
   * further than the overlap, should it turn out that the clock was wrong.
   */
  | {
      readonly phase: "live";
      readonly watermark: number;
      readonly unseenSince?: number | undefined;
      readonly readFrom?: number | undefined;
      readonly jumpedFrom?: number | undefined;
    };

/** Up to when every change has been seen, unix seconds by the upstream's clock; undefined: the first sync is not done. */
export function claimedUpTo(cursor: Cursor | undefined): number | undefined {
  if (cursor?.phase !== "live") return undefined;
  return Math.min(cursor.watermark, cursor.unseenSince ?? cursor.watermark);
}

/** The records of a resource that hang on a patient. */
export interface Reread {
  readonly resource: string;
  /** The patient. */
  readonly id: string;
}

/** What one page of a scan changes. It becomes true as a whole or not at all. */
export interface Commit {
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  readonly events: readonly WebhookEvent[];
  /** Undefined: the cursor stays (a page in the middle of an incremental scan). */
  readonly cursor: Cursor | undefined;
  /** What must be read again because a merge moves it, perhaps without touching its stamps. */
  readonly rereads?: readonly Reread[];
}

export interface AccountStore {
  readCursor(account: string, resource: string): Promise<Cursor | undefined>;
  /** Unknown ids are absent from the map. @throws UnreadableRecordError */
  loadSnapshots(account: string, resource: string, ids: readonly string[]): Promise<Map<string, Snapshot>>;
  /** Ids of all records that are remembered and not deleted, in no order. */
  listIds(account: string, resource: string): Promise<string[]>;
  /** "fenced": the lease was lost, or Redis has forgotten an earlier commit under it; nothing was written. */
  commit(lease: Lease, commit: Commit): Promise<"committed" | "fenced">;
}

/** Snapshots, events and cursor in one atomic step, fenced by the lease. Its keys share one hash slot. */
const COMMIT = defineScript(
  {
    keys: [
      "lease",
      "cursor",
      "snapshots",
      "log",
      "bodies",
      "related",
      "versions",
      "uses",
      "gone",
      "rereads",
      "places",
      "trails",
    ],
    args: ["former", "following"],
  },
  `${LOG_INDEX}${RELATED}
if redis.call('GET', lease) ~= former then return 0 end
redis.call('SET', lease, following, 'KEEPTTL')
local at = MORE + 1
local count = tonumber(ARGV[at])
at = at + 1
for _ = 1, count do
  redis.call('HSET', snapshots, ARGV[at], ARGV[at + 1])
  redis.call('HDEL', gone, ARGV[at])
  at = at + 2
end
count = tonumber(ARGV[at])
at = at + 1
for _ = 1, count do
  redis.call('HSET', bodies, ARGV[at], ARGV[at + 4])
  local place = redis.call('XADD', log, '*', 'event', ARGV[at], 'subject', ARGV[at + 1], 'record', ARGV[at + 2], 'transitions', ARGV[at + 3])
  add(places, trails, place, ARGV[at], ARGV[at + 1], ARGV[at + 2])
  at = at + 5
end
count = tonumber(ARGV[at])
at = at + 1
for _ = 1, count do
  redis.call('HDEL', snapshots, ARGV[at])
  redis.call('HSET', gone, ARGV[at], ARGV[at + 1])
  at = at + 2
end
count = tonumber(ARGV[at])
at = at + 1
for _ = 1, count do
  redis.call('SADD', rereads, ARGV[at])
  at = at + 1
end
at = relate(related, versions, uses, at)
if ARGV[at] then
  local time = redis.call('TIME')
  redis.call('DEL', cursor)
  redis.call('HSET', cursor, 'moved_at', time[1] * 1000 + math.floor(time[2] / 1000), unpack(ARGV, at))
end
return 1`,
);

/** `alongOf`: what of an account may come along with its events. */
export function createAccountStore(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  alongOf: (account: string) => AlongRules = () => ALL_ALONG,
): AccountStore {
  return {
    async readCursor(account, resource) {
      return parseCursor(await redis.hgetall(keys.cursor(account, resource)));
    },

    async loadSnapshots(account, resource, ids) {
      const found = new Map<string, Snapshot>();
      if (ids.length === 0) return found;
      const stored = await redis.hmgetBuffer(keys.snapshots(account, resource), ...ids);
      for (const [index, id] of ids.entries()) {
        const bytes = stored[index];
        if (bytes) found.set(id, decodeSnapshot(keyring, snapshotContext(account, resource, id), bytes));
      }
      const unknown = ids.filter((id) => !found.has(id));
      if (unknown.length === 0) return found;
      const gone = await redis.hmget(keys.gone(account, resource), ...unknown);
      for (const [index, id] of unknown.entries()) {
        const kept = gone[index];
        if (kept) found.set(id, parseGone(kept));
      }
      return found;
    },

    async listIds(account, resource) {
      return await redis.hkeys(keys.snapshots(account, resource));
    },

    async commit(lease, { snapshots, events, cursor, rereads = [] }) {
      const { account, resource } = lease;
      const present = [...snapshots].filter(([, { deletedAt }]) => deletedAt === undefined);
      const gone = [...snapshots].filter(([, { deletedAt }]) => deletedAt !== undefined);
      const snapshotArguments = present.flatMap(([id, snapshot]) => [
        id,
        sealSnapshot(keyring, { account, resource, id }, snapshot),
      ]);
      const eventArguments = events.flatMap((event) => [
        event.id,
        event.subject.type,
        event.subject.id,
        event.data.transitions.join(","),
        sealEvent(keyring, event),
      ]);
      const deps = [redis, keys, keyring] as const;
      const relations = await relationsOf(deps, account, events, alongOf(account));
      const counts = { account, resource, records: snapshots.size, events: events.length };
      const written = await traced(
        "commit",
        counts,
        async () =>
          await COMMIT.run(redis, {
            moreKeys: relations.moreKeys,
            keys: {
              ...logKeys(keys, account),
              lease: keys.lease(account, resource),
              cursor: keys.cursor(account, resource),
              snapshots: keys.snapshots(account, resource),
              gone: keys.gone(account, resource),
              rereads: keys.rereads(account),
            },
            args: {
              former: leaseValue(lease, lease.chain.commits),
              following: leaseValue(lease, lease.chain.commits + 1),
            },
            more: [
              present.length,
              ...snapshotArguments,
              events.length,
              ...eventArguments,
              gone.length,
              ...gone.flatMap(([id, snapshot]) => [id, formatGone(snapshot)]),
              rereads.length,
              ...rereads.map(({ resource: hanging, id }) => `${hanging}/${id}`),
              ...relations.more,
              ...(cursor ? cursorFields(cursor) : []),
            ],
          }),
      );
      if (Number(written) !== 1) return "fenced";
      lease.chain.commits += 1;
      return "committed";
    },
  };
}

/** What is kept of a deleted record: when, its place in the sequence, and the fingerprint that its next event follows. */
export function formatGone({
  deletedAt,
  sequence,
  fingerprint,
  withheld,
}: Pick<Snapshot, "deletedAt" | "sequence" | "fingerprint" | "withheld">): string {
  return `${deletedAt} ${sequence} ${fingerprint}${withheld ? " withheld" : ""}`;
}

function parseGone(text: string): Snapshot {
  const [deletedAt, sequence, fingerprint = "", withheld] = text.split(" ");
  return {
    fingerprint,
    sequence: Number(sequence),
    deletedAt: Number(deletedAt),
    updatedAt: 0,
    projectionVersion: 0,
    withheld: withheld === "withheld",
    values: () => [],
  };
}

export interface RecordPlace {
  readonly account: string;
  readonly resource: string;
  readonly id: string;
}

/** A snapshot as it rests: sealed to its place, and to whom it is about. */
export function sealSnapshot(keyring: Keyring, place: RecordPlace, snapshot: Snapshot): Buffer {
  const { account, resource, id } = place;
  const leaves = leavesOfSnapshot(keyring, place, snapshot);
  return encodeSnapshot(keyring, snapshotContext(account, resource, id), snapshot, leaves);
}

/** For whom it is to be sealed. @throws UnreadableRecordError */
export function leavesOfSnapshot(
  keyring: Keyring,
  { account, resource, id }: RecordPlace,
  snapshot: Snapshot,
): readonly Leaf[] {
  return keyring.leavesOf(account, patientsOfSnapshot(resource, id, snapshot));
}

function cursorFields(cursor: Cursor): (string | number)[] {
  if (cursor.phase === "live") {
    const { jumpedFrom, readFrom, unseenSince, watermark } = cursor;
    const unseen = unseenSince === undefined ? [] : ["unseen_since", unseenSince];
    const from = readFrom === undefined ? [] : ["read_from", readFrom];
    const jumped = jumpedFrom === undefined ? [] : ["jumped_from", jumpedFrom];
    return ["phase", "live", "watermark", watermark, ...unseen, ...from, ...jumped];
  }
  const { startedAt, plan, pass, after } = cursor;
  const place = after === undefined ? [] : ["after", after];
  return ["phase", "baseline", "started_at", startedAt, "plan", plan, "pass", pass, ...place];
}

/** What stands in `keys.cursor`. */
export function parseCursor(fields: Readonly<Record<string, string>>): Cursor | undefined {
  const { phase, watermark, started_at: startedAt, plan = "", pass, after } = fields;
  const { unseen_since: unseen, read_from: from, jumped_from: jumped } = fields;
  if (phase === "live") {
    return {
      phase,
      watermark: Number(watermark),
      ...(unseen && { unseenSince: Number(unseen) }),
      ...(from && { readFrom: Number(from) }),
      ...(jumped && { jumpedFrom: Number(jumped) }),
    };
  }
  if (phase !== "baseline") return undefined;
  return { phase, startedAt: Number(startedAt), plan, pass: Number(pass), after };
}
