import type { Logger } from "./logger.ts";

export interface Trouble {
  /** A fixed lower-case sentence. */
  readonly message: string;
  /** Whose trouble it is, in ids: the same sentence elsewhere is another trouble. */
  readonly where?: Readonly<Record<string, string>>;
  readonly error: Error;
  /** Said the first time, instead of the error's words alone: `{ err }` with its stack where the fault may be ours. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly level?: "warn" | "error";
  /** After how long a silence it counts as over, ms. Infinity: when `over` is called, and not before. Default: a minute. */
  readonly quietMs?: number;
}

/**
 * What fails again and again, told so that the log stays readable: the first time at once, then as a count after 1, 2, 4 …
 * minutes and at last once an hour, and once more when it is over. One that fails for another reason is told at once.
 */
export interface Troubles extends Disposable {
  readonly happened: (trouble: Trouble) => void;
  /** It works again. Says nothing when nothing was told. */
  readonly over: (trouble: Pick<Trouble, "message" | "where">) => void;
}

export interface TroublesDeps {
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  /** A clock that nobody sets, ms. */
  readonly elapsedMs: () => number;
}

interface Open {
  readonly trouble: Trouble;
  readonly since: number;
  last: number;
  times: number;
  toldTimes: number;
  tellAt: number;
  pauseMs: number;
}

const LOOK_MS = 10_000;
const QUIET_MS = 60_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** Reasons of one trouble that are told apart. What comes besides is counted with the last of them. */
const MOST_REASONS = 8;

export function createTroubles({ logger, elapsedMs }: TroublesDeps): Troubles {
  const open = new Map<string, Map<string, Open>>();

  const end = ({ trouble, since, times, last }: Open): void => {
    const lastedMs = Math.round(last - since);
    const { error, message, where } = trouble;
    logger.info({ ...where, times, lastedMs, detail: error.message }, `${message}: over`);
  };
  const look = (): void => {
    const at = elapsedMs();
    for (const [key, reasons] of open) {
      for (const [reason, one] of reasons) {
        if (at - one.last > (one.trouble.quietMs ?? QUIET_MS)) {
          reasons.delete(reason);
          end(one);
        } else if (at >= one.tellAt && one.times > one.toldTimes) {
          one.pauseMs = Math.min(one.pauseMs * 2, LONGEST_PAUSE_MS);
          one.tellAt = at + one.pauseMs;
          one.toldTimes = one.times;
          const { error, level = "error", message, where } = one.trouble;
          const facts = { ...where, times: one.times, forMs: Math.round(at - one.since) };
          logger[level]({ ...facts, detail: error.message }, `${message}: goes on`);
        }
      }
      if (reasons.size === 0) open.delete(key);
    }
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();

  return {
    happened(trouble) {
      const at = elapsedMs();
      const key = keyOf(trouble);
      const reasons = open.get(key) ?? new Map<string, Open>();
      open.set(key, reasons);
      const reason = reasonOf(trouble.error);
      const known =
        reasons.get(reason) ?? (reasons.size < MOST_REASONS ? undefined : [...reasons.values()].at(-1));
      if (known) {
        known.times += 1;
        known.last = at;
        return;
      }
      const tellAt = at + FIRST_PAUSE_MS;
      const counted = { last: at, times: 1, toldTimes: 1, tellAt, pauseMs: FIRST_PAUSE_MS };
      reasons.set(reason, { trouble, since: at, ...counted });
      const { error, facts, level = "error", message, where } = trouble;
      logger[level]({ ...where, ...(facts ?? { detail: error.message }) }, message);
    },

    over(trouble) {
      const key = keyOf(trouble);
      for (const one of open.get(key)?.values() ?? []) end(one);
      open.delete(key);
    },

    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}

function keyOf({ message, where }: Pick<Trouble, "message" | "where">): string {
  return JSON.stringify([message, where]);
}

/** Redis begins its refusals with one word in capitals. Elsewhere numbers and ids do not make another reason. */
function reasonOf({ message, name }: Error): string {
  const [word] = /^[A-Z]{2,}\b/.exec(message) ?? [];
  return word === undefined || word === "ERR" ? `${name} ${message.replaceAll(/\S*\d\S*/g, "#")}` : word;
}
