import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Connection, KeyState } from "../../store/detection/connection-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";

/**
 * After the n-th refusal in a row the key is looked at again this much later, ms; the last one stays. A deploy or a proxy of
 * the upstream's refuses a good key for a moment, so the first looks come soon; a key that is made valid again is noticed soon
 * as well, and one that stays refused costs next to nothing.
 */
const LOOK_AFTER_MS = [5_000, 40_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000] as const;
/** Refusals in a row, each on its own look, that make a key a revoked one. */
const REFUSALS_TO_REVOKE = 3;
/** How often a poll of an account that is held back looks whether it still is. Costs Redis a read and the upstream nothing. */
export const HELD_BACK_MS = 30_000;
/** As long as the key is merely suspected. */
const SUSPECTED_MS = 5_000;
/** How soon to look again at what somebody else is finding out. */
const LOOK_AGAIN_MS = 1_000;

export interface WatchedAccount {
  readonly client: Pick<ClinikoClient, "currentUser">;
  /** Names the key and where it is used, without telling either. */
  readonly keyHash: string;
}

export interface KeyWatchDeps {
  readonly keeper: ConnectionKeeper;
  readonly now: () => number;
  /** Up to when everything of the account has been seen, unix seconds; undefined: not all of it has been read whole. */
  readonly completeUpTo: (account: string) => Promise<number | undefined>;
}

/**
 * Whether an account's key is accepted.
 *
 *     ok ──401, and /user says so too──▶ suspected ──refused twice more, on looks of their own──▶ key_revoked (told)
 *      ◀──────────/user answers──────────┘                                                        │
 *      ◀──────────────────────────/user answers (recovered is told)────────────────────────────────┘
 *
 * While it is not ok nothing but `GET /user` is asked, by one worker at a time: when it is due, and at once after a start of
 * this process, for another key or base URL, and when an operator asks for it.
 */
export interface KeyWatch {
  /** How long to leave an account alone whose key is not ok, ms; 0: it is, as has just been found out. */
  pauseMs(
    name: string,
    account: WatchedAccount,
    seen: { readonly key: KeyState; readonly version: number },
    signal: AbortSignal,
  ): Promise<number>;
  /** A request was answered 401. `resource`: the key is good all the same, so it is about that request alone. */
  refused(
    name: string,
    account: WatchedAccount,
    detail: string,
    signal: AbortSignal,
  ): Promise<"key" | "resource">;
}

export function createKeyWatch(deps: KeyWatchDeps): KeyWatch {
  /** Accounts whose key this process has looked at. */
  const looked = new Set<string>();
  return {
    async pauseMs(name, account, { key, version }, signal) {
      const isFirst = !looked.has(name);
      const now = deps.now();
      const otherKey = key.keyHash !== account.keyHash;
      if (!isFirst && !otherKey && !key.asked && !isDue(key, now)) return untilNextLook(key, now);
      if (!(await claim(deps, name, version))) return LOOK_AGAIN_MS;
      looked.add(name);
      const answer = await account.client.currentUser(signal);
      // Who is told that they may not do something has been recognised.
      if (answer.kind === "ok" || answer.kind === "forbidden") {
        await accepted(deps, name, account.keyHash);
        return 0;
      }
      await (answer.kind === "unauthorized"
        ? refusedAgain(deps, name, account.keyHash, answer.detail)
        : unanswered(deps, name, answer.detail));
      return SUSPECTED_MS;
    },

    async refused(name, account, detail, signal) {
      looked.add(name);
      const { key } = await deps.keeper.read(name);
      if (key && key.state !== "ok" && key.keyHash === account.keyHash) return "key";
      const answer = await account.client.currentUser(signal);
      if (answer.kind === "ok" || answer.kind === "forbidden") return "resource";
      await suspect(deps, name, account.keyHash, detail);
      return "key";
    },
  };
}

/** Whether nothing may be asked of an account now, whoever asks. */
export function mustRest({ key, problems }: Pick<Connection, "key" | "problems">): boolean {
  return (
    (key !== undefined && key.state !== "ok") || [...problems.values()].some(({ quarantined }) => quarantined)
  );
}

/** A look that lies in the future was made by a clock that has been set back since: it says nothing of when. */
function isDue({ countedAt, checkedAt, refusals }: KeyState, now: number): boolean {
  return now < countedAt || now < checkedAt || now - Math.max(countedAt, checkedAt) >= pauseAfter(refusals);
}

