/** Time that passes only when a test says so. */
export interface VirtualClock {
  /** Unix ms. */
  readonly now: () => number;
  /** Does what falls due on the way, each at its own moment, in order. */
  readonly advance: (ms: number) => void;
  readonly advanceTo: (momentMs: number) => void;
  /** Due at `momentMs`, or at the next step when that has passed. Of two at one moment, the first planned comes first. */
  readonly plan: (momentMs: number, work: () => void) => void;
}

/** Monday, 2026-11-23, 10:00 in Brisbane. */
export const MONDAY_MORNING = Date.UTC(2026, 10, 23, 0, 0, 0, 250);

export function createVirtualClock(startMs: number = MONDAY_MORNING): VirtualClock {
  let time = startMs;
  const planned: { readonly momentMs: number; readonly work: () => void }[] = [];

  const advanceTo = (momentMs: number): void => {
    for (let next = planned[0]; next && next.momentMs <= momentMs; next = planned[0]) {
      planned.shift();
      time = Math.max(time, next.momentMs);
      next.work();
    }
    time = Math.max(time, momentMs);
  };
  return {
    now: () => time,
    advance: (ms) => advanceTo(time + ms),
    advanceTo,
    plan: (momentMs, work) => {
      const index = planned.findIndex((other) => other.momentMs > momentMs);
      planned.splice(index === -1 ? planned.length : index, 0, { momentMs, work });
    },
  };
}
