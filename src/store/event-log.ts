import type { Redis } from "ioredis";

import { type WebhookEvent, eventSchema } from "../diff/event.ts";
import { UnreadableRecordError } from "../errors.ts";
import type { Keyring } from "./keyring.ts";
import type { Keys } from "./keys.ts";
import { pack, unpack } from "./packing.ts";

/** An entry of an account's event log, without its body. */
export interface LogEntry {
  /** Place in the account's log, ascending: a Redis stream id. */
  readonly position: string;
  readonly eventId: string;
  /** The event subject's type: `appointment`. */
  readonly subject: string;
  readonly transitions: readonly string[];
}

/** The committed events of an account, in order (written by the commit alone), and how far they were handed on. */
export interface EventLog {
  /** Entries after `position` (undefined: from the first), oldest first. */
  read(account: string, position: string | undefined, count: number): Promise<LogEntry[]>;
  /** Undefined: no such event, or its body was erased. @throws UnreadableRecordError */
  readEvent(account: string, eventId: string): Promise<WebhookEvent | undefined>;
  /** Keeps events beside the log, for one endpoint alone: they have no place in the account's order. */
  keepAside(account: string, events: readonly WebhookEvent[]): Promise<void>;
  /** Up to where the log has been handed to delivery. */
  readRouted(account: string): Promise<string | undefined>;
  /** Moves forward only, so that two routers at once do no harm. */
  advanceRouted(account: string, position: string): Promise<void>;
}

/** Stream ids compare by their two numbers. */
const ADVANCE = `
local function parts(id) local ms, n = string.match(id, '(%d+)-(%d+)'); return tonumber(ms), tonumber(n) end
local current = redis.call('GET', KEYS[1])
if current then
  local ms, n = parts(current)
  local nextMs, nextN = parts(ARGV[1])
  if nextMs < ms or (nextMs == ms and nextN <= n) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1])
return 1`;

export function createEventLog(redis: Redis, keys: Keys, keyring: Keyring): EventLog {
  return {
    async read(account, position, count) {
      const from = position === undefined ? "-" : `(${position}`;
      const entries = await redis.xrange(keys.log(account), from, "+", "COUNT", count);
      return entries.map(([at, fields]) => {
        const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? "";
        return {
          position: at,
          eventId: field("event"),
          subject: field("subject"),
          transitions: field("transitions").split(","),
        };
      });
    },

    async readEvent(account, eventId) {
      const sealed = await redis.hgetBuffer(keys.bodies(account), eventId);
      return sealed ? openEvent(keyring, account, eventId, sealed) : undefined;
    },

    async keepAside(account, events) {
      if (events.length === 0) return;
      const fields = events.flatMap((event) => [event.id, sealEvent(keyring, event)]);
      await redis.hset(keys.bodies(account), ...fields);
    },

    async readRouted(account) {
      return (await redis.get(keys.routed(account))) ?? undefined;
    },

    async advanceRouted(account, position) {
      await redis.eval(ADVANCE, 1, keys.routed(account), position);
    },
  };
}

/** An event's body as it rests: JSON, deflated, sealed to its account and id. */
export function sealEvent(keyring: Keyring, event: WebhookEvent): Buffer {
  return keyring.seal(pack(JSON.stringify(event)), eventContext(event.account, event.id));
}

function openEvent(keyring: Keyring, account: string, eventId: string, sealed: Buffer): WebhookEvent {
  const context = eventContext(account, eventId);
  const opened = keyring.open(sealed, context);
  try {
    return eventSchema.parse(JSON.parse(unpack(opened)));
  } catch (error) {
    throw new UnreadableRecordError(`${context} is not an event`, { cause: error });
  }
}

function eventContext(account: string, eventId: string): string {
  return `${account}/events/${eventId}`;
}
