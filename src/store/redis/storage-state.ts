import { toError } from "../../shared/errors.ts";

/** Whether what we keep can be written just now. */
export interface Storage {
  readonly writable: boolean;
  /** Since when that is so, unix ms. */
  readonly since: number;
  /** Why it cannot, for a person; empty: it can. */
  readonly reason: string;
}

export interface StorageState {
  read(): Storage;
  /** @param reason empty: it can be written. False: that was known. */
  set(reason: string): boolean;
}

export function createStorageState(now: () => number): StorageState {
  let storage: Storage = { writable: true, since: now(), reason: "" };
  return {
    read: () => storage,
    set(reason) {
      if (reason === storage.reason) return false;
      storage = { writable: reason === "", since: now(), reason };
      return true;
    },
  };
}

const REASONS: readonly (readonly [code: RegExp, reason: string])[] = [
  [/READONLY|UNBLOCKED/, "Redis is a read-only replica: it waits for the primary"],
  [/LOADING/, "Redis is still reading its data in"],
  [/MASTERDOWN/, "Redis has lost its primary"],
  [/OOM/, "Redis is full: raise maxmemory"],
  [/MISCONF/, "Redis cannot save to its disk and refuses to write"],
  [/NOREPLICAS/, "Redis misses its replicas and refuses to write"],
  [/NOPERM|NOAUTH|WRONGPASS/, "Redis does not let us write: look at its users (ACL)"],
  [/BUSY/, "Redis is busy with a script"],
];

/** Why Redis refused a command, for a person; undefined: the error is of another kind. */
export function refusalOf(error: unknown): string | undefined {
  const { message } = toError(error);
  const [code = ""] = message.split(" ");
  return REASONS.find(([known]) => known.test(code))?.[1];
}

/** What a refused write means. What is not known here is told by its first word. */
export function reasonOf(message: string): string {
  const known = REASONS.find(([code]) => code.test(message));
  return known?.[1] ?? `Redis refuses to write: ${message.split(" ")[0]}`;
}
