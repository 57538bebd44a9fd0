import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type Alive, type RosterOptions, createRosters } from "./rosters.ts";
import { openJson, sealJson } from "../sealing/sealed-json.ts";
import { TOKEN_ROLES } from "./token-role.ts";

const tokenSchema = z.strictObject({
  id: z.string(),
  /** What the operator calls it. */
  name: z.string(),
  role: z.enum(TOKEN_ROLES),
  /** subscriber: the external system that it is for, and whose endpoints it sees. Several tokens may have one. */
  subscriber: z.string().optional(),
  /** subscriber: the accounts that it was given. */
  accounts: z.array(z.string()).readonly().optional(),
  /** subscriber: whether it may ask for sensitive fields. */
  sensitive: z.boolean(),
  /** SHA-256 of the secret, hex. The secret is 256 random bits: a slow hash would add nothing. */
  hash: z.string(),
  /** Unix ms. */
  createdAt: z.number(),
  expiresAt: z.number().optional(),
});

type StoredToken = Readonly<z.infer<typeof tokenSchema>>;

/** A key to the API, without its secret. */
export type Token = Omit<StoredToken, "hash">;

export interface ListedToken extends Token {
  /** Unix ms, to the minute or so. Undefined: never. */
  readonly lastUsedAt: number | undefined;
}

/** Tokens of the API, sealed at rest: whoever can write to Redis alone can make none. */
export interface TokenStore {
  /** `secret` is the whole `cwt_<id>_<secret>`. It is here once, and nowhere after. */
  create(given: Omit<Token, "id" | "createdAt">): Promise<{ readonly token: Token; readonly secret: string }>;
  /** Ordered by when they were made. Those that have expired are among them. */
  list(): Promise<readonly ListedToken[]>;
  /** Ids of those whose records cannot be opened (another key, torn bytes, a newer release): they open nothing, and keep nobody else out. */
  unreadable(): Promise<readonly string[]>;
  /** Undefined: unknown, revoked, expired or unreadable. One small read of Redis while no token has changed. */
  verify(text: string): Promise<Token | undefined>;
  /** The token of this id, for one who has shown it before. Undefined: unknown, revoked or expired. Costs as little. */
  find(id: string): Promise<Token | undefined>;
  /** Changes which accounts each was given, where `change` says so; undefined leaves a token as it is. What cannot be opened stays. */
  changeAccounts(change: (accounts: readonly string[]) => readonly string[] | undefined): Promise<void>;
  /** Resolves to what it was, as far as that can be read; undefined: there is none. */
  revoke(id: string): Promise<Token | "unreadable" | undefined>;
}

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const TEXT = /^cwt_([0-9a-f]{12})_([\w-]{43})$/;
/** Compared with where there is no such token, so that the time it takes tells nothing. */
const NO_TOKEN = "0".repeat(64);
const USED_EVERY_MS = 60_000;

/** The roster of those that were not revoked: id to when it was made. */
const ROSTER = "tokens";

/** Whether a text has the form of a token of ours. */
export function isTokenText(text: string): boolean {
  return TEXT.test(text);
}

