/** Wakes one waiter. A ring that nobody waits for is heard by the next wait. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or after `ms`; undefined: only at a ring. */
  heard(ms: number | undefined): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async heard(ms) {
      let timer: NodeJS.Timeout | undefined;
      if (!rung) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (ms !== undefined) timer = setTimeout(resolve, ms);
        });
      }
      clearTimeout(timer);
      wake = undefined;
      rung = false;
    },
  };
}