function pauseAfter(refusals: number): number {
  return LOOK_AFTER_MS[Math.min(Math.max(refusals, 1), LOOK_AFTER_MS.length) - 1] ?? LOOK_AGAIN_MS;
}

function untilNextLook({ looking, state, countedAt, checkedAt, refusals }: KeyState, now: number): number {
  if (looking) return LOOK_AGAIN_MS;
  const dueIn = Math.max(countedAt, checkedAt) + pauseAfter(refusals) - now;
  return Math.min(Math.max(dueIn, 100), state === "suspected" ? SUSPECTED_MS : HELD_BACK_MS);
}

/** False: somebody else looks, or has looked since. */
async function claim({ keeper, now }: KeyWatchDeps, name: string, version: number): Promise<boolean> {
  let isOurs = false;
  await keeper.update(name, ({ key, version: current }) => {
    isOurs = current === version;
    return isOurs && key
      ? { change: { key: { ...key, checkedAt: now(), asked: false, looking: true } } }
      : undefined;
  });
  return isOurs;
}

async function suspect(
  { keeper, now }: KeyWatchDeps,
  name: string,
  keyHash: string,
  detail: string,
): Promise<void> {
  const at = now();
  const times = { since: at, checkedAt: at, countedAt: at, refusedAt: at };
  await keeper.update(name, ({ key }) =>
    key && key.state !== "ok"
      ? undefined
      : {
          change: {
            key: {
              state: "suspected",
              ...times,
              detail,
              keyHash,
              refusals: 1,
              asked: false,
              looking: false,
            },
          },
        },
  );
}

async function accepted(deps: KeyWatchDeps, name: string, keyHash: string): Promise<void> {
  const { keeper, now } = deps;
  const detail = "the key is accepted";
  const completeUpTo = await deps.completeUpTo(name);
  await keeper.update(name, ({ key }) => {
    if (!key || key.state === "ok") return undefined;
    const { since } = key;
    const at = now();
    const accepts = { ...key, state: "ok", since: at, checkedAt: at, detail, keyHash } as const;
    const tell = { transition: "recovered", resource: undefined, since, detail, completeUpTo } as const;
    return {
      change: { key: { ...accepts, refusals: 0, asked: false, looking: false } },
      ...(key.state === "key_revoked" ? { tell } : {}),
    };
  });
}

async function refusedAgain(
  deps: KeyWatchDeps,
  name: string,
  keyHash: string,
  detail: string,
): Promise<void> {
  const { keeper, now } = deps;
  const completeUpTo = await deps.completeUpTo(name);
  await keeper.update(name, ({ key }) => {
    if (!key || key.state === "ok") return undefined;
    const at = now();
    const next = { ...key, keyHash, detail, checkedAt: at, refusedAt: at, asked: false, looking: false };
    if (key.keyHash !== keyHash) {
      // Another key, refused as well: it has its own looks.
      const refusals = key.state === "key_revoked" ? REFUSALS_TO_REVOKE : 1;
      return { change: { key: { ...next, refusals, countedAt: at } } };
    }
    // One that somebody asked for before its time settles nothing: a process that starts again and again would.
    const counts = at < key.countedAt || at - key.countedAt >= pauseAfter(key.refusals);
    if (!counts) return { change: { key: next } };
    const refusals = key.refusals + 1;
    const counted = { ...next, refusals, countedAt: at };
    if (key.state === "key_revoked" || refusals < REFUSALS_TO_REVOKE) return { change: { key: counted } };
    return {
      change: { key: { ...counted, state: "key_revoked" } },
      tell: { transition: "key_revoked", resource: undefined, since: key.since, detail, completeUpTo },
    };
  });
}

/** Neither yes nor no. */
async function unanswered({ keeper, now }: KeyWatchDeps, name: string, answer: string): Promise<void> {
  await keeper.update(name, ({ key }) => {
    if (!key || key.state === "ok") return undefined;
    const [refusal = ""] = key.detail.split("; asked again: ");
    const detail = `${refusal}; asked again: ${answer}`;
    return { change: { key: { ...key, detail, checkedAt: now(), asked: false, looking: false } } };
  });
}
