import { type ConnectionFact, toConnectionEvent } from "../../diff/connection-event.ts";
import type { ConnectionTransition } from "../../diff/event-types.ts";
import type { IdentityKey } from "../../diff/identity.ts";
import type {
  Connection,
  ConnectionChange,
  ConnectionStore,
} from "../../store/detection/connection-store.ts";

/** What is said of a connection, to subscribers and to the log. */
export interface Notice {
  readonly account: string;
  readonly transition: ConnectionTransition;
  readonly resource: string | undefined;
  readonly since: number;
  readonly detail: string;
}

export interface ConnectionKeeper {
  read(account: string): Promise<Connection>;
  /**
   * Decides on the connection as it is now, and makes the change with its event in one step; decides again when another
   * worker was quicker. Undefined: nothing to change.
   * @param seen how it was a moment ago, where that is known: it is read only when it has changed since. Where it turns out to be older
   * than that, Redis has lost it, and what was found out under it: nothing is changed.
   */
  update(
    account: string,
    decide: (now: Connection) => Decision | undefined,
    seen?: Connection,
  ): Promise<void>;
}

export interface Decision {
  readonly change: ConnectionChange;
  /** Undefined: nobody needs to know (yet). */
  readonly tell?: Omit<Notice, "account"> & Pick<ConnectionFact, "completeUpTo" | "sequenceReset">;
}

export interface KeeperDeps {
  readonly connections: ConnectionStore;
  readonly identityKey: IdentityKey;
  readonly now: () => number;
  readonly onNotice: (notice: Notice) => void;
  /** There are new events in this account's log. */
  readonly onEvents: (account: string) => Promise<void>;
}

export function createConnectionKeeper(deps: KeeperDeps): ConnectionKeeper {
  const { connections, identityKey, now } = deps;
  return {
    read: async (account) => await connections.read(account),

    async update(account, decide, seen) {
      for (let known = seen; ; known = undefined) {
        const read = known ?? (await connections.read(account));
        if (seen && read.version < seen.version) return;
        const decision = decide(read);
        if (!decision) return;
        const { change, tell } = decision;
        const sequence = read.sequence + 1;
        const event = tell && toConnectionEvent(identityKey, { ...tell, account, sequence, now: now() });
        if (!(await connections.change(account, read, change, event))) continue;
        if (tell) {
          deps.onNotice({ account, ...tell });
          await deps.onEvents(account);
        }
        return;
      }
    },
  };
}
