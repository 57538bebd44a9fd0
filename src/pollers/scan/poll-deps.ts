import type { Target } from "../../shared/target.ts";
import type { ClinikoClient } from "../../cliniko/client.ts";
import type { IdentityKey } from "../../diff/identity.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import type { Leases } from "../../store/detection/lease.ts";
import type { ReadingStore } from "../../store/detection/reading-store.ts";
import type { Run } from "../../store/detection/run-log.ts";
import type { Turns } from "../../store/detection/turn-store.ts";
import type { Tombstones } from "../../store/detection/tombstones.ts";
import type { ConnectionKeeper } from "../connection/connection-keeper.ts";
import { type WatchedTimes } from "../availability/read-availability.ts";
import type { Pace } from "../schedule/pace.ts";
import type { ScanResult } from "./scan.ts";
import type { ReconcileIntervals, ReconcileResult, ReconcileStep } from "../reconcile/reconcile.ts";

export interface PolledAccount {
  readonly client: Pick<
    ClinikoClient,
    "availableTimes" | "listPage" | "findRecord" | "currentUser" | "clinic" | "freeInMs" | "takeAhead"
  >;
  /** Names the key and where it is used, without telling either. */
  readonly keyHash: string;
  /** Resources the operator wants read. */
  readonly resources: readonly string[];
  /** Nothing is told of patients who refused the clinic's privacy policy. */
  readonly suppressWithoutConsent: boolean;
  /** Resources whose first sync is left out; none when left out. */
  readonly fromNowOn?: readonly string[];
  /** What can be booked online is told of these; of none when left out. */
  readonly availableTimes?: readonly WatchedTimes[];
}

export interface PollDeps {
  readonly accounts: ReadonlyMap<string, PolledAccount>;
  readonly store: AccountStore;
  readonly reading: ReadingStore;
  readonly tombstones: Pick<Tombstones, "read">;
  readonly leases: Leases;
  readonly turns: Turns;
  readonly renewLeaseEveryMs: number;
  readonly keeper: ConnectionKeeper;
  readonly identityKey: IdentityKey;
  /** When to read next; the outcome of this poll is learnt from. */
  readonly pace: Pace;
  readonly overlapMs: number;
  /** Our share of each account's requests a minute. */
  readonly requestsPerMinute: number;
  /** Within what time a change of a resource is to be known, ms. */
  readonly promiseMs: (resource: string) => number;
  readonly reconcile: ReconcileIntervals;
  readonly now: () => number;
  /** Fires when the process is to stop: a scan ends after the page in hand. */
  readonly signal: AbortSignal;
  /** There are new events in this account's log. */
  readonly onEvents: (account: string) => Promise<void>;
  /** There is a place for this poll, which waits for one, or something to read. It will look by itself, but later. */
  readonly wake: (target: Target) => Promise<unknown>;
  /**
   * `requests`: what the scan asked of the upstream, what it needed besides its pages included. Answers with what is to be kept of it for
   * people.
   */
  readonly onScan: (
    target: Target,
    result: ScanResult,
    durationMs: number,
    requests: number,
  ) => Run | undefined;
  readonly onReconcile: (target: Target, result: ReconcileResult) => void;
  /** One step of reconciliation that asked the upstream for something has ended. */
  readonly onStep: (target: Target, step: ReconcileStep) => void;
}
