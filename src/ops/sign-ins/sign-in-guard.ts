import { createFailedTries } from "../api/failed-tries.ts";
import { networkOf } from "../network-of.ts";

/**
 * Where a credential is shown. api: a token at /v1 · session: a token that is to sign a browser in · link: the code of a
 * sign-in link · cookie: a browser's session · pages: a token at /metrics or the queue board.
 */
export const DOORS = ["api", "session", "link", "cookie", "pages"] as const;
export type Door = (typeof DOORS)[number];

/** counted: it may have been a guess, which its address answers for. told: it was none, or was not even looked at. */
export type Weight = "counted" | "told";

export interface FailedSignIn {
  readonly door: Door;
  /** The address, or the IPv6 network of 64 bits. */
  readonly from: string;
  readonly requestId: string;
}

export interface Visitor {
  readonly ip: string;
  readonly id: string;
}

/** What stands between the doors and whoever guesses. Counts in this process, and hears from the others. */
export interface SignInGuard {
  /** How long a text from there is not looked at, ms; undefined: it is looked at now. */
  blockedFor(visitor: Visitor): number | undefined;
  /** A credential was shown that opened nothing. */
  failed(door: Door, visitor: Visitor, weight: Weight): void;
  /** The operator's own token came from there. */
  opened(visitor: Visitor): void;
  /** How many guesses other processes counted in this minute. */
  heardOf(minute: number, guesses: number): void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Guesses of a minute, from everywhere together, before those that have failed have to wait. */
const MOST_TOGETHER = 20;
/** And before those that have not failed in the last hour have to wait as well. */
const MOST_TOGETHER_OF_NEW = 120;
/** Places that the operator's token came from. The oldest are forgotten first. */
const MOST_KNOWN = 1_000;

/**
 * Who guesses from many addresses gets no further than who guesses from one: ten a minute an address, and so many in a
 * minute from all together. Who comes with the right token gets in meanwhile: 256 random bits are let in before anybody asks
 * here, and for the operator's own word there is room for places that it came from before, and for places that have not
 * failed in the last hour.
 */
export function createSignInGuard(
  now: () => number,
  report: (failed: FailedSignIn, weight: Weight) => void,
): SignInGuard {
  const tries = createFailedTries(now);
  const failedLately = createFailedTries(now, 1, HOUR_MS);
  const together = createTogether(now);
  const known = new Set<string>();

  return {
    blockedFor({ ip }) {
      const place = networkOf(ip);
      const waitMs = tries.blockedFor(place);
      if (waitMs !== undefined || known.has(place)) return waitMs;
      const most = failedLately.blockedFor(place) === undefined ? MOST_TOGETHER_OF_NEW : MOST_TOGETHER;
      return together.count() >= most ? together.leftMs() : undefined;
    },

    failed(door, { ip, id }, weight) {
      const from = networkOf(ip);
      if (weight === "counted") {
        tries.note(from);
        failedLately.note(from);
        together.note();
      }
      report({ door, from, requestId: id }, weight);
    },

    opened({ ip }) {
      const place = networkOf(ip);
      known.delete(place);
      known.add(place);
      const [oldest] = known;
      if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    },

    heardOf(minute, guesses) {
      together.heardOf(minute, guesses);
    },
  };
}

/** Guesses of the present minute, here and elsewhere. */
function createTogether(now: () => number) {
  let minute = 0;
  let [own, elsewhere] = [0, 0];
  const turn = (): void => {
    const present = minuteOf(now());
    if (present === minute) return;
    minute = present;
    [own, elsewhere] = [0, 0];
  };
  return {
    note(): void {
      turn();
      own += 1;
    },
    heardOf(of: number, guesses: number): void {
      turn();
      if (of === minute) elsewhere = Math.max(elsewhere, guesses);
    },
    count(): number {
      turn();
      return own + elsewhere;
    },
    leftMs: (): number => MINUTE_MS - (now() % MINUTE_MS),
  };
}

export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS);
}
