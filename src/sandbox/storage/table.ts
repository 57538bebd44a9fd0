import { createBlockIndex, type Block, type History } from "./blocks.ts";
import type { BaseRow } from "./columns.ts";
import type { WireRecord } from "../wire/record.ts";

/** One stored state of a record: the row, how it looks on the wire, and when it was written among the others. */
export interface Stored<Row> {
  readonly row: Row;
  /** Prints it anew: a hundred thousand printed records would not fit, and most are never asked for. */
  readonly render: () => WireRecord;
  /** Grows with every write to the table. Ties in a sort fall back on it, so a written row moves among its equals. */
  readonly order: number;
}

export interface Version<Row> {
  readonly visibleAt: number;
  /** Undefined once the record is gone for good. */
  readonly stored: Stored<Row> | undefined;
}

/** What a reader sees at a moment, which may lie in the past (a stale cache) or before a write became visible. */
export interface ReadableTable<Row extends BaseRow> {
  readonly seenAt: (id: string, momentMs: number) => Stored<Row> | undefined;
  /** Every record there ever was, in the order of ids. */
  readonly blocks: () => readonly Block<Row>[];
}

/** Rows with a short history. Writes build on the newest state; reads see the newest state that is visible. */
export interface Table<Row extends BaseRow> extends ReadableTable<Row> {
  /** The truth, visible or not. */
  readonly current: (id: string) => Stored<Row> | undefined;
  readonly currentRows: () => readonly Row[];
  /** Writes a row and answers what readers will see. */
  put(row: Row, visibleAt: number): Written<Row>;
  /** How a row looks on the wire, stored or not. */
  print(row: Row): WireRecord;
  /** Takes a row away without a trace. */
  readonly remove: (id: string, visibleAt: number) => Version<Row>;
}

/** A row of which only its columns' names are known at run time. */
export type AnyRow = BaseRow & Readonly<Record<string, unknown>>;

export type Written<Row> = Version<Row> & { readonly stored: Stored<Row> };

/** How far back a read may look. Delays and staleness beyond it are cut. */
export const HISTORY_MS = 15 * 60_000;

export function createTable<Row extends BaseRow>(render: (row: Row) => WireRecord): Table<Row> {
  const histories = new Map<string, History<Row> & { readonly versions: Version<Row>[] }>();
  const index = createBlockIndex<Row>();
  let order = 0;

  const append = <Latest extends Version<Row>>(id: string, version: Latest): Latest => {
    const known = histories.get(id);
    if (known === undefined) {
      const history = { id, versions: [version] };
      histories.set(id, history);
      index.add(history);
      return version;
    }
    const { versions } = known;
    // A later write of the same record never becomes visible before an earlier one.
    const visibleAt = Math.max(version.visibleAt, versions.at(-1)?.visibleAt ?? -Infinity);
    const next = { ...version, visibleAt };
    while (versions[1] !== undefined && versions[1].visibleAt < visibleAt - HISTORY_MS) versions.shift();
    versions.push(next);
    index.touch(id);
    return next;
  };

  return {
    current: (id) => histories.get(id)?.versions.at(-1)?.stored,
    currentRows: () => {
      const rows: Row[] = [];
      for (const { versions } of histories.values()) {
        const row = versions.at(-1)?.stored?.row;
        if (row !== undefined) rows.push(row);
      }
      return rows;
    },
    put: (row, visibleAt) => {
      order += 1;
      return append(row.id, { visibleAt, stored: { row, render: () => render(row), order } });
    },
    print: render,
    remove: (id, visibleAt) => append(id, { visibleAt, stored: undefined }),
    seenAt: (id, momentMs) => seenOf(histories.get(id)?.versions ?? [], momentMs),
    blocks: index.blocks,
  };
}

/** The newest state that is visible at that moment. */
export function seenOf<Row>(versions: readonly Version<Row>[], momentMs: number): Stored<Row> | undefined {
  return versions.findLast((version) => version.visibleAt <= momentMs)?.stored;
}
