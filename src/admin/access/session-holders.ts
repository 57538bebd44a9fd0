import { createHash } from "node:crypto";

import type { Base } from "../base.ts";
import type { Secret } from "../../config/secret.ts";
import type { Holder } from "../../store/access/session-holder.ts";
import type { Token } from "../../store/access/token-store.ts";
import type { Caller, Operator } from "./caller.ts";

/** How the configuration's own token is called wherever somebody's id stands. */
const OPS_TOKEN_ID = "ops-token";

/** On whose behalf somebody works who has shown this token. */
export function toCaller(
  { id, name, role, subscriber, accounts, sensitive }: Token,
  requestId: string,
): Caller {
  if (role !== "subscriber") return { id, name, role, requestId };
  if (subscriber === undefined) throw new TypeError(`token ${id} is for a subscriber and names none`);
  return { id, name, role, subscriber, accounts: accounts ?? [], sensitive, requestId };
}

/** The same for the configuration's `ops.token`, which is an admin's. */
export function opsTokenCaller(requestId: string): Operator {
  return { id: OPS_TOKEN_ID, name: "ops.token of the configuration", role: "admin", requestId };
}

export function opsTokenHolder(token: Secret): Holder {
  return { kind: "ops_token", hash: createHash("sha256").update(token.reveal()).digest("hex") };
}

/** What a caller of the API passes on when it lets a browser in: its own rights. */
export function holderOf({ config }: Pick<Base, "config">, { id }: Caller): Holder {
  const { token } = config.ops;
  return id === OPS_TOKEN_ID && token ? opsTokenHolder(token) : { kind: "token", tokenId: id };
}

export interface FoundHolder {
  readonly caller: Caller;
  /** Unix ms: the token ends then. Undefined: it stays until it is revoked. */
  readonly expiresAt: number | undefined;
}

/** Undefined: the token was revoked or has expired, or `ops.token` is another one now. */
export async function findHolder(
  { config, tokens }: Pick<Base, "config" | "tokens">,
  holder: Holder,
  requestId: string,
): Promise<FoundHolder | undefined> {
  switch (holder.kind) {
    case "token": {
      const token = await tokens.find(holder.tokenId);
      return token && { caller: toCaller(token, requestId), expiresAt: token.expiresAt };
    }
    case "ops_token": {
      const { token } = config.ops;
      const isSame = token !== undefined && isSameHolder(opsTokenHolder(token), holder);
      return isSame ? { caller: opsTokenCaller(requestId), expiresAt: undefined } : undefined;
    }
  }
}

/** Both are hashes, and the one that is compared with comes from our own sealed record: its timing tells nobody anything. */
function isSameHolder(one: Holder, other: Holder): boolean {
  return one.kind === "ops_token" && other.kind === "ops_token" && one.hash === other.hash;
}
