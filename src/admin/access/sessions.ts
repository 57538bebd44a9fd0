import type { Base } from "../base.ts";
import type { Holder } from "../../store/access/session-holder.ts";
import type { Session } from "../../store/access/session-store.ts";
import { noteChange } from "./audit.ts";
import type { Caller } from "./caller.ts";
import { findHolder } from "./session-holders.ts";

/** A browser that has just signed in. */
export interface OpenedSession {
  readonly caller: Caller;
  readonly session: Session;
  /** What the browser is to keep. */
  readonly secret: string;
}

/**
 * Signs a browser in with the rights of a token, for no longer than the token lasts. Undefined: there is no such token
 * any more. `notAfter`: unix ms.
 */
export async function openSession(
  base: Pick<Base, "audit" | "config" | "sessions" | "tokens">,
  holder: Holder,
  requestId: string,
  notAfter = Number.POSITIVE_INFINITY,
): Promise<OpenedSession | undefined> {
  const found = await findHolder(base, holder, requestId);
  if (!found) return undefined;
  const { caller, expiresAt = Number.POSITIVE_INFINITY } = found;
  const { session, secret } = await base.sessions.create(holder, Math.min(notAfter, expiresAt));
  await noteChange(base, caller, { action: "session.create", target: session.id, fields: [] });
  return { caller, session, secret };
}

/** Who a browser's session speaks for. Undefined: it has ended, or its token has. */
export async function findSessionCaller(
  base: Pick<Base, "config" | "sessions" | "tokens">,
  secret: string,
  requestId: string,
): Promise<{ readonly caller: Caller; readonly session: Session } | undefined> {
  const session = await base.sessions.find(secret);
  if (!session) return undefined;
  const found = await findHolder(base, session.holder, requestId);
  if (found) return { caller: found.caller, session };
  await base.sessions.end(secret);
  return undefined;
}

/** Signs a browser out. False: there was no such session, or it has ended already, and nothing is noted. */
export async function endSession(
  base: Pick<Base, "audit" | "config" | "sessions" | "tokens">,
  secret: string,
  requestId: string,
): Promise<boolean> {
  const found = await findSessionCaller(base, secret, requestId);
  if (!found || !(await base.sessions.end(secret))) return false;
  await noteChange(base, found.caller, { action: "session.end", target: found.session.id, fields: [] });
  return true;
}
