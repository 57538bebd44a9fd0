import type { Random } from "./random.ts";

/**
 * Real ids of 2024 are milliseconds since the start of 2019, shifted left by 23 bits: 19 digits, growing with the
 * moment of creation, far beyond what a double can hold.
 */
const ID_EPOCH_MS = Date.UTC(2019, 0, 1);
const SMALLEST_LONG_ID = 1_000_000_000_000_000_000n;
const FIRST_SHORT_ID = 75_335_355n;

/** Hands out ids that grow with creation time; never the same one twice. */
export function createIdSource(random: Random, short: boolean): (createdAtMs: number) => string {
  /** How far the ids of each millisecond have gone. */
  const used = new Map<number, number>();
  let lastShort = FIRST_SHORT_ID;
  return (createdAtMs) => {
    if (short) {
      lastShort += BigInt(random.integer(1, 40));
      return String(lastShort);
    }
    const moment = Math.max(0, Math.floor(createdAtMs));
    const step = (used.get(moment) ?? 0) + random.integer(1, 9);
    used.set(moment, step);
    return String(longIdOf(moment) + BigInt(step));
  };
}

/** A virtual clock may start at zero; its ids are 19 digits long all the same. */
function longIdOf(createdAtMs: number): bigint {
  const elapsed = BigInt(createdAtMs - ID_EPOCH_MS) << 23n;
  return elapsed < SMALLEST_LONG_ID ? SMALLEST_LONG_ID + (BigInt(createdAtMs) << 10n) : elapsed;
}

/** Compares two ids by value without leaving the text: they do not fit a double. */
export function compareIds(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** "007" is the id 7: a filter may say so. */
export function withoutLeadingZeros(text: string): string {
  return text.replace(/^0+(?=\d)/, "");
}
