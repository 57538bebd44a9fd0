import { elapsedMs } from "../elapsed.ts";
import { createHash, randomBytes } from "node:crypto";

import type { Redis } from "ioredis";
import { z } from "zod";

import { UnreadableRecordError } from "../errors.ts";
import type { Keyring } from "./keyring.ts";
import type { Keys } from "./keys.ts";
import { openJson, sealJson } from "./sealed-json.ts";
import { type Holder, holderSchema, placeOfHolder } from "./session-holder.ts";

const sessionSchema = z.strictObject({
  holder: holderSchema,
  /** Unix ms. */
  createdAt: z.number(),
  /** To the minute or so. */
  usedAt: z.number(),
  /** It ends then, however much it is used. */
  expiresAt: z.number(),
});

type StoredSession = Readonly<z.infer<typeof sessionSchema>>;

/** A browser that is signed in. */
export interface Session extends StoredSession {
  /** May be shown: it names the session, and opens nothing. */
  readonly id: string;
}

/**
 * Sessions of browsers, sealed at rest: whoever can write to Redis alone can make none. A key each, which ends by itself.
 * Whether the holder's token still opens anything is not known here: see `findSessionCaller`.
 */
export interface SessionStore {
  /** `secret` is what the browser keeps. It is here once, and nowhere after. `notAfter`: unix ms. */
  create(holder: Holder, notAfter?: number): Promise<{ readonly session: Session; readonly secret: string }>;
  /** Undefined: unknown, ended or expired. Notes that it is used. */
  find(secret: string): Promise<Session | undefined>;
  /** Resolves to what it was; undefined: there is none. */
  end(secret: string): Promise<Session | undefined>;
  endAllOf(holder: Holder): Promise<void>;
}

const HOUR_MS = 60 * 60_000;
/** Without a request. A page that stays open asks all the time: what ends here was closed, or its machine sleeps. */
export const SESSION_IDLE_MS = 12 * HOUR_MS;
export const SESSION_LIFETIME_MS = 7 * 24 * HOUR_MS;
/** Of one holder. Beyond, the oldest end: signing in again and again must not fill Redis. */
export const MOST_SESSIONS = 100;

const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;
const USED_EVERY_MS = 60_000;
const ID_LENGTH = 12;

export function createSessionStore(
  redis: Redis,
  keys: Pick<Keys, "session" | "sessionsOf">,
  keyring: Keyring,
  now: () => number,
): SessionStore {
  const list = createSessionList(redis, keys);
  const write = async (hash: string, session: StoredSession, isNew: boolean): Promise<void> => {
    const sealed = sealJson(keyring, session, contextOf(hash));
    const leftMs = Math.min(SESSION_IDLE_MS, session.expiresAt - now());
    if (leftMs <= 0) return;
    // XX: a session that was ended meanwhile does not come back because it was used.
    if (isNew) await redis.set(keys.session(hash), sealed, "PX", leftMs, "NX");
    else await redis.set(keys.session(hash), sealed, "PX", leftMs, "XX");
  };

  /** Fails closed: one that no key opens any more (the keys were changed) is none, and its browser signs in again. */
  const read = async (hash: string): Promise<StoredSession | undefined> => {
    const sealed = await redis.getBuffer(keys.session(hash));
    if (!sealed) return undefined;
    try {
      return openJson(keyring, sealed, contextOf(hash), sessionSchema, "the session is of another shape");
    } catch (error) {
      if (error instanceof UnreadableRecordError) return undefined;
      throw error;
    }
  };

  return {
    async create(holder, notAfter = Number.POSITIVE_INFINITY) {
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      const hash = hashOf(secret);
      const at = now();
      const expiresAt = Math.min(at + SESSION_LIFETIME_MS, notAfter);
      const session = { holder, createdAt: at, usedAt: at, expiresAt };
      await write(hash, session, true);
      await list.add(holder, hash, at);
      return { session: { ...session, id: idOf(hash) }, secret };
    },

    async find(secret) {
      const hash = hashOf(secret);
      const session = SECRET.test(secret) ? await read(hash) : undefined;
      if (!session) return undefined;
      const at = now();
      if (at >= session.expiresAt || elapsedMs(at, session.usedAt) >= SESSION_IDLE_MS) {
        await list.end(session.holder, [hash]);
        return undefined;
      }
      const used = at - session.usedAt >= USED_EVERY_MS ? { ...session, usedAt: at } : session;
      if (used !== session) await write(hash, used, false);
      return { ...used, id: idOf(hash) };
    },

    async end(secret) {
      const hash = hashOf(secret);
      const session = SECRET.test(secret) ? await read(hash) : undefined;
      if (!session) return undefined;
      await list.end(session.holder, [hash]);
      return { ...session, id: idOf(hash) };
    },

    async endAllOf(holder) {
      await list.endAll(holder);
    },
  };
}

/** Which sessions a holder has, the oldest first: to end them together, and to have no more than so many. */
interface SessionList {
  add(holder: Holder, hash: string, at: number): Promise<void>;
  end(holder: Holder, hashes: readonly string[]): Promise<void>;
  endAll(holder: Holder): Promise<void>;
}

function createSessionList(redis: Redis, keys: Pick<Keys, "session" | "sessionsOf">): SessionList {
  const nameOf = (holder: Holder): string => keys.sessionsOf(placeOfHolder(holder));
  const all = async (holder: Holder): Promise<string[]> => await redis.zrange(nameOf(holder), "0", "-1");
  const end: SessionList["end"] = async (holder, hashes) => {
    if (hashes.length === 0) return;
    await redis.del(hashes.map((hash) => keys.session(hash)));
    await redis.zrem(nameOf(holder), ...hashes);
  };

  return {
    end,

    async add(holder, hash, at) {
      await redis.zadd(nameOf(holder), at, hash);
      await redis.pexpire(nameOf(holder), SESSION_LIFETIME_MS);
      if ((await redis.zcard(nameOf(holder))) <= MOST_SESSIONS) return;
      const [alive, ended]: [string[], string[]] = [[], []];
      for (const one of await all(holder)) {
        // Those that ended by themselves are still in the list: they take no room.
        ((await redis.exists(keys.session(one))) === 1 ? alive : ended).push(one);
      }
      await end(holder, [...ended, ...alive.slice(0, Math.max(0, alive.length - MOST_SESSIONS))]);
    },

    async endAll(holder) {
      await end(holder, await all(holder));
    },
  };
}

/** All that is kept of the secret: its SHA-256. It is 256 random bits, so a slow hash would add nothing. */
function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function idOf(hash: string): string {
  return hash.slice(0, ID_LENGTH);
}

function contextOf(hash: string): string {
  return `sessions/${hash}`;
}
