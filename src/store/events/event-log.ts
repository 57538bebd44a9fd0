import type { Redis } from "../redis/client.ts";

import { type WebhookEvent, eventSchema } from "../../diff/event.ts";
import { patientsOf } from "../../diff/patient-links.ts";
import type { Related } from "../../diff/related.ts";
import { ErasedRecordError, UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type Lease, leaseValue } from "../detection/lease.ts";
import { LOG_INDEX, TRIM_ENTRIES } from "./log-index-scripts.ts";
import { type OpenEvent, createOpenedEvents } from "./opened-events.ts";
import { createRecentBodies } from "./recent-bodies.ts";
import { RELATED } from "./related-scripts.ts";
import { ALL_ALONG, type AlongRules, readRelated, relationsOf } from "./related-store.ts";
import { openJson, sealJson } from "../sealing/sealed-json.ts";
import { defineScript } from "../redis/script.ts";

/** An entry of an account's event log, without its body. */
export interface LogEntry {
  /** Place in the account's log, ascending: a Redis stream id, whose first part is when it was committed (unix ms). */
  readonly position: string;
  readonly eventId: string;
  /** The event subject's type: `appointment`. */
  readonly subject: string;
  /** The subject's id. */
  readonly record: string;
  readonly transitions: readonly string[];
}

/** The committed events of an account, in order. */
export interface EventLog {
  /** Entries after `position` (undefined: from the first), oldest first. */
  read(account: string, position: string | undefined, count: number): Promise<LogEntry[]>;
  /** Undefined: no such event, or its body was erased. @throws UnreadableRecordError */
  readEvent(account: string, eventId: string): Promise<WebhookEvent | undefined>;
  /** Events by id; those that are not kept any more are absent. One that cannot be opened is told as such. */
  readEvents(
    account: string,
    eventIds: readonly string[],
  ): Promise<ReadonlyMap<string, WebhookEvent | UnreadableRecordError>>;
  /** The same, to be opened one by one when it is their turn: what has been erased until then is undefined. */
  readLater(account: string, eventIds: readonly string[]): Promise<ReadonlyMap<string, LaterEvent>>;
  /**
   * What these events' records led to when they were committed, for those that led anywhere. `wants`: which links are asked for,
   * by their fields. Forgotten patients are not in it, whenever they were forgotten.
   */
  readRelated(
    account: string,
    eventIds: readonly string[],
    wants: (name: string) => boolean,
  ): Promise<ReadonlyMap<string, Related>>;
  /** Adds an event that no scan made. False: it is there already. */
  append(event: WebhookEvent): Promise<boolean>;
  /**
   * Keeps events beside the log, for one endpoint alone: they have no place in the account's order. With the lease under
   * which they were made: "fenced" when it was lost, and nothing was written.
   */
  keepAside(account: string, events: readonly WebhookEvent[], lease?: Lease): Promise<"kept" | "fenced">;
  /**
   * Removes events committed before `cutoff` (unix ms), but for those that `needed` names.
   * Resolves to how many were removed.
   */
  trim(
    account: string,
    cutoff: number,
    needed: (entries: readonly TrimCandidate[]) => Promise<ReadonlySet<string>>,
  ): Promise<number>;
}

/** Opens what was read of the log. Undefined: it has been erased. */
export type LaterEvent = () => WebhookEvent | UnreadableRecordError | undefined;

/** `position` is undefined for an event beside the log. */
export type TrimCandidate = Pick<LogEntry, "eventId"> & { readonly position: string | undefined };

const APPEND = defineScript(
  {
    keys: ["log", "bodies", "places", "trails"],
    args: ["event", "subject", "record", "transitions", "body"],
  },
  `${LOG_INDEX}
if redis.call('HSETNX', bodies, event, body) == 0 then return 0 end
local place = redis.call('XADD', log, '*', 'event', event, 'subject', subject, 'record', record, 'transitions', transitions)
add(places, trails, place, event, subject, record)
return 1`,
);

