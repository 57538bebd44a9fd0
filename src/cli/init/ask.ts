import { type Interface, createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

import { SetupError } from "../../shared/errors.ts";

/** Where questions are put. */
export interface Asker extends Disposable {
  /** `hidden`: what is typed is not shown. An empty answer is the default, where there is one. */
  ask(question: string, given?: { readonly fallback?: string; readonly hidden?: boolean }): Promise<string>;
}

/** Asks on a terminal. @throws SetupError at Ctrl-C and at the end of the input */
export function createAsker(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Asker {
  let muted = false;
  const shown = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!muted) output.write(chunk);
      done();
    },
  });
  const ended = new AbortController();
  const lines: Interface = createInterface({ input, output: shown, terminal: true });
  for (const event of ["SIGINT", "close"] as const) lines.on(event, () => ended.abort());
  return {
    async ask(question, { fallback, hidden = false } = {}) {
      const prompt = fallback === undefined ? `${question}: ` : `${question} [${fallback}]: `;
      try {
        const answering = lines.question(prompt, { signal: ended.signal });
        // The question is out; what is typed from here on is not shown.
        muted = hidden;
        const answer = (await answering).trim();
        return answer === "" ? (fallback ?? "") : answer;
      } catch (error) {
        if (!ended.signal.aborted) throw error;
        throw new SetupError("stopped: nothing was written", { cause: error });
      } finally {
        muted = false;
        if (hidden) output.write("\n");
      }
    },
    [Symbol.dispose]() {
      lines.close();
    },
  };
}
