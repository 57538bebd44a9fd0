import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import type { EndpointSettings } from "../../config/endpoint-settings.ts";
import { UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type Alive, type RosterOptions, createRosters } from "../access/rosters.ts";
import { readRedisTime } from "../redis/redis-facts.ts";
import { openJson, sealJson } from "../sealing/sealed-json.ts";

/** One secret that signs. Of several live ones every one signs: that is how a rotation overlaps. */
export interface SigningKey {
  /** v1: HMAC-SHA256, `secret` is `whsec_…` · v1a: ed25519, `secret` is `whsk_…`. */
  readonly kind: "v1" | "v1a";
  readonly secret: string;
  /** Unix ms. */
  readonly createdAt: number;
  /** Undefined: it signs until it is rotated. */
  readonly expiresAt?: number | undefined;
}

/** Who holds an endpoint back. */
export interface PausedBy {
  /** operator: also the configuration file, where the endpoint was left out of it. */
  readonly role: "operator" | "subscriber";
  /** As in the audit log; `file` is the configuration file. */
  readonly id: string;
  readonly name: string;
}

export interface Endpoint {
  readonly id: string;
  /** `file`: the configuration file decides what it is, and it can be paused and enabled but not changed here. */
  readonly source: "file" | "api";
  /** The subscriber (see token-store.ts) that it belongs to; undefined: the operator. */
  readonly owner?: string | undefined;
  readonly settings: EndpointSettings;
  readonly signingKeys: readonly SigningKey[];
  /** Held back by a person, since (unix ms). Deliveries wait. */
  readonly pausedAt?: number | undefined;
  /** Undefined though it is paused: by a release that did not keep it. That counts as the operator's. */
  readonly pausedBy?: PausedBy | undefined;
  /** Counts up with every change. */
  readonly revision: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What may be changed of an endpoint. */
export type EndpointChange = Partial<Pick<Endpoint, "settings" | "signingKeys" | "pausedAt" | "pausedBy">>;

/** The endpoints, sealed at rest. Shared by all processes: `list` costs one small read while nothing has changed. */
export interface EndpointStore {
  /** Those that can be opened, by id. What one that cannot is to get waits for it in the log and in its outbox. */
  list(): Promise<readonly Endpoint[]>;
  /** Of all that live, whether they can be opened or not, by id. */
  ids(): Promise<readonly string[]>;
  /** Those that live and cannot be opened, by id: a key is missing, or something has written over them. */
  unreadable(): Promise<readonly string[]>;
  /** @throws UnreadableRecordError */
  read(id: string): Promise<Endpoint | undefined>;
  /** "exists": the id is taken; nothing was written. */
  create(
    endpoint: Pick<
      Endpoint,
      "id" | "source" | "owner" | "settings" | "signingKeys" | "pausedAt" | "pausedBy"
    >,
  ): Promise<Endpoint | "exists">;
  /**
   * Applies `change` to the newest version, again when somebody else was faster; what it returns is written as a whole,
   * undefined leaves it as it is. With `revision`, only that version is changed.
   */
  update(
    id: string,
    change: (endpoint: Endpoint) => EndpointChange | undefined,
    revision?: number,
  ): Promise<Endpoint | "unknown" | "stale">;
  /** Also what cannot be opened. False: there is none. Its deliveries are for the outbox to remove. */
  delete(id: string): Promise<boolean>;
}

const signingKeySchema = z.strictObject({
  kind: z.enum(["v1", "v1a"]),
  secret: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().optional(),
});

const settingsSchema = z.strictObject({
  url: z.string(),
  description: z.string(),
  events: z.array(z.string()),
  accounts: z.array(z.string()).optional(),
  when: z.array(
    z.strictObject({ field: z.string(), from: scalarSchema().optional(), to: scalarSchema().optional() }),
  ),
  payload: z.enum(["full", "changes", "ids"]),
  include: z.array(z.string()),
  format: z.enum(["standard", "cloudevents"]).optional(),
  expand: z.array(z.string()).optional(),
  localTime: z.boolean().optional(),
  headers: z.record(z.string(), z.string()),
  rateLimit: z.number().optional(),
  bodySignature: z.string().optional(),
  attempts: z.int().optional(),
  concurrency: z.number(),
  ordering: z.enum(["none", "subject"]),
  tls: z
    .strictObject({
      ca: z.string().optional(),
      certificate: z.string().optional(),
      key: z.string().optional(),
    })
    .optional(),
});

/** Exact: an endpoint with a setting that we do not know was written by a newer release, and is not for us to rewrite. */
const endpointSchema: z.ZodType<Endpoint> = z.strictObject({
  id: z.string(),
  source: z.enum(["file", "api"]),
  owner: z.string().optional(),
  settings: settingsSchema,
  signingKeys: z.array(signingKeySchema).min(1),
  pausedAt: z.number().optional(),
  pausedBy: z
    .strictObject({ role: z.enum(["operator", "subscriber"]), id: z.string(), name: z.string() })
    .optional(),
  revision: z.int(),
  createdAt: z.number(),
  updatedAt: z.number(),
});

function scalarSchema(): z.ZodType<string | number | boolean | null> {
  return z.union([z.string(), z.number(), z.boolean(), z.null()]);
}

/** The roster of those that were not deleted: id and when it was made, to that time. It changes with every change of one. */
const ROSTER = "endpoints";

interface Stored {
  readonly endpoint: Endpoint;
  readonly bytes: Buffer;
  /** False: it was deleted, and somebody has put it back. */
  readonly alive: boolean;
}

export interface EndpointStoreOptions extends RosterOptions {
  /** Done before anybody knows of the endpoint. */
  readonly onMake?: (endpoint: Pick<Endpoint, "createdAt" | "id">) => Promise<void>;
}

export function createEndpointStore(
  redis: Redis,
  keys: Pick<Keys, "clock" | "endpoints" | "rosters">,
  keyring: Keyring,
  now: () => number,
  options: EndpointStoreOptions = {},
): EndpointStore {
  const rosters = createRosters(redis, keys, keyring, options);
  let cached: { readonly alive: Alive; readonly found: Found } | undefined;

  const load = async (id: string): Promise<Stored | undefined> => {
    const bytes = await redis.hgetBuffer(keys.endpoints, id);
    if (!bytes) return undefined;
    const [endpoint, alive] = [openEndpoint(keyring, id, bytes), await rosters.read(ROSTER)];
    return { endpoint, bytes, alive: alive?.has(nameOf(endpoint)) ?? true };
  };
  /** Of a release before there was a list. */
  const present = async (): Promise<Alive> => {
    const fields = Object.entries(await redis.hgetallBuffer(keys.endpoints));
    return new Map(fields.map(([id, bytes]) => [nameOf(openEndpoint(keyring, id, bytes)), 1] as const));
  };
  const swap = async (endpoint: Endpoint, former: Buffer | ""): Promise<boolean> => {
    const next = sealJson(keyring, endpoint, endpointContext(endpoint.id));
    const beside = { key: keys.endpoints, field: endpoint.id, former, next };
    return await rosters.change(
      ROSTER,
      (alive) => new Map([...alive, [nameOf(endpoint), endpoint.createdAt]]),
      beside,
      present,
    );
  };

  const find = async (): Promise<Found> => {
    // The roster is read first: what comes in between is then read with the former one, and once more next time.
    const alive = await rosters.read(ROSTER);
    if (alive && cached?.alive === alive) return cached.found;
    const fields = Object.entries(await redis.hgetallBuffer(keys.endpoints));
    const ids = alive && new Set([...alive.keys()].map(idOf));
    const opened = openEndpoints(
      keyring,
      fields.filter(([id]) => ids?.has(id) ?? true),
    );
    const mayAdopt = fields.length > 0 && opened.unreadable.length === 0;
    if (!alive && mayAdopt) await rosters.change(ROSTER, (adopted) => adopted, undefined, present);
    const found = { ...opened, endpoints: opened.endpoints.filter((one) => alive?.has(nameOf(one)) ?? true) };
    // One that cannot be opened is looked at again: its bytes may be put back, which changes no list.
    cached = alive && found.unreadable.length === 0 ? { alive, found } : undefined;
    return found;
  };

  return {
    async list() {
      return (await find()).endpoints;
    },

    async ids() {
      const { endpoints, unreadable } = await find();
      return [...endpoints.map(({ id }) => id), ...unreadable].toSorted();
    },

    async unreadable() {
      return (await find()).unreadable;
    },

    async read(id) {
      const stored = await load(id);
      return stored?.alive ? stored.endpoint : undefined;
    },

    async create(given) {
      const at = now();
      // Of accounts that nothing is known of yet it is given what is committed from its making on, and commits are stamped by
      // Redis: where its clock is behind ours, what comes next would be older. The earlier one errs towards one event too many.
      const createdAt = Math.min(at, await readRedisTime(redis, keys));
      const endpoint = { ...given, revision: 1, createdAt: Math.floor(createdAt), updatedAt: at };
      const former = await load(given.id);
      if (former?.alive) return "exists";
      await options.onMake?.(endpoint);
      // One that has ended and was put back is written over.
      return (await swap(endpoint, former?.bytes ?? "")) ? endpoint : "exists";
    },

    async update(id, change, revision) {
      for (;;) {
        const stored = await load(id);
        if (!stored?.alive) return "unknown";
        const { endpoint, bytes } = stored;
        if (revision !== undefined && revision !== endpoint.revision) return "stale";
        const changed = change(endpoint);
        if (!changed) return endpoint;
        const next = { ...endpoint, ...changed, revision: endpoint.revision + 1, updatedAt: now() };
        if (await swap(next, bytes)) return next;
      }
    },

    async delete(id) {
      const without = (alive: Alive): Alive => new Map([...alive].filter(([name]) => idOf(name) !== id));
      for (;;) {
        if (!(await this.ids()).includes(id)) return false;
        const former = await redis.hgetBuffer(keys.endpoints, id);
        if (!former) return false;
        const beside = { key: keys.endpoints, field: id, former, next: "" } as const;
        if (await rosters.change(ROSTER, without, beside, present)) return true;
      }
    },
  };
}

/** What an endpoint is sealed to. */
export function endpointContext(id: string): string {
  return `endpoints/${id}`;
}

/** An id may be given again once its endpoint is deleted: that is another one. */
function nameOf({ id, createdAt }: Pick<Endpoint, "id" | "createdAt">): string {
  return `${id}@${createdAt}`;
}

function idOf(name: string): string {
  return name.slice(0, name.lastIndexOf("@"));
}

interface Found {
  readonly endpoints: readonly Endpoint[];
  readonly unreadable: readonly string[];
}

/** Each for itself: one that cannot be opened keeps no other from what it is to get. */
function openEndpoints(keyring: Keyring, fields: readonly (readonly [id: string, bytes: Buffer])[]): Found {
  const endpoints: Endpoint[] = [];
  const unreadable: string[] = [];
  for (const [id, bytes] of fields.toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    try {
      endpoints.push(openEndpoint(keyring, id, bytes));
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      unreadable.push(id);
    }
  }
  return { endpoints, unreadable };
}

function openEndpoint(keyring: Keyring, id: string, bytes: Buffer): Endpoint {
  const fault = `endpoint ${id} is not of a shape that this release knows: a newer one may have written it`;
  return openJson(keyring, bytes, endpointContext(id), endpointSchema, fault);
}
