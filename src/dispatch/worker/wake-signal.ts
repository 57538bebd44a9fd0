/** Wakes one waiter. A wake that nobody waits for ends the next wait. */
export interface WakeSignal {
  wake(): void;
  /** Wakes after `ms` at the latest: whoever asks for it again before then is content with it. */
  wakeWithin(ms: number): void;
  /** Resolves at the next wake, or after `ms`; undefined: only at a wake. */
  wait(ms: number | undefined): Promise<void>;
}

export function createWakeSignal(): WakeSignal {
  let woken = false;
  let resume: (() => void) | undefined;
  let soon: NodeJS.Timeout | undefined;

  function wake(): void {
    woken = true;
    resume?.();
  }

  return {
    wake,
    wakeWithin(ms) {
      soon ??= setTimeout(wake, ms);
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
      clearTimeout(soon);
      soon = undefined;
      resume = undefined;
      woken = false;
    },
  };
}
