import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import type { WebhookEvent } from "../../diff/event.ts";
import { logKeys, sealEvent } from "../events/event-log.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { LOG_INDEX } from "../events/log-index-scripts.ts";
import { defineScript } from "../redis/script.ts";

const keyStateSchema = z.object({
  /** suspected: refused, and looked at again before anything is told. */
  state: z.enum(["ok", "suspected", "key_revoked"]),
  /** Unix ms. */
  since: z.number(),
  /** When it was last looked at, unix ms. */
  checkedAt: z.number(),
  detail: z.string(),
  /** Which key it was said of, and where it was used: another starts afresh. See `hashOfConnection`. */
  keyHash: z.string(),
  /** How often in a row it was refused, each time on a look of its own. */
  refusals: z.number().default(3),
  /** When the last of them was, unix ms. */
  countedAt: z.number().default(0),
  /** When it was last refused, unix ms. */
  refusedAt: z.number().default(0),
  /** An operator wants it looked at, at once. */
  asked: z.boolean().default(false),
  /** Somebody is looking at it. */
  looking: z.boolean().default(false),
});

/** Of what could never be read since it was configured: a right that was never there was not lost. */
const NEVER_READ = ["not_permitted", "not_offered"] as const;
export type NeverRead = (typeof NEVER_READ)[number];

const problemSchema = z.object({
  kind: z.enum(["degraded", "permission_reduced", "schema_changed", ...NEVER_READ]),
  /** When reading first went wrong, unix ms. */
  since: z.number(),
  detail: z.string(),
  /** Whether subscribers have been told, or nothing is to be told. A short fault is not worth it. */
  told: z.boolean(),
  /** A guard: nothing of this account is read until an operator releases it. So is what an older version wrote without this. */
  quarantined: z.boolean().default(true),
  /** Quarantined because of whose data answers: found out anew where the key or the base URL is another one. */
  cause: z.literal("another_clinic").optional(),
});

const sightSchema = z.object({
  sight: z.enum(["part", "blind"]),
  /** Since when, unix ms. */
  since: z.number(),
  /** Whether subscribers were told of it. */
  told: z.boolean(),
  detail: z.string(),
});

const ownerSchema = z.object({
  /** What it was connected with when it was last found to be the same clinic. See `hashOfConnection`. */
  keyHash: z.string(),
  userId: z.string().optional(),
  /** What the key's user was when it was last looked, like `administrator`. */
  role: z.string().optional(),
  /** The role under which what is known was seen, where the present one sees less, and since when, unix ms. */
  sawAs: z.string().optional(),
  sawUntil: z.number().optional(),
  /** Keyed hash of the account's id or subdomain. */
  place: z.string().optional(),
  /** Set where another clinic answers: under this connection. */
  foreignHash: z.string().optional(),
  /** An operator says that whoever answers next is the clinic. */
  adopted: z.boolean().default(false),
  /** An operator wants it found out anew. */
  asked: z.boolean().default(false),
});

/** Whether an account's key is accepted. */
export type KeyState = z.infer<typeof keyStateSchema>;

/** Whose account it is, as far as Cliniko tells. */
export type Owner = Readonly<z.infer<typeof ownerSchema>>;

/** That a resource is read with less in sight than there is. See pollers/connection/sight.ts. */
export type Sight = Readonly<z.infer<typeof sightSchema>>;

/** What is wrong with reading one resource. */
export type Problem = z.infer<typeof problemSchema>;

/** One of a kind that is emitted once it is told. */
export type Fault = Problem & { readonly kind: Exclude<Problem["kind"], NeverRead> };

/** Whether a problem, or a state that comes of one, is no fault: it was never there to be read, and is asked for now and then. */
export function isNeverRead(kind: string | undefined): kind is NeverRead {
  return NEVER_READ.some((known) => known === kind);
}

/** Clocks that are further apart than this, ms, are not the same; less may be the time that a request takes. */
export const SKEWED_MS = 30_000;

/** The state of an account's connection, shared by all workers: one of them meeting a 401 stops them all. */
export interface Connection {
  readonly key: KeyState | undefined;
  /** Undefined: not found out yet. */
  readonly owner?: Owner | undefined;
  readonly problems: ReadonlyMap<string, Problem>;
  /** Resources of which less is seen than there is; none when left out. */
  readonly sights?: ReadonlyMap<string, Sight>;
  /** Resources whose first sync has been told of. */
  readonly baselines: ReadonlySet<string>;
  /** How far the clinic's clock is ahead of ours (behind it: negative), ms; undefined: they agree. */
  readonly clockAheadMs?: number | undefined;
  /** The last incident of Redis (its id) that this account's subscribers were told of; undefined: none. */
  readonly incident?: string | undefined;
  /** Number of `connection.*` events so far. */
  readonly sequence: number;
  /** Counts the changes: one is refused when another came in between. */
  readonly version: number;
}

