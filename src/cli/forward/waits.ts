import { setTimeout as delay } from "node:timers/promises";

/** Waits that double from the first to the longest, ms. */
export interface Waits {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** @param failures how many there were in a row, from 1 */
export function waitMsAfter(failures: number, { firstMs, mostMs }: Waits): number {
  return Math.min(mostMs, firstMs * 2 ** (failures - 1));
}

/** Ends early, and does not reject, when the signal fires. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
