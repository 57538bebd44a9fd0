import { hkdfSync } from "node:crypto";

import type { FastifyRequest } from "fastify";

import { Secret } from "../../../config/secret.ts";
import { UnreadableRecordError } from "../../../shared/errors.ts";
import { createKeyring } from "../../../store/sealing/keyring.ts";
import { shownBy } from "../authenticate.ts";

const KEY_BYTES = 32;
const CONTEXT = "told again";

/**
 * What its caller alone may be told again: sealed with what the caller showed, of which no more than a hash is kept. Whoever has a copy
 * of Redis and the encryption keys does not open it.
 */
export interface ToldAgain {
  seal(secret: string): string;
  /** Undefined: it was told to who showed another token, or another session of the same. */
  open(sealed: string): string | undefined;
}

export function createToldAgain(request: FastifyRequest, publicUrl: string | undefined): ToldAgain {
  const shown = shownBy(request, publicUrl);
  if (shown === undefined)
    throw new TypeError(`${request.routeOptions.url ?? "the route"} is open to anyone`);
  const key = Buffer.from(hkdfSync("sha256", shown, "", CONTEXT, KEY_BYTES)).toString("base64");
  const keyring = createKeyring([{ id: "caller", key: new Secret(key) }]);
  return {
    seal: (secret) => keyring.seal(Buffer.from(secret), CONTEXT).toString("base64url"),
    open(sealed) {
      try {
        return keyring.open(Buffer.from(sealed, "base64url"), CONTEXT).toString();
      } catch (error) {
        if (error instanceof UnreadableRecordError) return undefined;
        throw error;
      }
    },
  };
}
