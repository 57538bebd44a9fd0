import type { BaseRow } from "./rows.ts";
import { freezeDeep, type WireRecord } from "./wire-record.ts";

/** One stored state of a record: the row, what it looks like on the wire, and when it was written among the others. */
export interface Stored<Row> {
  readonly row: Row;
  readonly wire: WireRecord;
  /** Grows with every write to the table. Ties in a sort fall back on it, so a written row moves among its equals. */
  readonly order: number;
}

export interface Version<Row> {
  readonly visibleAt: number;
  /** Undefined once the record is gone for good. */
  readonly stored: Stored<Row> | undefined;
}

/**
 * Rows with a short history. Writes build on the newest state; reads see the newest state that is visible at a
 * moment, which may lie in the past (a stale cache) or before a write became visible (a late commit).
 */
export interface Table<Row extends BaseRow> {
  /** The truth, visible or not. */
  readonly current: (id: string) => Stored<Row> | undefined;
  readonly currentRows: () => readonly Row[];
  /** Writes a row and answers what readers will see. */
  readonly put: (row: Row, visibleAt: number) => Version<Row>;
  /** Takes a row away without a trace. */
  readonly remove: (id: string, visibleAt: number) => Version<Row>;
  readonly seenAt: (id: string, momentMs: number) => Stored<Row> | undefined;
  readonly allSeenAt: (momentMs: number) => readonly Stored<Row>[];
}

/** How far back a read may look. Delays and staleness beyond it are cut. */
export const HISTORY_MS = 15 * 60_000;

export function createTable<Row extends BaseRow>(render: (row: Row) => WireRecord): Table<Row> {
  const histories = new Map<string, Version<Row>[]>();
  let order = 0;

  const append = (id: string, wantedVisibleAt: number, stored: Stored<Row> | undefined): Version<Row> => {
    const history = histories.get(id) ?? [];
    // A later write of the same record never becomes visible before an earlier one.
    const visibleAt = Math.max(wantedVisibleAt, history.at(-1)?.visibleAt ?? -Infinity);
    const version = { visibleAt, stored };
    while (history[1] !== undefined && history[1].visibleAt < visibleAt - HISTORY_MS) history.shift();
    history.push(version);
    histories.set(id, history);
    return version;
  };
  const seen = (history: readonly Version<Row>[], momentMs: number): Stored<Row> | undefined =>
    history.findLast((version) => version.visibleAt <= momentMs)?.stored;

  return {
    current: (id) => histories.get(id)?.at(-1)?.stored,
    currentRows: () => {
      const rows: Row[] = [];
      for (const history of histories.values()) {
        const row = history.at(-1)?.stored?.row;
        if (row !== undefined) rows.push(row);
      }
      return rows;
    },
    put: (row, visibleAt) => {
      order += 1;
      return append(row.id, visibleAt, { row, wire: freezeDeep(render(row)), order });
    },
    remove: (id, visibleAt) => append(id, visibleAt, undefined),
    seenAt: (id, momentMs) => seen(histories.get(id) ?? [], momentMs),
    allSeenAt: (momentMs) => {
      const all: Stored<Row>[] = [];
      for (const history of histories.values()) {
        const stored = seen(history, momentMs);
        if (stored !== undefined) all.push(stored);
      }
      return all;
    },
  };
}
