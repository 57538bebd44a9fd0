import type { Failure } from "../../cliniko/outcome.ts";
import { elapsedMs } from "../../shared/elapsed.ts";
import { type Target, createTargetMap } from "../../shared/target.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import { type Connection, type NeverRead, isNeverRead } from "../../store/detection/connection-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";

/** How often it is asked for again, ms: a role is widened sooner than an account gets a part of Cliniko. */
const ASK_AGAIN_MS: Readonly<Record<NeverRead, number>> = {
  not_permitted: 3_600_000,
  not_offered: 86_400_000,
};

/** What the answer to the first question for a resource makes of it. */
export const NEVER_READ_AFTER: ReadonlyMap<Failure["kind"], NeverRead> = new Map([
  ["forbidden", "not_permitted"],
  ["not_found", "not_offered"],
]);

/**
 * Resources that were never there to be read: a 403 or 404 to the first that is asked of one, by a connection that works (see
 * `WhoseAccount.verify`). No fault and no loss, so nothing is emitted; the verdict says it.
 */
export interface NeverReadWatch {
  /** Whether a failure is of this kind; then it is noted. */
  isMet(target: Target, failure: Failure): Promise<boolean>;
  /** Whether it is too soon to ask again. A start asks at once; so does `poll`, which forgets what was noted. */
  isLeftAlone(target: Target, connection: Pick<Connection, "problems">): Promise<boolean>;
}

interface NeverReadDeps {
  readonly keeper: Pick<ConnectionKeeper, "update">;
  readonly store: Pick<AccountStore, "readCursor">;
  readonly now: () => number;
}

export function createNeverRead({ keeper, now, store }: NeverReadDeps): NeverReadWatch {
  /** When this process was last refused. */
  const refusedAt = createTargetMap<number>();
  return {
    async isMet({ account, resource }, { detail, kind: failure }) {
      const kind = NEVER_READ_AFTER.get(failure);
      if (!kind || (await store.readCursor(account, resource))) return false;
      refusedAt.set({ account, resource }, now());
      await keeper.update(account, ({ problems }) => {
        const before = problems.get(resource);
        if (before?.quarantined || before?.kind === kind) return undefined;
        const problem = { kind, since: now(), detail, told: true, quarantined: false };
        return { change: { resource, problem } };
      });
      return true;
    },

    async isLeftAlone({ account, resource }, { problems }) {
      const kind = problems.get(resource)?.kind;
      if (!isNeverRead(kind)) return false;
      const at = refusedAt.get({ account, resource });
      if (at === undefined || elapsedMs(now(), at) >= ASK_AGAIN_MS[kind]) return false;
      // Another process may have been let in since.
      return (await store.readCursor(account, resource)) === undefined;
    },
  };
}
