import { elapsedMs } from "../../shared/elapsed.ts";
import { createHash, randomBytes } from "node:crypto";

import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type RosterOptions, createRosters } from "./rosters.ts";
import { openJson, sealJson } from "../sealing/sealed-json.ts";
import { type Holder, holderSchema } from "./session-holder.ts";

const codeSchema = z.strictObject({
  holder: holderSchema,
  /** Unix ms: it opens nothing from then on. */
  expiresAt: z.number(),
  /** Unix ms: the session that it opens ends then at the latest. */
  sessionUntil: z.number().optional(),
});

/** What a code opens. */
export type SignInCode = Readonly<z.infer<typeof codeSchema>>;

/** Codes of sign-in links, each for one use. Only a code's SHA-256 is kept, and what it opens is sealed. */
export interface SignInCodeStore {
  create(
    holder: Holder,
    sessionUntil?: number,
  ): Promise<{ readonly code: string; readonly expiresAt: number }>;
  /** Once: of two who come at the same time, one gets it. Undefined: unknown, used or expired. */
  take(code: string): Promise<SignInCode | undefined>;
}

/** Long enough to carry it from a terminal to a browser. */
export const SIGN_IN_CODE_MS = 10 * 60_000;

/** The roster of those that were not used: hash to when it lapses. */
const ROSTER = "sign-in-codes";

const CODE_BYTES = 32;
const CODE = /^[\w-]{43}$/;

export function createSignInCodeStore(
  redis: Redis,
  keys: Pick<Keys, "rosters" | "signInCode">,
  keyring: Keyring,
  now: () => number,
  rosterOptions: RosterOptions = {},
): SignInCodeStore {
  const rosters = createRosters(redis, keys, keyring, rosterOptions);
  /** False: it is not on the list, so it was used or never made, and somebody has put it back. */
  const strike = async (hash: string): Promise<boolean> => {
    if (!(await rosters.read(ROSTER))?.has(hash)) return false;
    let struck = false;
    await rosters.change(ROSTER, (alive) => {
      struck = alive.has(hash);
      return new Map([...alive].filter(([one]) => one !== hash));
    });
    return struck;
  };

  return {
    async create(holder, sessionUntil) {
      const code = randomBytes(CODE_BYTES).toString("base64url");
      const hash = hashOf(code);
      const expiresAt = now() + SIGN_IN_CODE_MS;
      const kept = { holder, expiresAt, ...(sessionUntil === undefined ? {} : { sessionUntil }) };
      const sealed = sealJson(keyring, kept, contextOf(hash));
      await redis.set(keys.signInCode(hash), sealed, "PX", SIGN_IN_CODE_MS);
      // Also of what was made later than now: a clock was set.
      const isFresh = ([, until]: readonly [string, number]): boolean =>
        until > now() && until <= now() + SIGN_IN_CODE_MS;
      await rosters.change(ROSTER, (alive) => new Map([...[...alive].filter(isFresh), [hash, expiresAt]]));
      return { code, expiresAt };
    },

    async take(code) {
      if (!CODE.test(code)) return undefined;
      const hash = hashOf(code);
      const sealed = await redis.getdelBuffer(keys.signInCode(hash));
      if (!sealed) return undefined;
      try {
        const found = openJson(keyring, sealed, contextOf(hash), codeSchema, "the code is of another shape");
        if (!(await strike(hash))) return undefined;
        // Fails closed as well when it was made later than now: nobody knows how old it is.
        const isFresh = elapsedMs(now(), found.expiresAt - SIGN_IN_CODE_MS) < SIGN_IN_CODE_MS;
        return isFresh && now() < (found.sessionUntil ?? Infinity) ? found : undefined;
      } catch (error) {
        // Fails closed: what no key opens any more is no code.
        if (error instanceof UnreadableRecordError) return undefined;
        throw error;
      }
    },
  };
}

function hashOf(code: string): string {
  return createHash("sha256").update(code).digest("hex");
}

function contextOf(hash: string): string {
  return `sign-in-codes/${hash}`;
}
