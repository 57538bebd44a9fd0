import type { IdentityKey } from "../../diff/identity.ts";
import type { Redis } from "../redis/client.ts";
import type { Keys } from "../redis/keys.ts";
import type { Keyring } from "../sealing/keyring.ts";
import { type AccessStore, createAccessStore } from "./access-log.ts";
import { type AccessWriter, createAccessWriter } from "./access-writer.ts";
import { type AnswerStore, createAnswerStore } from "./answer-store.ts";
import { type AuditLog, createAuditLog } from "./audit-log.ts";
import { type KeptBytes, createKeptBytes } from "./kept-bytes.ts";
import type { RosterOptions } from "./rosters.ts";
import { type SessionStore, createSessionStore } from "./session-store.ts";
import { type SignInCodeStore, createSignInCodeStore } from "./sign-in-code-store.ts";
import { type SignInFailures, createSignInFailures } from "./sign-in-failures.ts";
import { type TokenStore, createTokenStore } from "./token-store.ts";

/** Who may do what, and who did what. */
export interface AccessStores {
  readonly tokens: TokenStore;
  readonly sessions: SessionStore;
  readonly signInCodes: SignInCodeStore;
  readonly signInFailures: SignInFailures;
  /** Who read what. */
  readonly accessLog: AccessStore;
  /** Writes that down. To be disposed of, so that nothing is left unwritten. */
  readonly access: AccessWriter;
  readonly audit: AuditLog;
  readonly keptBytes: KeptBytes;
  readonly answers: AnswerStore;
}

export interface AccessStoresDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly keyring: Keyring;
  readonly identityKey: IdentityKey;
  readonly now: () => number;
  readonly rosters: RosterOptions;
  /** The access log cannot be written. */
  readonly onTrouble: (error: Error) => void;
}

export function createAccessStores(deps: AccessStoresDeps): AccessStores {
  const { identityKey, keyring, keys, now, onTrouble, redis, rosters } = deps;
  const accessLog = createAccessStore(redis, keys, keyring, identityKey, now);
  return {
    tokens: createTokenStore(redis, keys, keyring, now, rosters),
    sessions: createSessionStore(redis, keys, keyring, now, rosters),
    signInCodes: createSignInCodeStore(redis, keys, keyring, now, rosters),
    signInFailures: createSignInFailures(redis, keys, now),
    accessLog,
    access: createAccessWriter({ store: accessLog, now, onTrouble }),
    audit: createAuditLog(redis, keys, now),
    keptBytes: createKeptBytes(redis, keys, now),
    answers: createAnswerStore(redis, keys, keyring),
  };
}