/** And (id body)…, and what these lead to; fenced by the lease where its value is given. */
const KEEP_ASIDE = defineScript(
  {
    keys: ["aside", "bodies", "related", "versions", "uses", "lease"],
    args: ["lease_value", "now", "events"],
  },
  `${RELATED}
if lease_value ~= '' and redis.call('GET', lease) ~= lease_value then return 0 end
local at = MORE + 1
for _ = 1, events do
  redis.call('ZADD', aside, now, ARGV[at])
  redis.call('HSET', bodies, ARGV[at], ARGV[at + 1])
  at = at + 2
end
relate(related, versions, uses, at)
return 1`,
);

/** Of these ids of events beside the log. */
const TRIM_ASIDE = defineScript(
  { keys: ["aside", "bodies", "related", "versions", "uses"] },
  `${RELATED}
for at = 1, #ARGV do
  redis.call('HDEL', bodies, ARGV[at])
  redis.call('ZREM', aside, ARGV[at])
  release(related, versions, uses, ARGV[at])
end
return 1`,
);

const TRIM_BATCH = 500;

export function createEventLog(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  now: () => number = Date.now,
  alongOf: (account: string) => AlongRules = () => ALL_ALONG,
): EventLog {
  const deps = [redis, keys, keyring] as const;
  const open: OpenEvent = (account, eventId, sealed) => openEvent(keyring, account, eventId, sealed);
  const openOnce = createOpenedEvents(keyring, open);
  const readBodies = async (account: string, eventIds: readonly string[]): Promise<(Buffer | null)[]> =>
    eventIds.length === 0 ? [] : await redis.hmgetBuffer(keys.bodies(account), ...eventIds);
  const readOnce = createRecentBodies(readBodies);
  return {
    async read(account, position, count) {
      const from = position === undefined ? "-" : `(${position}`;
      return (await redis.xrange(keys.log(account), from, "+", "COUNT", count)).map(parseEntry);
    },

    async readEvent(account, eventId) {
      const sealed = await redis.hgetBuffer(keys.bodies(account), eventId);
      return sealed && !keyring.isErased(sealed) ? open(account, eventId, sealed) : undefined;
    },

    async readEvents(account, eventIds) {
      const bodies = await readBodies(account, eventIds);
      return new Map(
        eventIds.flatMap((eventId, index) => {
          const sealed = bodies[index];
          const event = sealed && openIfKept(open, account, eventId, sealed);
          return event ? [[eventId, event] as const] : [];
        }),
      );
    },

    async readLater(account, eventIds) {
      const bodies = await readOnce(account, eventIds);
      return new Map(
        eventIds.flatMap((eventId, index) => {
          const sealed = bodies[index];
          return sealed ? [[eventId, () => openIfKept(openOnce, account, eventId, sealed)] as const] : [];
        }),
      );
    },

    readRelated: async (account, eventIds, wants) => await readRelated(deps, account, eventIds, wants),

    async append(event) {
      const { account, id, subject, data } = event;
      const sealed = sealEvent(keyring, event);
      const transitions = data.transitions.join(",");
      const entry = { event: id, subject: subject.type, record: subject.id, transitions, body: sealed };
      return Number(await APPEND.run(redis, { keys: logKeys(keys, account), args: entry })) === 1;
    },

    async keepAside(account, events, lease) {
      if (events.length === 0) return "kept";
      const relations = await relationsOf(deps, account, events, alongOf(account));
      const kept = await KEEP_ASIDE.run(redis, {
        keys: {
          ...relatedKeys(keys, account),
          aside: keys.aside(account),
          bodies: keys.bodies(account),
          lease: keys.lease(account, lease?.resource ?? ""),
        },
        moreKeys: relations.moreKeys,
        args: {
          lease_value: lease ? leaseValue(lease, lease.chain.commits) : "",
          now: now(),
          events: events.length,
        },
        more: [...events.flatMap((event) => [event.id, sealEvent(keyring, event)]), ...relations.more],
      });
      return Number(kept) === 1 ? "kept" : "fenced";
    },

    async trim(account, cutoff, needed) {
      const logged = await trimLog(redis, keys, account, cutoff, needed);
      return logged + (await trimAside(redis, keys, account, cutoff, needed));
    },
  };
}

