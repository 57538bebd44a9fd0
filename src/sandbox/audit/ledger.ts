import { TABLE_NAMES, type TableName } from "../tables/tables.ts";
import { freezeDeep, type WireRecord } from "../wire/record.ts";

export interface LedgerEntry {
  /** Place in the ledger, from 0. */
  readonly index: number;
  /** When it was written, by the clinic's clock, in ms. */
  readonly at: number;
  /** When readers of the API can first see it: later than `at` while commits are late. */
  readonly visibleAt: number;
  readonly resource: TableName;
  readonly id: string;
  /** Counts the states of one record, from 1. */
  readonly version: number;
  /** The record as the API serves it in this state; of a deleted one, its last state. Deeply frozen. */
  readonly record: WireRecord;
  /** What was done, in the words of the events that should tell of it. Empty for noise and for the baseline. */
  readonly facts: readonly string[];
  /** Nothing moved but fields nobody should be called for. */
  readonly noise: boolean;
  /** The record was there before the clinic opened. */
  readonly baseline: boolean;
}

/** The truth about a clinic: every state of every record that somebody may be called for, in the order they were written. */
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
  const versions = new Map(TABLE_NAMES.map((name) => [name, new Map<string, number>()]));
  const listeners = new Set<(entry: LedgerEntry) => void>();
  return {
    entries,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    append: (told) => {
      const known = versions.get(told.resource);
      const version = (known?.get(told.id) ?? 0) + 1;
      known?.set(told.id, version);
      const entry = new Entry(told, entries.length, version);
      entries.push(entry);
      listeners.forEach((listener) => listener(entry));
    },
  };
}

const NO_FACTS: readonly string[] = Object.freeze([]);

/**
 * A class against the habit of the house: with a getter of its own on every entry, a clinic of a hundred thousand
 * appointments would take a kilobyte more for each.
 */
class Entry implements LedgerEntry {
  readonly index: number;
  readonly at: number;
  readonly visibleAt: number;
  readonly resource: TableName;
  readonly id: string;
  readonly version: number;
  readonly facts: readonly string[];
  readonly noise: boolean;
  readonly baseline: boolean;
  readonly #render: () => WireRecord;
  #record: WireRecord | undefined;

  constructor(told: Told, index: number, version: number) {
    this.index = index;
    this.at = told.at;
    this.visibleAt = told.visibleAt;
    this.resource = told.resource;
    this.id = told.id;
    this.version = version;
    this.facts = told.facts.length === 0 ? NO_FACTS : Object.freeze([...told.facts]);
    this.noise = told.noise;
    this.baseline = told.baseline;
    this.#render = told.render;
    Object.freeze(this);
  }

  get record(): WireRecord {
    this.#record ??= freezeDeep(this.#render());
    return this.#record;
  }

  toJSON(): LedgerEntry {
    const { index, at, visibleAt, resource, id, version, record, facts, noise, baseline } = this;
    return { index, at, visibleAt, resource, id, version, record, facts, noise, baseline };
  }
}