export function createTokenStore(
  redis: Redis,
  keys: Pick<Keys, "rosters" | "tokens" | "tokenUses">,
  keyring: Keyring,
  now: () => number,
  rosterOptions: RosterOptions = {},
): TokenStore {
  const rosters = createRosters(redis, keys, keyring, rosterOptions);
  let cached: { readonly alive: Alive; readonly read: Read } | undefined;
  const noteUse = createUseNotes(redis, keys, now);

  const load = async (): Promise<Read> => {
    // The roster is read first: what comes in between is then read with the former one, and once more next time.
    const alive = await rosters.read(ROSTER);
    if (alive && cached?.alive === alive) return cached.read;
    const fields = Object.entries(await redis.hgetallBuffer(keys.tokens));
    if (!alive && fields.length > 0) await rosters.change(ROSTER, (adopted) => adopted, undefined, present);
    const read = openTokens(
      keyring,
      fields.filter(([id]) => alive?.has(id) ?? true),
    );
    // One that cannot be opened is looked at again: its bytes may be put back, which changes no list.
    cached = alive && read.unreadable.length === 0 ? { alive, read } : undefined;
    return read;
  };
  /** Of a release before there was a list. */
  const present = async (): Promise<Alive> =>
    new Map((await redis.hkeys(keys.tokens)).map((id) => [id, 0] as const));
  const use = async (stored: StoredToken): Promise<Token | undefined> => {
    if (stored.expiresAt !== undefined && stored.expiresAt <= now()) return undefined;
    await noteUse(stored.id);
    return withoutHash(stored);
  };

  return {
    async create(given) {
      const id = randomBytes(ID_BYTES).toString("hex");
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      const token = { ...given, id, createdAt: now() };
      const sealed = sealJson(keyring, { ...token, hash: digest(secret) }, tokenContext(id));
      const beside = { key: keys.tokens, field: id, former: undefined, next: sealed };
      await rosters.change(ROSTER, (alive) => new Map([...alive, [id, token.createdAt]]), beside, present);
      return { token, secret: `cwt_${id}_${secret}` };
    },

    async list() {
      const [{ tokens }, uses] = await Promise.all([load(), redis.hgetall(keys.tokenUses)]);
      return [...tokens.values()]
        .map((stored) => ({ ...withoutHash(stored), lastUsedAt: toNumber(uses[stored.id]) }))
        .toSorted((left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1));
    },

    async unreadable() {
      return (await load()).unreadable;
    },

    async verify(text) {
      const [, id = "", secret = ""] = TEXT.exec(text) ?? [];
      const stored = (await load()).tokens.get(id);
      const matches = timingSafeEqual(
        Buffer.from(digest(secret), "hex"),
        Buffer.from(stored?.hash ?? NO_TOKEN, "hex"),
      );
      return stored && matches ? await use(stored) : undefined;
    },

    async find(id) {
      const stored = (await load()).tokens.get(id);
      return stored && (await use(stored));
    },

    async changeAccounts(change) {
      for (const stored of (await load()).tokens.values()) {
        const accounts = stored.accounts && change(stored.accounts);
        if (!accounts) continue;
        const next = sealJson(keyring, { ...stored, accounts }, tokenContext(stored.id));
        const beside = { key: keys.tokens, field: stored.id, former: undefined, next };
        // One that was revoked meanwhile is not brought back: it is not on the list. A new list, so that all read the tokens again.
        await rosters.change(ROSTER, (alive) => new Map(alive), beside, present);
      }
    },

    async revoke(id) {
      const { tokens, unreadable } = await load();
      const stored = tokens.get(id);
      if (!stored && !unreadable.includes(id)) return undefined;
      const beside = { key: keys.tokens, field: id, former: undefined, next: "" } as const;
      await rosters.change(
        ROSTER,
        (alive) => new Map([...alive].filter(([one]) => one !== id)),
        beside,
        present,
      );
      await redis.hdel(keys.tokenUses, id);
      return stored ? withoutHash(stored) : "unreadable";
    },
  };
}

/** Writes down when a token was used: once a minute is enough. */
function createUseNotes(
  redis: Redis,
  keys: Pick<Keys, "tokenUses">,
  now: () => number,
): (id: string) => Promise<void> {
  const used = new Map<string, number>();
  return async (id) => {
    const at = now();
    if (at - (used.get(id) ?? -USED_EVERY_MS) < USED_EVERY_MS) return;
    used.set(id, at);
    await redis.hset(keys.tokenUses, id, at);
  };
}

/** What a token is sealed to. */
export function tokenContext(id: string): string {
  return `tokens/${id}`;
}

function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function withoutHash({ hash: _hash, ...token }: StoredToken): Token {
  return token;
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

interface Read {
  readonly tokens: ReadonlyMap<string, StoredToken>;
  readonly unreadable: readonly string[];
}

/** Fails closed, each for itself: what cannot be opened opens nothing. */
function openTokens(keyring: Keyring, fields: readonly (readonly [id: string, bytes: Buffer])[]): Read {
  const tokens = new Map<string, StoredToken>();
  const unreadable: string[] = [];
  for (const [id, bytes] of fields) {
    try {
      tokens.set(id, openToken(keyring, id, bytes));
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      unreadable.push(id);
    }
  }
  return { tokens, unreadable: unreadable.toSorted() };
}

function openToken(keyring: Keyring, id: string, bytes: Buffer): StoredToken {
  const fault = `token ${id} is not of a shape that this release knows: a newer one may have written it`;
  return openJson(keyring, bytes, tokenContext(id), tokenSchema, fault);
}
