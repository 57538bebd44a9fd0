import type { Redis } from "ioredis";

import { type WebhookEvent, eventSchema } from "../../diff/event.ts";
import { patientsOf } from "../../diff/patient-links.ts";
import { ErasedRecordError, UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type Lease, leaseValue } from "../detection/lease.ts";
import { LOG_INDEX, TRIM_ENTRIES } from "./log-index-scripts.ts";
import { openJson, sealJson } from "../sealing/sealed-json.ts";

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

/** `position` is undefined for an event beside the log. */
export type TrimCandidate = Pick<LogEntry, "eventId"> & { readonly position: string | undefined };

/** KEYS log bodies places trails · ARGV event subject record transitions body */
const APPEND = `${LOG_INDEX}
if redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[5]) == 0 then return 0 end
local place = redis.call('XADD', KEYS[1], '*', 'event', ARGV[1], 'subject', ARGV[2], 'record', ARGV[3], 'transitions', ARGV[4])
add(KEYS[3], KEYS[4], place, ARGV[1], ARGV[2], ARGV[3])
return 1`;

/** KEYS aside bodies (lease) · ARGV lease-value now (id body)… */
const KEEP_ASIDE = `
if KEYS[3] and redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
for at = 3, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[at])
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
end
return 1`;

const TRIM_BATCH = 500;

export function createEventLog(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  now: () => number = Date.now,
): EventLog {
  const open = (account: string, eventId: string, sealed: Buffer): WebhookEvent =>
    openEvent(keyring, account, eventId, sealed);
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
      const found = new Map<string, WebhookEvent | UnreadableRecordError>();
      if (eventIds.length === 0) return found;
      const bodies = await redis.hmgetBuffer(keys.bodies(account), ...eventIds);
      for (const [index, eventId] of eventIds.entries()) {
        const sealed = bodies[index];
        if (!sealed) continue;
        try {
          found.set(eventId, open(account, eventId, sealed));
        } catch (error) {
          if (error instanceof ErasedRecordError) continue;
          if (!(error instanceof UnreadableRecordError)) throw error;
          found.set(eventId, error);
        }
      }
      return found;
    },

    async append(event) {
      const { account, id, subject, data } = event;
      const sealed = sealEvent(keyring, event);
      const transitions = data.transitions.join(",");
      const entry = [id, subject.type, subject.id, transitions, sealed];
      const scope = logKeys(keys, account);
      return Number(await redis.eval(APPEND, scope.length, ...scope, ...entry)) === 1;
    },

    async keepAside(account, events, lease) {
      if (events.length === 0) return "kept";
      const scope = [keys.aside(account), keys.bodies(account)];
      const held = lease ? [keys.lease(account, lease.resource)] : [];
      const value = lease ? leaseValue(lease, lease.chain.commits) : "";
      const fields = events.flatMap((event) => [event.id, sealEvent(keyring, event)]);
      const all = [...scope, ...held];
      const kept = await redis.eval(KEEP_ASIDE, all.length, ...all, value, now(), ...fields);
      return Number(kept) === 1 ? "kept" : "fenced";
    },

    async trim(account, cutoff, needed) {
      const logged = await trimLog(redis, keys, account, cutoff, needed);
      return logged + (await trimAside(redis, keys, account, cutoff, needed));
    },
  };
}

/** The log with its bodies and its index: scripts that write it want them in this order. */
export function logKeys(keys: Keys, account: string): readonly string[] {
  return [keys.log(account), keys.bodies(account), keys.logPlaces(account), keys.logTrails(account)];
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
      const scope = logKeys(keys, account);
      const items = old.flatMap((entry) => [entry.position, entry.eventId, entry.subject, entry.record]);
      await redis.eval(TRIM_ENTRIES, scope.length, ...scope, ...items);
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
      await redis.hdel(keys.bodies(account), ...old);
      await redis.zrem(keys.aside(account), ...old);
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

function openEvent(keyring: Keyring, account: string, eventId: string, sealed: Buffer): WebhookEvent {
  const context = eventContext(account, eventId);
  return openJson(keyring, sealed, context, eventSchema, `${context} is not an event`);
}

export function eventContext(account: string, eventId: string): string {
  return `${account}/events/${eventId}`;
}