/** One change of it. `null` removes. */
export type ConnectionChange =
  | { readonly key: KeyState }
  | { readonly owner: { readonly [Name in keyof Owner]: Owner[Name] | undefined } }
  | { readonly resource: string; readonly problem: Problem | null }
  | { readonly resource: string; readonly sight: Sight | null }
  | { readonly resource: string; readonly baseline: true }
  | { readonly clockAheadMs: number | null }
  | { readonly incident: string };

export interface ConnectionStore {
  read(account: string): Promise<Connection>;
  /**
   * Makes the change, and the event that tells of it (sequence: one more than was read), in one step. False: the
   * connection has changed since it was read, and nothing was written.
   */
  change(
    account: string,
    read: Connection,
    change: ConnectionChange,
    event: WebhookEvent | undefined,
  ): Promise<boolean>;
}

/** More: (event subject record transitions body), if one tells of it. */
const CHANGE = defineScript(
  { keys: ["connection", "log", "bodies", "places", "trails"], args: ["version", "field", "value"] },
  `${LOG_INDEX}
if (redis.call('HGET', connection, 'version') or '0') ~= version then return 0 end
redis.call('HINCRBY', connection, 'version', 1)
if value == '' then redis.call('HDEL', connection, field) else redis.call('HSET', connection, field, value) end
if ARGV[MORE + 1] then
  redis.call('HINCRBY', connection, 'sequence', 1)
  redis.call('HSET', bodies, ARGV[MORE + 1], ARGV[MORE + 5])
  local place = redis.call('XADD', log, '*', 'event', ARGV[MORE + 1], 'subject', ARGV[MORE + 2], 'record', ARGV[MORE + 3], 'transitions', ARGV[MORE + 4])
  add(places, trails, place, ARGV[MORE + 1], ARGV[MORE + 2], ARGV[MORE + 3])
end
return 1`,
);

export function createConnectionStore(redis: Redis, keys: Keys, keyring: Keyring): ConnectionStore {
  return {
    async read(account) {
      return parseConnection(await redis.hgetall(keys.connection(account)));
    },

    async change(account, read, change, event) {
      const [field, value] = toField(change);
      const told = event
        ? [
            event.id,
            event.subject.type,
            event.subject.id,
            event.data.transitions.join(","),
            sealEvent(keyring, event),
          ]
        : [];
      const changed = await CHANGE.run(redis, {
        keys: { connection: keys.connection(account), ...logKeys(keys, account) },
        args: { version: read.version, field, value },
        more: told,
      });
      return Number(changed) === 1;
    },
  };
}

function toField(change: ConnectionChange): [field: string, value: string] {
  if ("key" in change) return ["key", JSON.stringify(change.key)];
  if ("clockAheadMs" in change) return ["clock_ahead_ms", String(change.clockAheadMs ?? "")];
  if ("incident" in change) return ["incident", change.incident];
  if ("owner" in change) return ["owner", JSON.stringify(change.owner)];
  if ("sight" in change)
    return [`sight:${change.resource}`, change.sight ? JSON.stringify(change.sight) : ""];
  if ("baseline" in change) return [`baseline:${change.resource}`, "1"];
  return [`problem:${change.resource}`, change.problem ? JSON.stringify(change.problem) : ""];
}

/** What stands in `keys.connection`. What cannot be read is taken as not there: it is found out again. */
export function parseConnection(fields: Readonly<Record<string, string>>): Connection {
  const problems = new Map<string, Problem>();
  const baselines = new Set<string>();
  const sights = new Map<string, Sight>();
  for (const [field, value] of Object.entries(fields)) {
    const [kind, resource = ""] = field.split(":");
    if (kind === "baseline") baselines.add(resource);
    const problem = kind === "problem" ? problemSchema.safeParse(JSON.parse(value)) : undefined;
    if (problem?.success) problems.set(resource, problem.data);
    const sight = kind === "sight" ? sightSchema.safeParse(JSON.parse(value)) : undefined;
    if (sight?.success) sights.set(resource, sight.data);
  }
  const key =
    fields["key"] === undefined ? undefined : keyStateSchema.safeParse(JSON.parse(fields["key"])).data;
  const owner =
    fields["owner"] === undefined ? undefined : ownerSchema.safeParse(JSON.parse(fields["owner"])).data;
  const ahead = fields["clock_ahead_ms"];
  return {
    key,
    owner,
    problems,
    sights,
    baselines,
    clockAheadMs: ahead === undefined ? undefined : Number(ahead),
    incident: fields["incident"],
    sequence: Number(fields["sequence"] ?? 0),
    version: Number(fields["version"] ?? 0),
  };
}
