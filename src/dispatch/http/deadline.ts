/** As much of an AbortSignal as it takes to wait for something. */
export interface Ending {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Ends one attempt. */
export interface Deadline extends Ending {
  /** For what asks for a whole signal. It is made when it is asked for: of what an attempt costs it would be a lot. */
  signal(): AbortSignal;
  abort(): void;
}

export function createDeadline(): Deadline {
  const listeners = new Set<() => void>();
  let aborted = false;
  let controller: AbortController | undefined;
  return {
    get aborted() {
      return aborted;
    },
    addEventListener(_type, listener) {
      listeners.add(listener);
    },
    removeEventListener(_type, listener) {
      listeners.delete(listener);
    },
    signal() {
      controller ??= new AbortController();
      if (aborted) controller.abort();
      return controller.signal;
    },
    abort() {
      if (aborted) return;
      aborted = true;
      controller?.abort();
      for (const listener of listeners) listener();
    },
  };
}
