import { createHash, timingSafeEqual } from "node:crypto";

import type { Caller } from "../admin/access/caller.ts";
import { opsTokenCaller, opsTokenHolder, toCaller } from "../admin/access/session-holders.ts";
import type { Secret } from "../config/secret.ts";
import type { Holder } from "../store/access/session-holder.ts";
import { type TokenStore, isTokenText } from "../store/access/token-store.ts";
import type { Door, SignInGuard, Visitor } from "./sign-ins/sign-in-guard.ts";

export interface CredentialDeps {
  /** Undefined: there are no tokens but the operator's own. */
  readonly tokens: Pick<TokenStore, "verify"> | undefined;
  /** The configuration's own, which is an admin's. It makes the first tokens. */
  readonly opsToken: Secret | undefined;
  readonly guard: SignInGuard;
}

/** What a text that somebody shows as a token is. */
export type Credential =
  | { readonly kind: "known"; readonly caller: Caller; readonly holder: Holder }
  | { readonly kind: "unknown" }
  /** Too many wrong ones came from its address, or from everywhere. */
  | { readonly kind: "blocked"; readonly forMs: number };

/** Finds out whose token a text is. A wrong one is counted against its address, and told. */
export async function checkCredential(
  { tokens, opsToken, guard }: CredentialDeps,
  text: string,
  door: Door,
  { ip, id }: Visitor,
): Promise<Credential> {
  const token = isTokenText(text) ? await tokens?.verify(text) : undefined;
  if (token) {
    return { kind: "known", caller: toCaller(token, id), holder: { kind: "token", tokenId: token.id } };
  }
  // Nobody guesses 256 random bits: a right token is let in however many wrong ones came from its address (it may be
  // that of a proxy, with everyone behind it). The operator's own word may be weaker, so it is not even looked at.
  const blockedForMs = guard.blockedFor({ ip, id });
  if (blockedForMs !== undefined) {
    guard.failed(door, { ip, id }, "told");
    return { kind: "blocked", forMs: blockedForMs };
  }
  if (opsToken && isSame(text, opsToken.reveal())) {
    guard.opened({ ip, id });
    return { kind: "known", caller: opsTokenCaller(id), holder: opsTokenHolder(opsToken) };
  }
  guard.failed(door, { ip, id }, "counted");
  return { kind: "unknown" };
}

/** Hashed first: both sides then have one length, and comparing tells nothing about it. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
