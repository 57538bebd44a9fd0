import type { Redis } from "../redis/client.ts";

import { type FailingSteps, createFailingSteps } from "./failing-steps.ts";
import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/** How and when a resource is read besides its scans. All times are unix ms by our clock unless they say otherwise. */
export interface ReadingState {
  /** Name of the reading plan that the account accepts; undefined: the best one, until it is refused. */
  readonly plan: string | undefined;
  readonly planFoundAt: number;
  /** Rows have no ids in this account: see `withoutIds`. */
  readonly isBare: boolean;
  /** JSON: plans that have failed, by name, with when and why. */
  readonly refusedPlans: string;
  /** When every plan was refused, and what was said of it; 0: there is one. */
  readonly noPlanAt: number;
  readonly noPlanDetail: string;
  /** How records are looked up by their ids, where the first way was refused. */
  readonly lookup: string | undefined;
  readonly lookupFoundAt: number;
  /** When what may change without a stamp was last read again. */
  readonly nearReadAt: number;
  /** How far that reading has come; undefined: none is under way. */
  readonly nearAfter: string | undefined;
  /** When all known ids were last counted against the upstream. */
  readonly countedAt: number;
  /** The upstream's clock (unix seconds) when every known record was last found to be there. */
  readonly presentAt: number;
  /** When the last walk through all known records began, and how far it has come; undefined: none is under way. */
  readonly walkedAt: number;
  readonly walkAfter: string | undefined;
  /** The step of reconciliation that there was no time for: it comes first in the next poll. */
  readonly reconcileFrom: string | undefined;
  /** Undocumented fields that have been told of, comma-separated. */
  readonly unknownTold: string;
  /** An operator has looked at a guard and said that the deletions are real: they pass until all are settled. */
  readonly deletionsAccepted: boolean;
  /** An operator has looked at records that appeared, and chosen what becomes of them; undefined: nobody has. */
  readonly appearances: "silently" | "tell" | undefined;
  /** When the first sync began, by the upstream's clock (unix seconds); 0: not known yet. What was made before is no news. */
  readonly firstSyncAt: number;
  /** It was never read whole: what is older than `firstSyncAt` is met when it changes. */
  readonly fromNowOn: boolean;
  /** When the walk that is under way began, or the last one, by the upstream's clock (unix seconds). */
  readonly walkFrom: number;
  /** What the last scan showed and the next must show: see pollers/window-witness.ts. */
  readonly expected: string;
  /** Records that are looked at again: see pollers/rechecks.ts. */
  readonly rechecks: string;
  /** Of rows without an id, what readings showed otherwise than it is known: see pollers/scan/steadiness.ts. */
  readonly sightings: string;
  /** Of a resource that is read whole, records that no list shows and that answer by id: see pollers/unlisted.ts. */
  readonly unlisted: string;
  /** Of available times, when and how each was last read: see pollers/availability/triple-states.ts. */
  readonly triples: string;
  /** Older records that appeared in the day which began with the first of them (upstream's clock, unix seconds). */
  readonly appearedSince: number;
  readonly appearedCount: number;
  /** Deletions that were believed in the day which began with the first of them (upstream's clock, unix seconds). */
  readonly goneSince: number;
  readonly goneCount: number;
  /** When `total_entries` last turned out not to count what was asked; 0: it did not. It is not used for a day. */
  readonly countsUnreliableAt: number;
}

/** Parts of it that name records: `id…` or `mark id …`, comma-separated. */
const LISTS = ["expected", "rechecks", "sightings", "unlisted"] as const;

/** What changes so that none of its lists names a record. */
export function withoutRecord(state: ReadingState, id: string): Partial<ReadingState> {
  return Object.fromEntries(
    LISTS.flatMap((name) => {
      const left = state[name]
        .split(",")
        .filter((entry) => !entry.split(/[ :]/, 2).includes(id))
        .join(",");
      return left === state[name] ? [] : [[name, left]];
    }),
  );
}

/** All of it can be lost without losing a change: it is read again, or decided again. */
export interface ReadingStore extends FailingSteps {
  read(account: string, resource: string): Promise<ReadingState>;
  update(account: string, resource: string, changes: Partial<ReadingState>): Promise<void>;
  /** Ids that a sweep missed, with when the upstream first answered 404 for them (unix seconds, its clock; 0: not yet). */
  suspects(account: string, resource: string): Promise<ReadonlyMap<string, number>>;
  /** Suspecting an id again changes nothing. */
  suspect(account: string, resource: string, ids: readonly string[]): Promise<void>;
  markMissing(account: string, resource: string, id: string, at: number): Promise<void>;
  clearSuspects(account: string, resource: string, ids: readonly string[]): Promise<void>;
  /** Patients whose records of this resource are to be read again. */
  rereads(account: string, resource: string): Promise<readonly string[]>;
  clearRereads(account: string, resource: string, ids: readonly string[]): Promise<void>;
}

