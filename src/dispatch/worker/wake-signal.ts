/** Wakes one waiter. A wake that nobody waits for ends the next wait. */
export interface WakeSignal {
  wake(): void;
  /** Resolves at the next wake, or after `ms`; undefined: only at a wake. */
  wait(ms: number | undefined): Promise<void>;
}

export function createWakeSignal(): WakeSignal {
  let woken = false;
  let resume: (() => void) | undefined;
  return {
    wake() {
      woken = true;
      resume?.();
    },
    async wait(ms) {
      let timer: NodeJS.Timeout | undefined;
      if (!woken) {
        await new Promise<void>((resolve) => {
          resume = resolve;
          if (ms !== undefined) timer = setTimeout(resolve, ms);
        });
      }
      clearTimeout(timer);
      resume = undefined;
      woken = false;
    },
  };
}
