import { compareIds } from "../clinic/ids.ts";
import { columnValue, type BaseRow } from "./columns.ts";
import type { Version } from "./table.ts";

/** All that is remembered of one record, oldest first. */
export interface History<Row> {
  readonly id: string;
  readonly versions: readonly Version<Row>[];
}

/**
 * A run of neighbouring ids with what a reader must know to skip it, or to count it, without looking inside. It
 * speaks of the newest states, so it holds for readers at `settledAt` or later.
 */
export interface Block<Row> {
  readonly histories: readonly History<Row>[];
  readonly settledAt: number;
  /** Of updated_at; Infinity and -Infinity when every record is gone. */
  readonly oldestUpdate: number;
  readonly newestUpdate: number;
  /** How many records there are for each value of `hiddenBits`. */
  readonly counts: readonly number[];
}

/** Keeps histories in the order of their ids. Ids grow with creation, so nearly always that is the order of arrival. */
export interface BlockIndex<Row> {
  readonly add: (history: History<Row>) => void;
  /** This record was written. */
  readonly touch: (id: string) => void;
  readonly blocks: () => readonly Block<Row>[];
}

const BLOCK_SIZE = 256;
const ARCHIVED = 1;
const CANCELLED = 2;

/** What hides a record, as a number below 4: so records can be counted by it. */
export function hiddenBits(row: BaseRow): number {
  return (
    (isSet(columnValue(row, "archived_at")) ? ARCHIVED : 0) |
    (isSet(columnValue(row, "cancelled_at")) ? CANCELLED : 0)
  );
}

export function toHiddenMask(columns: readonly string[]): number {
  return (
    (columns.includes("archived_at") ? ARCHIVED : 0) | (columns.includes("cancelled_at") ? CANCELLED : 0)
  );
}

export function createBlockIndex<Row extends BaseRow>(): BlockIndex<Row> {
  const histories: History<Row>[] = [];
  let blocks: (Block<Row> | undefined)[] = [];
  let isSorted = true;
  const forgetAt = (position: number): void => {
    blocks[Math.floor(position / BLOCK_SIZE)] = undefined;
  };
  return {
    add: (history) => {
      const last = histories.at(-1);
      if (last !== undefined && compareIds(last.id, history.id) > 0) isSorted = false;
      histories.push(history);
      forgetAt(histories.length - 1);
    },
    touch: (id) => {
      if (isSorted) forgetAt(firstFrom(histories, id));
    },
    blocks: () => {
      if (!isSorted) {
        histories.sort((a, b) => compareIds(a.id, b.id));
        blocks = [];
        isSorted = true;
      }
      const count = Math.ceil(histories.length / BLOCK_SIZE);
      return Array.from({ length: count }, (_, index) => {
        const from = index * BLOCK_SIZE;
        const block = blocks[index] ?? summarise(histories.slice(from, from + BLOCK_SIZE));
        blocks[index] = block;
        return block;
      });
    },
  };
}

/** Place of the first history whose id is not smaller. */
export function firstFrom<Row>(histories: readonly History<Row>[], id: string): number {
  let [low, high] = [0, histories.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = histories[middle];
    if (candidate !== undefined && compareIds(candidate.id, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function summarise<Row extends BaseRow>(histories: readonly History<Row>[]): Block<Row> {
  let [settledAt, oldestUpdate, newestUpdate] = [-Infinity, Infinity, -Infinity];
  const counts = [0, 0, 0, 0];
  for (const { versions } of histories) {
    const newest = versions.at(-1);
    if (newest === undefined) continue;
    settledAt = Math.max(settledAt, newest.visibleAt);
    if (newest.stored === undefined) continue;
    const { row } = newest.stored;
    oldestUpdate = Math.min(oldestUpdate, row.updated_at);
    newestUpdate = Math.max(newestUpdate, row.updated_at);
    const bits = hiddenBits(row);
    counts[bits] = (counts[bits] ?? 0) + 1;
  }
  return { histories, settledAt, oldestUpdate, newestUpdate, counts };
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined;
}
