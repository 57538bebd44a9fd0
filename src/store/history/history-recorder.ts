import type { Redis } from "../redis/client.ts";

import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import { toError } from "../../shared/errors.ts";
import { COUNTED, FINEST_MS, type IntervalPlace, RESOLUTIONS, binName, placeOf } from "./history-layout.ts";
import { createBatch } from "../redis/batch.ts";
import type { HistoryScope, Keys } from "../redis/keys.ts";
import { binOf } from "./latency-bins.ts";
import { defineScript } from "../redis/script.ts";

/** An attempt that ended, as the history wants to know it. */
export interface CountedAttempt {
  readonly endpoint: string;
  readonly account: string;
  /** It is a subscriber's: who may see an account is then not who may see all that was delivered of it. */
  readonly owned: boolean;
  readonly delivered: boolean;
  /** From the change upstream to its end, ms; undefined: that would not tell how late we are. */
  readonly sinceHappenedMs: number | undefined;
}

/** Counts what is done, for plots. Costs its callers nothing but memory, and little of it. */
export interface HistoryRecorder extends AsyncDisposable {
  /** Events of an account were committed. */
  detected(account: string, events: number): void;
  attemptEnded(attempt: CountedAttempt): void;
}

export interface HistoryRecorderDeps {
  readonly redis: Redis;
  readonly keys: Pick<Keys, "history">;
  readonly now: () => number;
  /** Redis takes nothing in although it is there. Told once, until it does again. */
  readonly onTrouble: (detail: string) => void;
}

const WRITE_EVERY_MS = 1_000;
/** How long a service that stops waits for what is left to be written. */
const LAST_WRITE_MS = 1_000;
/**
 * Numbers that are gathered while Redis is away; what comes besides is not counted. Hardly anything can happen without
 * Redis: this is a bound, not a size to be reached.
 */
const MOST_GATHERED = 20_000;

/** And (field count)… */
const ADD = defineScript(
  { keys: ["history"], args: ["seconds"] },
  `
for at = MORE + 1, #ARGV, 2 do redis.call('HINCRBY', history, ARGV[at], ARGV[at + 1]) end
redis.call('EXPIRE', history, seconds)`,
);

/** One scope in one interval of the finest resolution. */
interface RequestMeter {
  readonly scope: HistoryScope;
  /** When the interval begins, unix ms. */
  readonly at: number;
  readonly counts: Map<string, number>;
}

/**
 * Gathers, and writes once a second in one go; the rest when it is disposed. Several processes add up. Redis being away
 * costs the plot at most: nothing waits for it, nothing is thrown. A connection that breaks in the middle of a write may
 * let the client send it twice.
 */
export function startHistoryRecorder({ redis, keys, now, onTrouble }: HistoryRecorderDeps): HistoryRecorder {
  const gathered = createGathering();
  let writing: Promise<void> | undefined;
  let troubled = false;

  const write = async (): Promise<void> => {
    const detail = await writeTallies(redis, keys, now(), gathered.take());
    if (detail !== undefined && !troubled) onTrouble(detail);
    troubled = detail !== undefined;
  };
  const writeSoon = (): void => {
    // Commands wait for a Redis that is away, and those that wait must not pile up.
    if (writing || redis.status !== "ready" || gathered.isEmpty()) return;
    writing = write().finally(() => {
      writing = undefined;
    });
  };
  const timer = setInterval(writeSoon, WRITE_EVERY_MS);

  return {
    detected(account, events) {
      if (events === 0) return;
      for (const scope of [{}, { account }]) gathered.add(scope, now(), [[COUNTED.detected, events]]);
    },

    attemptEnded(attempt) {
      const { delivered, sinceHappenedMs } = attempt;
      const counted: [string, number][] = [[delivered ? COUNTED.delivered : COUNTED.failed, 1]];
      if (delivered && sinceHappenedMs !== undefined) counted.push([binName(binOf(sinceHappenedMs)), 1]);
      for (const scope of scopesOf(attempt)) gathered.add(scope, now(), counted);
    },

    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      const deadline = createDeadline(LAST_WRITE_MS);
      await Promise.race([writing, deadline.passed]);
      writeSoon();
      await Promise.race([writing, deadline.passed]);
      deadline.cancel();
    },
  };
}

/** What the service tells of itself is of no clinic: for its account nobody asks. */
function scopesOf({ endpoint, account, owned }: CountedAttempt): readonly HistoryScope[] {
  if (account === SERVICE_ACCOUNT) return [{}, { endpoint }];
  return [{}, { account }, { endpoint }, ...(owned ? [{ endpoint, account }] : [])];
}

function createDeadline(ms: number): { readonly passed: Promise<void>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { passed, cancel: () => clearTimeout(timer) };
}

interface Gathering {
  /** @param at unix ms */
  add(scope: HistoryScope, at: number, counted: readonly (readonly [string, number])[]): void;
  isEmpty(): boolean;
  /** Hands over what there is and begins anew. */
  take(): readonly RequestMeter[];
}

function createGathering(): Gathering {
  let tallies = new Map<string, RequestMeter>();
  let size = 0;
  return {
    add(scope, at, counted) {
      const interval = Math.floor(at / FINEST_MS) * FINEST_MS;
      const name = `${interval} ${scope.endpoint ?? ""} ${scope.account ?? ""}`;
      const meter = tallies.get(name) ?? { scope, at: interval, counts: new Map<string, number>() };
      for (const [field, count] of counted) {
        const before = meter.counts.get(field);
        if (before === undefined && size >= MOST_GATHERED) continue;
        if (before === undefined) size += 1;
        meter.counts.set(field, (before ?? 0) + count);
      }
      if (meter.counts.size > 0) tallies.set(name, meter);
    },
    isEmpty: () => tallies.size === 0,
    take() {
      const taken = [...tallies.values()];
      tallies = new Map();
      size = 0;
      return taken;
    },
  };
}

/** What is added to one hash. */
interface Addition extends Pick<IntervalPlace, "expiresAt"> {
  readonly fields: Map<string, number>;
}

/** Resolves to what went wrong; undefined: nothing. Never rejects: what could not be written is lost, and that is all. */
async function writeTallies(
  redis: Redis,
  keys: Pick<Keys, "history">,
  now: number,
  tallies: readonly RequestMeter[],
): Promise<string | undefined> {
  const batch = createBatch(redis);
  for (const [key, { expiresAt, fields }] of addUp(keys, tallies)) {
    const leftMs = expiresAt - now;
    // Gathered in a long outage: nobody can see it any more.
    if (leftMs <= 0) continue;
    const call = {
      keys: { history: key },
      args: { seconds: Math.ceil(leftMs / 1_000) },
      more: [...fields].flat(),
    };
    batch.ask((pipeline, how) => ADD.queue(pipeline, call, how), Boolean);
  }
  try {
    await batch.run();
    return undefined;
  } catch (error) {
    return toError(error).message;
  }
}

/** The same numbers in every resolution, by hash. */
function addUp(keys: Pick<Keys, "history">, tallies: readonly RequestMeter[]): ReadonlyMap<string, Addition> {
  const additions = new Map<string, Addition>();
  for (const { scope, at, counts } of tallies) {
    for (const resolution of Object.values(RESOLUTIONS)) {
      const { key, prefix, expiresAt } = placeOf(keys, scope, resolution, at);
      const addition = additions.get(key) ?? { expiresAt, fields: new Map<string, number>() };
      additions.set(key, addition);
      for (const [name, count] of counts) {
        const field = prefix + name;
        addition.fields.set(field, (addition.fields.get(field) ?? 0) + count);
      }
    }
  }
  return additions;
}
