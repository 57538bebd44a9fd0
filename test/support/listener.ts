import { join } from "node:path";

import { type ListenForwardOptions, listenForward } from "../../src/cli/forward/listen-forward.ts";
import { ConfigError } from "../../src/shared/errors.ts";
import { eventually } from "./harness.ts";
import { SECRET } from "./test-config.ts";

/** `listen --forward-to` in this process. */
export interface Listener {
  /** What it has printed. */
  readonly lines: readonly string[];
  /** Waits for a line that fits. */
  said(pattern: RegExp): Promise<string>;
  /** Ctrl-C. Resolves when it has ended, to the problems that ended it before. */
  stop(): Promise<readonly string[]>;
  /** Waits for it to end by itself, with problems. */
  readonly ended: Promise<readonly string[]>;
}

export type ListenerOptions = Pick<ListenForwardOptions, "forwardTo" | "server" | "token"> &
  Partial<ListenForwardOptions> & {
    /** Where states are kept. */
    readonly folder: string;
  };

/** Waits are short: what is waited for decides when a test goes on, not how long. */
const WAITS = {
  pollMs: 2_000,
  waits: { firstMs: 10, mostMs: 50 },
  serverWaits: { firstMs: 10, mostMs: 50 },
};

export function startListener({ folder, ...options }: ListenerOptions): Listener {
  const lines: string[] = [];
  const stopping = new AbortController();
  const ended = listenForward(
    {
      filter: {},
      secret: SECRET,
      from: undefined,
      stateFile: undefined,
      skipFailed: false,
      env: { XDG_STATE_HOME: join(folder, "state") },
      waits: WAITS,
      ...options,
    },
    (line) => void lines.push(line),
    stopping.signal,
  ).then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map(({ path, message, remedy }) => `${path} ${message} → ${remedy}`);
    },
  );
  return {
    lines,
    ended,
    said: async (pattern) => await eventually(() => lines.find((line) => pattern.test(line))),
    async stop() {
      stopping.abort();
      return await ended;
    },
  };
}
