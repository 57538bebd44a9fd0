import type { Config } from "../../config/config.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";

interface Person {
  /** A token's id, `ops-token`, or `cli:<user of the system>`. */
  readonly id: string;
  readonly name: string;
  /** Of the request that this is done for. */
  readonly requestId?: string | undefined;
}

/** May change everything (admin), or look at everything but sensitive fields (viewer). */
export interface Operator extends Person {
  readonly role: "admin" | "viewer";
}

/** An external system that helps itself: its own endpoints, and the accounts that it was given. */
export interface Subscriber extends Person {
  readonly role: "subscriber";
  /** Owner of its endpoints. */
  readonly subscriber: string;
  readonly accounts: readonly string[];
  /** May ask for sensitive fields. */
  readonly sensitive: boolean;
}

/** On whose behalf something is done. Every function of this room that shows or changes something takes one. */
export type Caller = Operator | Subscriber;

/**
 * Whether an endpoint exists for a caller. For a subscriber it must be its own, and ask for nothing that this very token
 * may not see: two tokens of one subscriber may be given different accounts.
 */
export function seesEndpoint(
  caller: Caller,
  { owner, settings }: Pick<Endpoint, "owner" | "settings">,
): boolean {
  if (caller.role !== "subscriber") return true;
  const { accounts, include } = settings;
  return (
    owner === caller.subscriber &&
    accounts !== undefined &&
    accounts.every((name) => caller.accounts.includes(name)) &&
    (include.length === 0 || caller.sensitive)
  );
}

/** Whether a caller may have sensitive fields, where it asks for them. A viewer looks after the service, not at patients' notes. */
export function maySeeSensitive(caller: Caller): boolean {
  switch (caller.role) {
    case "admin":
      return true;
    case "viewer":
      return false;
    case "subscriber":
      return caller.sensitive;
  }
}

/** The configured accounts that exist for a caller, as the configuration orders them. */
export function accountsOf(caller: Caller, { accounts }: Pick<Config, "accounts">): readonly string[] {
  const names = accounts.map(({ name }) => name);
  return caller.role === "subscriber" ? names.filter((name) => caller.accounts.includes(name)) : names;
}

/** Whose an endpoint is that the caller makes; undefined: the operator's. */
export function ownerOf(caller: Caller): string | undefined {
  return caller.role === "subscriber" ? caller.subscriber : undefined;
}