/** And (name value) as many times as `set` says, then names that go. */
const UPDATE = defineScript(
  { keys: ["reading"], args: ["set"] },
  `
local names = MORE + 1 + 2 * set
for at = MORE + 1, names - 1, 2 do redis.call('HSET', reading, ARGV[at], ARGV[at + 1]) end
for at = names, #ARGV do redis.call('HDEL', reading, ARGV[at]) end
return 1`,
);

const SUSPECT = defineScript(
  { keys: ["suspects"] },
  `
for at = MORE + 1, #ARGV do redis.call('HSETNX', suspects, ARGV[at], 0) end
return 1`,
);

export function createReadingStore(redis: Redis, keys: Keys): ReadingStore {
  return {
    ...createFailingSteps(redis, keys),

    async read(account, resource) {
      return parseReadingState(await redis.hgetall(keys.reading(account, resource)));
    },

    async update(account, resource, changes) {
      const key = keys.reading(account, resource);
      const set = Object.entries(changes).filter(([, value]) => value !== undefined);
      const unset = Object.entries(changes).filter(([, value]) => value === undefined);
      const more = [...set.flatMap(([name, value]) => [name, String(value)]), ...unset.map(([name]) => name)];
      await UPDATE.run(redis, { keys: { reading: key }, args: { set: set.length }, more });
    },

    async suspects(account, resource) {
      return parseSuspects(await redis.hgetall(keys.suspects(account, resource)));
    },

    async suspect(account, resource, ids) {
      const key = keys.suspects(account, resource);
      await SUSPECT.run(redis, { keys: { suspects: key }, args: {}, more: ids });
    },

    async markMissing(account, resource, id, at) {
      await redis.hset(keys.suspects(account, resource), id, at);
    },

    async clearSuspects(account, resource, ids) {
      if (ids.length > 0) await redis.hdel(keys.suspects(account, resource), ...ids);
    },

    async rereads(account, resource) {
      return rereadsOf(resource, await redis.smembers(keys.rereads(account)));
    },

    async clearRereads(account, resource, ids) {
      if (ids.length > 0) await redis.srem(keys.rereads(account), ...ids.map((id) => `${resource}/${id}`));
    },
  };
}

/** What stands in `keys.reading`. */
export function parseReadingState(fields: Readonly<Record<string, string>>): ReadingState {
  return {
    plan: fields["plan"],
    planFoundAt: Number(fields["planFoundAt"] ?? 0),
    isBare: fields["isBare"] === "true",
    refusedPlans: fields["refusedPlans"] ?? "",
    noPlanAt: Number(fields["noPlanAt"] ?? 0),
    noPlanDetail: fields["noPlanDetail"] ?? "",
    lookup: fields["lookup"],
    lookupFoundAt: Number(fields["lookupFoundAt"] ?? 0),
    nearReadAt: Number(fields["nearReadAt"] ?? 0),
    nearAfter: fields["nearAfter"],
    countedAt: Number(fields["countedAt"] ?? 0),
    presentAt: Number(fields["presentAt"] ?? 0),
    walkedAt: Number(fields["walkedAt"] ?? 0),
    walkAfter: fields["walkAfter"],
    reconcileFrom: fields["reconcileFrom"],
    unknownTold: fields["unknownTold"] ?? "",
    deletionsAccepted: fields["deletionsAccepted"] === "true",
    appearances: parseAppearances(fields["appearances"]),
    firstSyncAt: Number(fields["firstSyncAt"] ?? 0),
    fromNowOn: fields["fromNowOn"] === "true",
    walkFrom: Number(fields["walkFrom"] ?? 0),
    expected: fields["expected"] ?? "",
    rechecks: fields["rechecks"] ?? "",
    sightings: fields["sightings"] ?? "",
    unlisted: fields["unlisted"] ?? "",
    triples: fields["triples"] ?? "",
    appearedSince: Number(fields["appearedSince"] ?? 0),
    appearedCount: Number(fields["appearedCount"] ?? 0),
    goneSince: Number(fields["goneSince"] ?? 0),
    goneCount: Number(fields["goneCount"] ?? 0),
    countsUnreliableAt: Number(fields["countsUnreliableAt"] ?? 0),
  };
}

/** What stands in `keys.suspects`. */
export function parseSuspects(fields: Readonly<Record<string, string>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(fields).map(([id, at]) => [id, Number(at)]));
}

/** What of `keys.rereads` concerns a resource. */
export function rereadsOf(resource: string, members: readonly string[]): readonly string[] {
  const prefix = `${resource}/`;
  return members.filter((member) => member.startsWith(prefix)).map((member) => member.slice(prefix.length));
}

function parseAppearances(text: string | undefined): ReadingState["appearances"] {
  return text === "silently" || text === "tell" ? text : undefined;
}
