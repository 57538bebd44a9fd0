import { freezeDeep, type WireRecord } from "./wire-record.ts";

/** What an act did to a record, in the words of the events that should tell of it. */
export type Fact =
  | "created"
  /** What `created` is called for a place in a group. */
  | "added"
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

export type LedgerResource = "individual_appointments" | "patients" | "group_appointments" | "attendees";

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

/**
 * The truth about a clinic: every state of every appointment, class, place and patient, in the order they were
 * written.
 */
export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  /** Calls back for every later entry; the answer ends it. */
  readonly subscribe: (listener: (entry: LedgerEntry) => void) => () => void;
}

/** What an act tells the ledger. The record is printed when somebody first looks at it: most are never looked at. */
export type Told = Omit<LedgerEntry, "index" | "version" | "record"> & { readonly render: () => WireRecord };

export interface LedgerWriter extends Ledger {
  readonly append: (told: Told) => void;
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
      const entry = createEntry(told, entries.length, version);
      entries.push(entry);
      listeners.forEach((listener) => {
        listener(entry);
      });
    },
  };
}

const NO_FACTS: readonly Fact[] = Object.freeze([]);

function createEntry(told: Told, index: number, version: number): LedgerEntry {
  const { render, facts, at, visibleAt, resource, id, noise, baseline } = told;
  let record: WireRecord | undefined;
  return Object.freeze({
    index,
    at,
    visibleAt,
    resource,
    id,
    version,
    get record(): WireRecord {
      record ??= freezeDeep(render());
      return record;
    },
    facts: facts.length === 0 ? NO_FACTS : Object.freeze([...facts]),
    noise,
    baseline,
  });
}
