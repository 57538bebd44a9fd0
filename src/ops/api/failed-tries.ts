/** How often something has happened that must not happen often: as a rule, somebody at one address shows a token that is none. */
export interface FailedTries {
  /** How long to wait, ms; undefined: there is nothing against another try. */
  blockedFor(address: string): number | undefined;
  note(address: string): void;
}

const MOST = 10;
const WINDOW_MS = 60_000;
/** Addresses that are remembered. Beyond, those that failed longest ago are forgotten first. */
const MOST_ADDRESSES = 10_000;

/** `most` in a minute from an address. Counted in this process alone: it takes no Redis to turn somebody away. */
export function createFailedTries(now: () => number, most = MOST, windowMs = WINDOW_MS): FailedTries {
  const failures = new Map<string, { count: number; readonly until: number }>();

  return {
    blockedFor(address) {
      const found = failures.get(address);
      if (!found) return undefined;
      const left = found.until - now();
      // Longer than it can be: the clock was set back.
      const isOver = left <= 0 || left > windowMs;
      if (isOver) failures.delete(address);
      return !isOver && found.count >= most ? left : undefined;
    },

    note(address) {
      const found = failures.get(address);
      if (found && found.until > now() && found.until - now() <= windowMs) {
        found.count += 1;
        return;
      }
      failures.delete(address);
      if (failures.size >= MOST_ADDRESSES) {
        const [oldest] = failures.keys();
        if (oldest !== undefined) failures.delete(oldest);
      }
      failures.set(address, { count: 1, until: now() + windowMs });
    },
  };
}
