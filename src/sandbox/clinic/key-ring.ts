import type { Random } from "./random.ts";
import type { Shard } from "./shard.ts";

/** The API keys of an account. A key belongs to one user and may do what that user may do. */
export interface KeyRing {
  /** A new key, with its shard suffix; or the one that is given, with its own. @throws RangeError when it is not of this shard */
  readonly add: (userId: string, given?: string) => string;
  readonly revoke: (key: string) => void;
  readonly restore: (key: string) => void;
  /** The user behind a Basic authorization header, or undefined: 401. */
  readonly authenticate: (authorization: string | undefined) => string | undefined;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SUFFIX = /-(\w{2}\d{1,2})$/i;

export function createKeyRing(random: Random, shard: Shard): KeyRing {
  const keys = new Map<string, { readonly userId: string; revoked: boolean }>();
  const mark = (key: string, revoked: boolean): void => {
    const known = keys.get(key.replace(SUFFIX, ""));
    if (known === undefined) throw new RangeError("no such key in this clinic");
    known.revoked = revoked;
  };
  return {
    add: (userId, given) => {
      if (given !== undefined) {
        if (SUFFIX.exec(given)?.[1] !== shard.name)
          throw new RangeError(`a key of this clinic ends in -${shard.name}`);
        keys.set(given.replace(SUFFIX, ""), { userId, revoked: false });
        return given;
      }
      const bare = `MS${Array.from({ length: 44 }, () => ALPHABET[random.integer(0, 61)]).join("")}`;
      keys.set(bare, { userId, revoked: false });
      return `${bare}-${shard.name}`;
    },
    revoke: (key) => mark(key, true),
    restore: (key) => mark(key, false),
    authenticate: (authorization) => {
      const userName = parseUserName(authorization);
      if (userName === undefined) return undefined;
      // With or without the suffix, but never with another shard's: after a move the same key has a new one.
      const suffix = SUFFIX.exec(userName)?.[1]?.toLowerCase();
      if (suffix !== undefined && suffix !== shard.name) return undefined;
      const known = keys.get(userName.replace(SUFFIX, ""));
      return known === undefined || known.revoked ? undefined : known.userId;
    },
  };
}

/** The key is the user name and the password is empty; anything else is refused. */
function parseUserName(authorization: string | undefined): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [userName, password, ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return password === "" && rest.length === 0 ? userName : undefined;
}
