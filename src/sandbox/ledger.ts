import type { WireRecord } from "./wire-record.ts";

/** What an act did to a record, in the words of the events that should tell of it. */
export type Fact =
  | "created"
  | "updated"
  | "rescheduled"
  | "practitioner_changed"
  | "business_changed"
  | "cancelled"
  | "reinstated"
  | "arrived"
  | "arrival_reverted"
  | "did_not_arrive"
  | "did_not_arrive_reverted"
  | "archived"
  | "unarchived"
  | "merged"
  | "deleted"
  | "restored";

export type LedgerResource = "individual_appointments" | "patients";

export interface LedgerEntry {
  /** Place in the ledger, from 0. */
  readonly index: number;
  /** When it was written, by the clinic's clock, in ms. */
  readonly at: number;
  /** When readers of the API can first see it: later than `at` while commits are late. */
  readonly visibleAt: number;
  readonly resource: LedgerResource;
  readonly id: string;
  /** Counts the states of one record, from 1. */
  readonly version: number;
  /** The record as the API serves it in this state; of a deleted one, its last state. Deeply frozen. */
  readonly record: WireRecord;
  /** Told by the act itself, never found by comparing. Empty for noise and for the baseline. */
  readonly facts: readonly Fact[];
  /** Nothing moved but fields nobody should be called for. */
  readonly noise: boolean;
  /** The record was there before the clinic opened. */
  readonly baseline: boolean;
}

/** The truth about a clinic: every state of every appointment and patient, in the order they were written. */
export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  /** Calls back for every later entry; the answer ends it. */
  readonly subscribe: (listener: (entry: LedgerEntry) => void) => () => void;
}

export interface LedgerWriter extends Ledger {
  readonly append: (entry: Omit<LedgerEntry, "index" | "version">) => void;
}

export function createLedger(): LedgerWriter {
  const entries: LedgerEntry[] = [];
  const versions = new Map<string, number>();
  const listeners = new Set<(entry: LedgerEntry) => void>();
  return {
    entries,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    append: (told) => {
      const key = `${told.resource}/${told.id}`;
      const version = (versions.get(key) ?? 0) + 1;
      versions.set(key, version);
      const entry: LedgerEntry = Object.freeze({
        ...told,
        facts: Object.freeze([...told.facts]),
        index: entries.length,
        version,
      });
      entries.push(entry);
      listeners.forEach((listener) => {
        listener(entry);
      });
    },
  };
}
