import type { AccountStore } from "../../store/detection/account-store.ts";
import type { ReadingStore } from "../../store/detection/reading-store.ts";
import type { Opening } from "../../store/detection/turn-store.ts";

interface Stores {
  readonly store: AccountStore;
  readonly reading: ReadingStore;
}

/**
 * The stores of one turn. What was read when it began is not read again until something is written: then it is what stands there but for
 * what others have put down since, and that is met in the next turn, as if it had come a moment later.
 */
export function readAhead({ reading, store }: Stores, opening: Opening): Stores {
  const { cursor, failingSteps, lease, rereads, state, suspects } = opening;
  const known = { cursor: true, rest: true };
  const isOurs = (account: string, resource: string): boolean =>
    account === lease.account && resource === lease.resource;
  const read =
    <Value>(value: Value, otherwise: (account: string, resource: string) => Promise<Value>) =>
    async (account: string, resource: string): Promise<Value> =>
      known.rest && isOurs(account, resource) ? value : await otherwise(account, resource);
  const write =
    <Given extends unknown[]>(into: (...given: Given) => Promise<void>) =>
    async (...given: Given): Promise<void> => {
      known.rest = false;
      await into(...given);
    };
  return {
    store: {
      ...store,
      readCursor: async (account, resource) =>
        known.cursor && isOurs(account, resource) ? cursor : await store.readCursor(account, resource),
      commit: async (held, commit) => {
        const { events, rereads: named = [], snapshots } = commit;
        if (commit.cursor) known.cursor = false;
        if (snapshots.size + events.length + named.length > 0) known.rest = false;
        return await store.commit(held, commit);
      },
    },
    reading: {
      read: read(state, async (...of) => await reading.read(...of)),
      failingSteps: read(failingSteps, async (...of) => await reading.failingSteps(...of)),
      suspects: read(suspects, async (...of) => await reading.suspects(...of)),
      rereads: read(rereads, async (...of) => await reading.rereads(...of)),
      update: write(async (...given) => await reading.update(...given)),
      stepFailed: write(async (...given) => await reading.stepFailed(...given)),
      suspect: write(async (...given) => await reading.suspect(...given)),
      markMissing: write(async (...given) => await reading.markMissing(...given)),
      // With nothing to write nothing is written.
      stepsWell: unlessEmpty(write(async (...given) => await reading.stepsWell(...given))),
      clearSuspects: unlessEmpty(write(async (...given) => await reading.clearSuspects(...given))),
      clearRereads: unlessEmpty(write(async (...given) => await reading.clearRereads(...given))),
    },
  };
}

type OfSome = (account: string, resource: string, some: readonly string[]) => Promise<void>;

function unlessEmpty(write: OfSome): OfSome {
  return async (account, resource, some) => {
    if (some.length > 0) await write(account, resource, some);
  };
}
