import type { JobStanding } from "../../queues/job-standing.ts";
import type { ResourceFacts } from "../../store/detection/account-facts.ts";
import type { Connection } from "../../store/detection/connection-store.ts";

/** What was read of a resource, and how its poll stood just before. */
export interface KeptSource {
  readonly facts: ResourceFacts;
  readonly poll: JobStanding;
  /** See `Queues.pollSleeps`; null: it did not sleep. */
  readonly sleep: string | null;
}

export interface KeptAccount {
  readonly connection: Connection;
  /** In the order of its resources. */
  readonly sources: readonly KeptSource[];
}

/** With when all of it is to be read anew. */
interface Known extends KeptAccount {
  readonly until: number;
}

/**
 * What a process has read of accounts, for those who ask again and again for all of them. Most of it is as it was a moment ago: of a
 * resource nothing changes but by its poll, and a poll that sleeps has not run.
 */
export interface KeptFacts {
  /** Undefined: nothing is known, or it is to be read anew, whatever seems to have changed. */
  read(account: string): Known | undefined;
  /** @param known what was taken from there, undefined: all was read anew */
  keep(account: string, kept: KeptAccount, known: Known | undefined): void;
  /** Redis may have gone back: what is counted there begins again at what it was. */
  forget(): void;
  /** One reading at a time: two would each write down what the other has not seen. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
}

/**
 * All of an account is read anew after so long: a failover of one node may have lost what stands there and not what stands elsewhere,
 * and a poll that was woken by hand may sleep to the same moment again.
 */
const KEPT_MS = 60_000;

/** @param monotonicMs a clock that nobody sets */
export function createKeptFacts(monotonicMs: () => number = () => performance.now()): KeptFacts {
  const accounts = new Map<string, Known>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    read(account) {
      const found = accounts.get(account);
      return found && found.until > monotonicMs() ? found : undefined;
    },
    keep(account, kept, known) {
      // Those that are read together for the first time are read anew one after the other.
      const forMs = accounts.has(account) ? KEPT_MS : KEPT_MS * Math.random();
      accounts.set(account, { ...kept, until: known?.until ?? monotonicMs() + forMs });
    },
    forget: () => accounts.clear(),
    async inTurn(work) {
      const own = last.then(work, work);
      last = own.catch(() => undefined);
      return await own;
    },
  };
}

/** Whether what is kept is what would be read. */
export function isStill({ facts, poll, sleep }: KeptSource, sleepNow: string | null | undefined): boolean {
  return sleep !== null && sleep === sleepNow && poll.job === "asleep" && !facts.leased;
}
