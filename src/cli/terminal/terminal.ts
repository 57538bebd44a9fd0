import type { Paint } from "./paint.ts";

/** What a command has to do with the outside. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  /** Shows a line that the next one replaces; an empty one ends it. */
  readonly progress: (line: string) => void;
  /** Fires at the first Ctrl-C or SIGTERM. To be called once, by the command that can end early. */
  readonly ctrlC: () => AbortSignal;
  readonly paint: Paint;
}
