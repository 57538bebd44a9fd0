/** Clocks that differ by no more than this are one. */
export const AGREE_MS = 1_000;
/** A clock that moved by more than this beside the time that went by was set. */
const STEP_MS = 2_000;

/** A clock was set: this machine's, or the one that all processes go by. */
export interface ClockStep {
  readonly whose: "machine" | "shared";
  /** Ahead: above 0. */
  readonly byMs: number;
}

/**
 * The time that all processes of an installation go by: Redis's. As long as this machine's clock agrees with it, it is this
 * machine's; one that is set, or that was never right, is seen through between two looks already, by the time that goes by.
 */
export interface Clock {
  /** Unix ms, whole. */
  readonly now: () => number;
  /** This machine's own clock, unix ms. */
  readonly machineNow: () => number;
  /** Compares anew. Resolves to the clocks that were set since the last look. @param readTime Redis's clock, unix ms */
  look(readTime: () => Promise<number>): Promise<readonly ClockStep[]>;
}

export interface ClockDeps {
  readonly machineNow: () => number;
  /** Goes on evenly, whatever clocks are set to. */
  readonly monotonicMs: () => number;
}

export function createClock({ machineNow, monotonicMs }: ClockDeps): Clock {
  /** What the clocks said at a moment. */
  let seen: { readonly at: number; readonly shared: number; readonly machine: number } | undefined;

  const now = (): number => {
    const machine = machineNow();
    if (!seen) return machine;
    const expected = seen.shared + monotonicMs() - seen.at;
    return Math.abs(machine - expected) <= AGREE_MS ? machine : Math.round(expected);
  };

  return {
    now,
    machineNow,

    async look(readTime) {
      const before = monotonicMs();
      const redis = await readTime();
      const at = monotonicMs();
      const doubtMs = (at - before) / 2;
      const machine = machineNow();
      // An answer that took so long says too little.
      if (doubtMs > AGREE_MS) return [];
      const agree = Math.abs(machine - redis - doubtMs) <= AGREE_MS + doubtMs;
      const shared = agree ? machine : redis + doubtMs;
      const last = seen;
      seen = { at, shared, machine };
      if (!last) return [];
      const passedMs = at - last.at;
      const steps: ClockStep[] = [
        { whose: "machine", byMs: Math.round(machine - last.machine - passedMs) },
        { whose: "shared", byMs: Math.round(shared - last.shared - passedMs) },
      ];
      return steps.filter(({ byMs }) => Math.abs(byMs) > STEP_MS);
    },
  };
}

/** A clock that is given, and compared with none. */
export function givenClock(now: () => number): Clock {
  return { now, machineNow: now, look: async () => [] };
}
