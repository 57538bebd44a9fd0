import { elapsedMs } from "../../shared/elapsed.ts";
import { createHash, randomBytes } from "node:crypto";

import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type Alive, type RosterOptions, type Rosters, createRosters } from "./rosters.ts";
import { openJson, sealJson } from "../sealing/sealed-json.ts";
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
  keys: Pick<Keys, "rosters" | "session">,
  keyring: Keyring,
  now: () => number,
  rosterOptions: RosterOptions = {},
): SessionStore {
  const list = createSessionList(redis, keys, createRosters(redis, keys, keyring, rosterOptions));
  const write = async (hash: string, session: StoredSession, isNew: boolean): Promise<void> => {
    const sealed = sealJson(keyring, session, contextOf(hash));
    const leftMs = Math.min(SESSION_IDLE_MS, session.expiresAt - now());
    if (leftMs <= 0) return;
    // XX: a session that was ended meanwhile does not come back because it was used.
    if (isNew) await redis.set(keys.session(hash), sealed, "PX", leftMs, "NX");
    else await redis.set(keys.session(hash), sealed, "PX", leftMs, "XX");
  };

  /**
   * Fails closed: one that no key opens any more (the keys were changed) is none, and its browser signs in again; and so is
   * one that is not on its holder's list, and was put back.
   */
  const read = async (hash: string): Promise<StoredSession | undefined> => {
    const sealed = await redis.getBuffer(keys.session(hash));
    if (!sealed) return undefined;
    try {
      const fault = "the session is of another shape";
      const session = openJson(keyring, sealed, contextOf(hash), sessionSchema, fault);
      return (await list.has(session.holder, hash)) ? session : undefined;
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
        await list.end(session.holder, hash);
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
      await list.end(session.holder, hash);
      return { ...session, id: idOf(hash) };
    },

    async endAllOf(holder) {
      await list.endAll(holder);
    },
  };
}

/** Which sessions a holder has, by when they were made: to end them together, and to have no more than so many. */
interface SessionList {
  has(holder: Holder, hash: string): Promise<boolean>;
  add(holder: Holder, hash: string, at: number): Promise<void>;
  end(holder: Holder, hash: string): Promise<void>;
  endAll(holder: Holder): Promise<void>;
}

function createSessionList(redis: Redis, keys: Pick<Keys, "session">, rosters: Rosters): SessionList {
  const remove = async (hashes: readonly string[]): Promise<void> => {
    if (hashes.length > 0) await redis.del(hashes.map((hash) => keys.session(hash)));
  };
  const endSome = async (holder: Holder, ends: (alive: Alive) => readonly string[]): Promise<void> => {
    let ended: readonly string[] = [];
    await rosters.change(nameOf(holder), (alive) => {
      ended = ends(alive);
      return new Map([...alive].filter(([hash]) => !ended.includes(hash)));
    });
    await remove(ended);
  };

  return {
    async has(holder, hash) {
      return (await rosters.read(nameOf(holder)))?.has(hash) ?? false;
    },

    async add(holder, hash, at) {
      await rosters.change(nameOf(holder), (alive) => new Map([...alive, [hash, at]]));
      const all = [...((await rosters.read(nameOf(holder))) ?? [])].map(([one]) => one);
      if (all.length <= MOST_SESSIONS) return;
      const [alive, ended]: [string[], string[]] = [[], []];
      for (const one of all) {
        // Those that ended by themselves are still in the list: they take no room.
        ((await redis.exists(keys.session(one))) === 1 ? alive : ended).push(one);
      }
      const tooMany = alive.slice(0, Math.max(0, alive.length - MOST_SESSIONS));
      await endSome(holder, () => [...ended, ...tooMany]);
    },

    async end(holder, hash) {
      await endSome(holder, () => [hash]);
    },

    async endAll(holder) {
      if (((await rosters.read(nameOf(holder)))?.size ?? 0) > 0)
        await endSome(holder, (alive) => [...alive.keys()]);
    },
  };
}

function nameOf(holder: Holder): string {
  return `sessions/${placeOfHolder(holder)}`;
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
