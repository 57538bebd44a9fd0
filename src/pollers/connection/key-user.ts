import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Failure } from "../../cliniko/outcome.ts";
import type { Connection } from "../../store/detection/connection-store.ts";
import { elapsedMs } from "../../shared/elapsed.ts";
import type { ConnectionKeeper, Decision } from "./connection-keeper.ts";

/** Who sees all that another role sees. Of two that are not named here neither is known to. Source: docs/upstream.md §2. */
const SEES_AS_MUCH_AS: Readonly<Record<string, readonly string[]>> = {
  administrator: ["power receptionist", "practitioner", "bookkeeper", "receptionist", "scheduler"],
  "power receptionist": ["receptionist", "scheduler"],
  practitioner: ["receptionist", "scheduler"],
  receptionist: ["scheduler"],
};

/** How often it is looked whether a lower role is still the key's user's, ms. */
const LOOK_AGAIN_MS = 600_000;

/** Whether this role sees all that the other one saw. */
export function seesAsMuch(role: string, as: string): boolean {
  return role === as || SEES_AS_MUCH_AS[role]?.includes(as) === true;
}

/**
 * Whether the key's user sees less than when what is known was seen. A role that was taken away hides records, and those
 * answer 404 by id as deleted ones do: until the role is back, or an operator has looked, a deletion without a stamp is not
 * believed.
 */
export interface KeyUser {
  /** @param anew the user is asked; otherwise what was last found out is good for a while */
  seesLess(anew: boolean, signal: AbortSignal): Promise<boolean | Failure>;
  /** What it last answered. */
  readonly wasLess: () => boolean;
}

export interface KeyUserDeps {
  readonly keeper: Pick<ConnectionKeeper, "read" | "update">;
  readonly now: () => number;
  /** Up to when everything of the account has been seen, unix seconds; undefined: not known. */
  readonly completeUpTo: (account: string) => Promise<number | undefined>;
}

export function createKeyUsers(
  deps: KeyUserDeps,
): (name: string, client: Pick<ClinikoClient, "currentUser">) => KeyUser {
  const lookedAt = new Map<string, number>();
  const { keeper, now } = deps;
  const readLess = async (name: string): Promise<boolean> =>
    (await keeper.read(name)).owner?.sawAs !== undefined;
  return (name, client) => {
    let isLess = false;
    const look = async (anew: boolean, signal: AbortSignal): Promise<boolean | Failure> => {
      const isKnown = elapsedMs(now(), lookedAt.get(name) ?? 0) < LOOK_AGAIN_MS;
      const less = anew || (await readLess(name));
      if (!anew && (isKnown || !less)) return less;
      const user = await client.currentUser(signal);
      lookedAt.set(name, now());
      if (user.kind === "ok") await noteRole(deps, name, user.role);
      else if (user.kind !== "forbidden") return user;
      return await readLess(name);
    };
    return {
      async seesLess(anew, signal) {
        const less = await look(anew, signal);
        isLess = less === true;
        return less;
      },
      wasLess: () => isLess,
    };
  };
}

/**
 * Remembers the role of the key's user, and tells when it sees less than it did, and when it no longer does.
 * @param seen the connection as it was a moment ago, where that is known
 */
export async function noteRole(
  { completeUpTo, keeper, now }: KeyUserDeps,
  name: string,
  role: string | undefined,
  seen?: Connection,
): Promise<void> {
  if (role === undefined) return;
  const { owner: known } = seen ?? (await keeper.read(name));
  if (!known || (known.role === role && known.sawAs === undefined)) return;
  const upTo = await completeUpTo(name);
  await keeper.update(name, ({ owner }): Decision | undefined => {
    const saw = owner?.sawAs ?? owner?.role;
    if (!owner) return undefined;
    if (saw === undefined || seesAsMuch(role, saw)) {
      const { sawAs, sawUntil: since = now(), ...rest } = owner;
      const change = { owner: { ...rest, role } };
      if (sawAs === undefined) return owner.role === role ? undefined : { change };
      const detail = `the key's user is ${role} again, and sees all that it saw`;
      return {
        change,
        tell: { transition: "recovered", resource: undefined, since, detail, completeUpTo: upTo },
      };
    }
    if (owner.sawAs !== undefined)
      return owner.role === role ? undefined : { change: { owner: { ...owner, role } } };
    const since = now();
    const detail = `the key's user was ${saw} and is ${role}: what it does not see any more is not taken as deleted`;
    return {
      change: { owner: { ...owner, role, sawAs: saw, sawUntil: since } },
      tell: { transition: "permission_reduced", resource: undefined, since, detail, completeUpTo: upTo },
    };
  });
}

/** An operator has looked: what the present role sees is what there is. True: that was in doubt. */
export async function acceptRole(keeper: Pick<ConnectionKeeper, "update">, name: string): Promise<boolean> {
  let wasLess = false;
  await keeper.update(name, ({ owner }) => {
    wasLess = owner?.sawAs !== undefined;
    if (!owner || owner.sawAs === undefined) return undefined;
    const { sawAs, sawUntil: since = 0, ...rest } = owner;
    const detail = `an operator takes what ${rest.role ?? "the key's user"} sees for all there is; it was ${sawAs}`;
    return {
      change: { owner: rest },
      tell: { transition: "recovered", resource: undefined, since, detail, completeUpTo: undefined },
    };
  });
  return wasLess;
}