/** The log with its bodies and its index, as scripts that write it name them. */
export function logKeys(
  keys: Pick<Keys, "bodies" | "log" | "logPlaces" | "logTrails" | "related" | "versions" | "versionUses">,
  account: string,
): Readonly<Record<"log" | "bodies" | "places" | "trails" | "related" | "versions" | "uses", string>> {
  return {
    ...relatedKeys(keys, account),
    log: keys.log(account),
    bodies: keys.bodies(account),
    places: keys.logPlaces(account),
    trails: keys.logTrails(account),
  };
}

/** What events lead to, as scripts that write it name it. */
function relatedKeys(
  keys: Pick<Keys, "related" | "versions" | "versionUses">,
  account: string,
): Readonly<Record<"related" | "versions" | "uses", string>> {
  return {
    related: keys.related(account),
    versions: keys.versions(account),
    uses: keys.versionUses(account),
  };
}

export function parseEntry([position, fields]: [string, string[]]): LogEntry {
  const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? "";
  return {
    position,
    eventId: field("event"),
    subject: field("subject"),
    record: field("record"),
    transitions: field("transitions").split(","),
  };
}

type Trim = (
  redis: Redis,
  keys: Keys,
  account: string,
  cutoff: number,
  needed: Parameters<EventLog["trim"]>[2],
) => Promise<number>;

/** The entry, its body and its index go in one step. */
const trimLog: Trim = async (redis, keys, account, cutoff, needed) => {
  let removed = 0;
  for (let from = "-"; ;) {
    const rows = await redis.xrange(keys.log(account), from, `(${cutoff}-0`, "COUNT", TRIM_BATCH);
    const last = rows.at(-1);
    if (!last) return removed;
    const entries = rows.map(parseEntry);
    const kept = await needed(entries);
    const old = entries.filter(({ eventId }) => !kept.has(eventId));
    if (old.length > 0) {
      const items = old.flatMap((entry) => [entry.position, entry.eventId, entry.subject, entry.record]);
      await TRIM_ENTRIES.run(redis, { keys: logKeys(keys, account), args: {}, more: items });
    }
    removed += old.length;
    from = `(${last[0]}`;
  }
};

const trimAside: Trim = async (redis, keys, account, cutoff, needed) => {
  let removed = 0;
  for (let skipped = 0; ;) {
    const ids = await redis.zrangebyscore(
      keys.aside(account),
      "-inf",
      `(${cutoff}`,
      "LIMIT",
      skipped,
      TRIM_BATCH,
    );
    if (ids.length === 0) return removed;
    const kept = await needed(ids.map((eventId) => ({ eventId, position: undefined })));
    const old = ids.filter((eventId) => !kept.has(eventId));
    if (old.length > 0) {
      const scope = { ...logKeys(keys, account), aside: keys.aside(account) };
      await TRIM_ASIDE.run(redis, { keys: scope, args: {}, more: old });
    }
    removed += old.length;
    skipped += ids.length - old.length;
  }
};

/** An event's body as it rests: JSON, deflated, sealed to its account and id, and to whom it tells of. */
export function sealEvent(keyring: Keyring, event: WebhookEvent): Buffer {
  const { account, id } = event;
  return sealJson(keyring, event, eventContext(account, id), keyring.leavesOf(account, patientsOf(event)));
}

/** One that was sealed to nobody, sealed to whom it tells of; undefined: it tells of nobody. @throws UnreadableRecordError */
export function resealEvent(
  keyring: Keyring,
  account: string,
  eventId: string,
  sealed: Buffer,
): Buffer | undefined {
  const event = openEvent(keyring, account, eventId, sealed);
  const isAbout = keyring.leavesOf(account, patientsOf(event)).length > 0;
  return isAbout ? sealEvent(keyring, event) : undefined;
}

/** Undefined: it has been erased. */
function openIfKept(
  open: OpenEvent,
  ...place: [account: string, eventId: string, sealed: Buffer]
): ReturnType<LaterEvent> {
  try {
    return open(...place);
  } catch (error) {
    if (error instanceof ErasedRecordError) return undefined;
    if (error instanceof UnreadableRecordError) return error;
    throw error;
  }
}

function openEvent(keyring: Keyring, account: string, eventId: string, sealed: Buffer): WebhookEvent {
  const context = eventContext(account, eventId);
  return openJson(keyring, sealed, context, eventSchema, `${context} is not an event`);
}

export function eventContext(account: string, eventId: string): string {
  return `${account}/events/${eventId}`;
}
