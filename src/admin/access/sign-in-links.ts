import type { Base } from "../base.ts";
import { type Holder, placeOfHolder } from "../../store/access/session-holder.ts";
import type { TokenRole } from "../../store/access/token-role.ts";
import { noteChange } from "./audit.ts";
import type { Caller, Operator } from "./caller.ts";
import { opsTokenCaller, opsTokenHolder } from "./session-holders.ts";
import { type OpenedSession, openSession } from "./sessions.ts";

/** An address that signs one browser in, once. */
export interface SignInLink {
  /** The code stands behind `#`: browsers send that part to nobody, so it reaches no log and no preview of links. */
  readonly path: string;
  /** Unix ms. */
  readonly expiresAt: number;
}

export type MadeLink =
  /** `name` and `role` are those of the token whose rights it has. */
  | { readonly kind: "made"; readonly link: SignInLink; readonly name: string; readonly role: TokenRole }
  /** There is no such token, or it has expired. */
  | { readonly kind: "unknown" }
  | { readonly kind: "no_ops_token" };

/**
 * Makes a link that has the rights of `holder`. `sessionUntil` (unix ms): what it opens ends then at the latest, so that
 * a session cannot prolong itself by a link.
 */
export async function createSignInLink(
  base: Pick<Base, "audit" | "signInCodes">,
  caller: Caller,
  holder: Holder,
  sessionUntil?: number,
): Promise<SignInLink> {
  const { code, expiresAt } = await base.signInCodes.create(holder, sessionUntil);
  await noteChange(base, caller, {
    action: "sign_in_link.create",
    target: placeOfHolder(holder),
    fields: [],
  });
  return { path: `/ops/sign-in#code=${code}`, expiresAt };
}

/**
 * The same for somebody else: an operator at the command line, who has the configuration and may do everything. Without a
 * token's id, with the rights of `ops.token`.
 */
export async function createSignInLinkFor(
  base: Pick<Base, "audit" | "config" | "now" | "signInCodes" | "tokens">,
  caller: Operator,
  tokenId: string | undefined,
): Promise<MadeLink> {
  if (tokenId === undefined) {
    const { token } = base.config.ops;
    if (!token) return { kind: "no_ops_token" };
    const { name, role } = opsTokenCaller("");
    return { kind: "made", link: await createSignInLink(base, caller, opsTokenHolder(token)), name, role };
  }
  // Not by `find`, which would note that the token was used.
  const token = (await base.tokens.list()).find(({ id }) => id === tokenId);
  if (!token || (token.expiresAt !== undefined && token.expiresAt <= base.now())) return { kind: "unknown" };
  const { name, role } = token;
  return { kind: "made", link: await createSignInLink(base, caller, { kind: "token", tokenId }), name, role };
}

/** Signs in with a link's code, which is used up. Undefined: it is unknown, used or expired, or its token is gone. */
export async function useSignInCode(
  base: Pick<Base, "audit" | "config" | "sessions" | "signInCodes" | "tokens">,
  code: string,
  requestId: string,
): Promise<OpenedSession | undefined> {
  const found = await base.signInCodes.take(code);
  return found && (await openSession(base, found.holder, requestId, found.sessionUntil));
}
