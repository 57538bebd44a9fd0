import type { Base } from "../base.ts";
import { entryName, unknownName } from "../../config/known-names.ts";
import { NOT_PLAIN, isPlain } from "../../config/plain-text.ts";
import type { Problem } from "../../shared/errors.ts";
import type { Token } from "../../store/access/token-store.ts";
import type { TokenRole } from "../../store/access/token-role.ts";
import { noteChange } from "./audit.ts";
import type { Caller } from "./caller.ts";
import type { NameOf, Refusal } from "./refusal.ts";

export interface NewToken {
  readonly name: string;
  readonly role: TokenRole;
  /** subscriber only, and then needed. */
  readonly subscriber?: string | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly sensitive: boolean;
  /** Unix ms. Undefined: in `DEFAULT_TOKEN_LIFETIME_MS` · null: only when it is revoked. */
  readonly expiresAt?: number | null | undefined;
}

/** A token that was copied, or forgotten about, ends by itself. */
export const DEFAULT_TOKEN_LIFETIME_MS = 90 * 24 * 3_600_000;

/** Makes a token. `secret` is the whole of it, and is not kept. */
export async function createToken(
  base: Pick<Base, "audit" | "config" | "now" | "tokens">,
  caller: Caller,
  given: NewToken,
  nameOf: NameOf,
): Promise<{ readonly kind: "created"; readonly token: Token; readonly secret: string } | Refusal> {
  const problems = problemsOf(base, given, nameOf);
  if (problems.length > 0) return { kind: "invalid", problems };
  const { expiresAt = base.now() + DEFAULT_TOKEN_LIFETIME_MS } = given;
  const { token, secret } = await base.tokens.create({
    ...given,
    expiresAt: expiresAt ?? undefined,
    accounts: given.accounts && [...new Set(given.accounts)],
  });
  await noteChange(base, caller, { action: "token.create", target: token.id, fields: fieldsOf(token) });
  return { kind: "created", token, secret };
}

/** From now on it opens nothing, and whoever signed in with it is signed out. The endpoints that were made with it stay, and go on being called. */
export async function revokeToken(
  base: Pick<Base, "audit" | "sessions" | "tokens">,
  caller: Caller,
  id: string,
): Promise<{ readonly kind: "revoked"; readonly token: Token | "unreadable" } | Refusal> {
  const token = await base.tokens.revoke(id);
  if (!token) return { kind: "unknown" };
  // They are dead already, since every request looks for the token; this only clears them away.
  await base.sessions.endAllOf({ kind: "token", tokenId: id });
  await noteChange(base, caller, { action: "token.revoke", target: id, fields: [] });
  return { kind: "revoked", token };
}

function problemsOf(
  { config, now }: Pick<Base, "config" | "now">,
  { name, role, subscriber, accounts, sensitive, expiresAt }: NewToken,
  nameOf: NameOf,
): Problem[] {
  const problems: Problem[] = [];
  const add = (path: readonly PropertyKey[], message: string, remedy: string): void => {
    problems.push({ path: nameOf(path), message, remedy });
  };
  if (!isPlain(name)) add(["name"], NOT_PLAIN.message, NOT_PLAIN.remedy);
  if (typeof expiresAt === "number" && expiresAt <= now()) {
    add(["expires_at"], "is in the past", "name a time to come, or leave it out for one in 90 days");
  }
  if (role !== "subscriber") {
    const remedy = "leave it out: this role sees every account and endpoint";
    if (subscriber !== undefined) add(["subscriber"], `is not for a token of role ${role}`, remedy);
    if (accounts !== undefined) add(["accounts"], `is not for a token of role ${role}`, remedy);
    if (sensitive) add(["sensitive"], `is not for a token of role ${role}`, remedy);
    return problems;
  }
  if (subscriber === undefined) {
    add(["subscriber"], "is missing", "name the external system that the token is for, like crm");
  } else if (!entryName("subscriber").safeParse(subscriber).success) {
    add(["subscriber"], "is not a usable name", 'use lower-case letters, digits, "-" and "_", at most 63');
  }
  if (accounts === undefined || accounts.length === 0) {
    add(["accounts"], "is missing", "name the accounts that the subscriber is to get");
  }
  const known = config.accounts.map(({ name: account }) => account);
  for (const [index, account] of (accounts ?? []).entries()) {
    if (known.includes(account)) continue;
    const [message, remedy] = unknownName("account", account, known);
    add(["accounts", index], message, remedy());
  }
  return problems;
}

function fieldsOf(token: Token): string[] {
  return Object.entries(token)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name]) => name);
}
