import type { Logger } from "../../shared/logger.ts";
import type { SignInFailures } from "../../store/access/sign-in-failures.ts";
import type { Metrics } from "../metrics.ts";
import { type FailedSignIn, type SignInGuard, type Weight, minuteOf } from "./sign-in-guard.ts";

export interface FailureReportDeps {
  readonly logger: Pick<Logger, "warn">;
  readonly metrics: Pick<Metrics, "signInFailed">;
  readonly signInFailures: SignInFailures;
  readonly now: () => number;
}

/** Tells of sign-ins that failed: a line an address and minute, a counter, and a count that the other processes see. */
export interface FailureReports extends Disposable {
  note(failed: FailedSignIn, weight: Weight): void;
  /** Who is to hear of what other processes counted. */
  tell(guard: Pick<SignInGuard, "heardOf">): void;
  /** Writes down what has been counted since. Never rejects. */
  flush(): Promise<void>;
}

const FLUSH_EVERY_MS = 1_000;
const MINUTE_MS = 60_000;
/** Addresses of a minute that get a line each. What comes from others has one together. */
const MOST_ADDRESSES = 100;
const OTHERS = "other addresses";

export function createFailureReports(deps: FailureReportDeps): FailureReports {
  const { logger, metrics, now, signInFailures } = deps;
  const lines = createLines(logger, now);
  let listener: Pick<SignInGuard, "heardOf"> | undefined;
  let pending = { minute: 0, times: 0, guesses: 0 };
  let own = { minute: 0, guesses: 0 };

  const flush = async (): Promise<void> => {
    lines.tellCounted();
    if (pending.times === 0) return;
    const sent = pending;
    pending = { ...sent, times: 0, guesses: 0 };
    try {
      const all = await signInFailures.add(sent);
      if (own.minute !== sent.minute) own = { minute: sent.minute, guesses: 0 };
      own.guesses += sent.guesses;
      listener?.heardOf(sent.minute, Math.max(0, all.guesses - own.guesses));
    } catch {
      // Redis is away, which is told elsewhere: the log and this process's own count have it.
    }
  };
  const timer = setInterval(() => void flush(), FLUSH_EVERY_MS);
  timer.unref();

  return {
    note(failed, weight) {
      metrics.signInFailed(failed.door);
      lines.note(failed);
      const minute = minuteOf(now());
      if (pending.minute !== minute) {
        void flush();
        pending = { minute, times: 0, guesses: 0 };
      }
      pending.times += 1;
      if (weight === "counted") pending.guesses += 1;
    },
    tell(guard) {
      listener = guard;
    },
    flush,
    [Symbol.dispose]() {
      clearInterval(timer);
      lines.tellCounted(true);
    },
  };
}

interface Line {
  readonly since: number;
  times: number;
  /** The doors, for the line that counts. */
  readonly doors: Set<string>;
}

/** At once for the first of an address; what follows within a minute is one line more, with its count. */
function createLines(logger: Pick<Logger, "warn">, now: () => number) {
  const open = new Map<string, Line>();
  const tellCounted = (ending = false): void => {
    for (const [from, { since, times, doors }] of open) {
      if (!ending && Math.abs(now() - since) < MINUTE_MS) continue;
      open.delete(from);
      if (times > 0) logger.warn({ from, times, doors: [...doors] }, "sign-ins failed again");
    }
  };
  return {
    tellCounted,
    note({ door, from, requestId }: FailedSignIn): void {
      tellCounted();
      const known = open.get(from) ?? (open.size >= MOST_ADDRESSES ? open.get(OTHERS) : undefined);
      if (known) {
        known.times += 1;
        known.doors.add(door);
        return;
      }
      const name = open.size >= MOST_ADDRESSES ? OTHERS : from;
      open.set(name, { since: now(), times: 0, doors: new Set([door]) });
      logger.warn({ from: name, door, requestId }, "sign-in failed");
    },
  };
}
