import { toError } from "../../shared/errors.ts";
import type { AccessLine, AccessStore } from "./access-log.ts";

/** Where a process writes down who read what. */
export interface AccessWriter extends AsyncDisposable {
  /** Is written within a tenth of a second, together with what else there is. */
  note(line: AccessLine): void;
  /** Resolves once it is written: for what is answered afterwards. @throws whatever Redis says */
  record(line: AccessLine): Promise<void>;
}

export interface AccessWriterDeps {
  readonly store: Pick<AccessStore, "append">;
  readonly now: () => number;
  readonly onTrouble: (error: Error) => void;
}

const TOGETHER_MS = 100;
/** Lines that wait while Redis is away. What comes besides is counted, and told in a line of its own. */
const MOST_WAITING = 10_000;
const MOST_SUBJECTS = 500;
/** A process that is to stop does not wait longer than this. */
const GOODBYE_MS = 1_000;

export function createAccessWriter({ now, onTrouble, store }: AccessWriterDeps): AccessWriter {
  let waiting: AccessLine[] = [];
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;
  /** One append at a time: what comes meanwhile goes together with the next. */
  let last: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const lines = merge(waiting);
    waiting = [];
    if (lost > 0) {
      const what = `${lost} lines could not be written: Redis was away`;
      lines.push({ at: now(), who: "service", via: "log", what, subjects: [] });
    }
    const told = lost;
    lost = 0;
    try {
      await store.append(lines);
    } catch (error) {
      lost += told;
      waiting = [...lines.filter(({ via }) => via !== "log"), ...waiting];
      throw error;
    }
  };
  const flush = async (): Promise<void> => {
    last = last.catch(() => undefined).then(write);
    await last;
  };
  const begin = (): void => {
    timer ??= setTimeout(() => {
      flush().catch((error: unknown) => {
        onTrouble(toError(error));
        begin();
      });
    }, TOGETHER_MS).unref();
  };
  const add = (line: AccessLine): void => {
    if (waiting.length >= MOST_WAITING) lost += 1;
    else waiting.push(line);
  };

  return {
    note(line) {
      add(line);
      begin();
    },
    async record(line) {
      add(line);
      await flush();
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      let limit: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        limit = setTimeout(resolve, GOODBYE_MS);
      });
      await Promise.race([flush().catch(() => undefined), late]);
      clearTimeout(limit);
      clearTimeout(timer);
    },
  };
}

/** What one did in one moment is one line: a batch of deliveries, the events of a page. */
function merge(lines: readonly AccessLine[]): AccessLine[] {
  const merged: { readonly line: AccessLine; readonly subjects: Set<string> }[] = [];
  const open = new Map<string, Set<string>>();
  for (const line of lines) {
    const key = [line.who, line.via, line.what, line.account, line.request].join("\n");
    const subjects = open.get(key);
    if (!subjects || subjects.size + line.subjects.length > MOST_SUBJECTS) {
      const begun = new Set(line.subjects);
      open.set(key, begun);
      merged.push({ line, subjects: begun });
    } else {
      for (const subject of line.subjects) subjects.add(subject);
    }
  }
  return merged.map(({ line, subjects }) => ({ ...line, subjects: [...subjects] }));
}
