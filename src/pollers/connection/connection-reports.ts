import { type Target, createTargetMap } from "../../shared/target.ts";
import { elapsedMs } from "../../shared/elapsed.ts";
import type { ClinikoClient } from "../../cliniko/client.ts";
import { type Failure, withoutRecord } from "../../cliniko/outcome.ts";
import { type AccountStore, claimedUpTo } from "../../store/detection/account-store.ts";
import {
  type Connection,
  type Fault,
  type Problem,
  isNeverRead,
} from "../../store/detection/connection-store.ts";
import type { IdentityKey } from "../../diff/identity.ts";
import type { ReadingStore } from "../../store/detection/reading-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { type Guard, describeGuard } from "../reconcile/guard.ts";
import { holdAll, letGo, maySettle } from "./another-clinic.ts";
import { type WhoseAccount, createWhoseAccount } from "./whose-account.ts";
import { HELD_BACK_MS, type KeyWatch, createKeyWatch, mustRest } from "./key-watch.ts";
import { type KeyUser, createKeyUsers } from "./key-user.ts";
import { noteClock } from "./note-clock.ts";
import { type Narrowed, decideSight } from "./sight.ts";
import { type NeverReadWatch, createNeverRead } from "./never-read.ts";
import { tellUnknownFields } from "./unknown-fields.ts";
import type { ScanResult } from "../scan/scan.ts";

/** How soon it is tried again to find out whose data answers. */
const STRANGE_PAUSE_MS = 5_000;
/** How soon it is looked whether another poll of the account has found that out, should nobody be woken by it. */
const UNDER_WAY_PAUSE_MS = 5_000;
/** A fault that passes sooner is not told. */
export const DEGRADED_AFTER_MS = 120_000;

interface Account {
  readonly client: Pick<ClinikoClient, "currentUser" | "clinic" | "findRecord">;
  readonly keyHash: string;
  readonly resources: readonly string[];
}

/** Keeps what is known of an account's connection true, so that silence is honest. */
export interface ConnectionReports {
  /**
   * How long to leave this account alone, ms: its key is refused or suspected to be, a guard waits for an operator, or
   * another clinic answers. Undefined: it may be read.
   */
  heldBackMs(target: Target, account: Account): Promise<number | undefined>;
  /** At which version of the account's connection nothing keeps this resource from being read; undefined: that is to be judged. */
  clearAt(target: Target): number | undefined;
  /** How the connection was when the resource began to be read. */
  noteSeen(target: Target, connection: Connection): void;
  /** Whether it is still the clinic that answers; a failure when it is not. */
  confirm(name: string, account: Account, signal: AbortSignal): Promise<Failure | undefined>;
  keyUserOf(name: string, account: Account): KeyUser;
  /**
   * @param startedAtMs when it began, by our clock, unix ms
   * @param connection as it is now; undefined: that is to be read
   * @param narrowed less was in sight than there is
   */
  completed(
    target: Target,
    result: Extract<ScanResult, { kind: "completed" }>,
    startedAtMs: number,
    connection: Connection | undefined,
    narrowed?: Narrowed,
  ): Promise<void>;
  failed(target: Target, account: Account, failure: Failure): Promise<void>;
  /** @param connection see `completed` */
  guarded(target: Target, guard: Guard, connection: Connection | undefined): Promise<void>;
}

export interface ReportDeps {
  /** The accounts that are read, by name. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly keeper: ConnectionKeeper;
  readonly store: Pick<AccountStore, "readCursor" | "listIds" | "loadSnapshots">;
  readonly identityKey: IdentityKey;
  readonly reading: Pick<ReadingStore, "read" | "update">;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Ends the sleep of a poll. */
  readonly wake: (target: Target) => Promise<unknown>;
}

export function createConnectionReports(deps: ReportDeps): ConnectionReports {
  const { keeper, now } = deps;
  const completeUpTo = async (account: string): Promise<number | undefined> =>
    await accountCompleteUpTo(deps, account);
  const watch = createKeyWatch({ keeper, now, completeUpTo });
  const whose = createWhoseAccount({ ...deps, completeUpTo });
  const keyUserOf = createKeyUsers({ ...deps, completeUpTo });
  const looked = new Set<string>();
  const clear = createTargetMap<number>();
  const neverRead = createNeverRead(deps);
  const watching = { ...deps, watch, whose, looked, neverRead, waiting: new Map<string, Set<string>>() };
  return {
    heldBackMs: async (target, account) => await heldBackMs(watching, target, account),
    confirm: async (name, account, signal) => await whose.confirm(name, account, signal),
    keyUserOf: (name, { client }) => keyUserOf(name, client),
    clearAt: (target) => (whose.isFound(target.account) ? clear.get(target) : undefined),
    noteSeen: (target, connection) => {
      const isClear = !mustRest(connection) && !isNeverRead(connection.problems.get(target.resource)?.kind);
      if (isClear) clear.set(target, connection.version);
      else clear.delete(target);
    },
    completed: async (target, result, startedAtMs, connection, narrowed) => {
      const decisions = decideCompleted(deps, target, result, startedAtMs, narrowed);
      // Each is about something else: what has nothing to say of the connection as it is has nothing to say after another's word.
      for (const decide of decisions)
        if (!connection || decide(connection)) await keeper.update(target.account, decide, connection);
      if (result.unknown.length > 0) await tellUnknownFields(deps, target, result.unknown, result.watermark);
    },
    failed: async (target, account, failure) => {
      if (!(await neverRead.isMet(target, failure))) await failed(watching, target, account, failure);
    },
    guarded: async (target, guard, connection) => await guarded(deps, target, guard, connection),
  };
}

async function readCompleteUpTo(
  deps: Pick<ReportDeps, "store">,
  { account, resource }: Target,
): Promise<number | undefined> {
  return claimedUpTo(await deps.store.readCursor(account, resource));
}

/** What holds for every resource of the account that can be read; undefined: one of them has not been read whole yet. */
async function accountCompleteUpTo(deps: ReportDeps, account: string): Promise<number | undefined> {
  const { problems } = await deps.keeper.read(account);
  const resources = (deps.accounts.get(account)?.resources ?? []).filter(
    (resource) => !isNeverRead(problems.get(resource)?.kind),
  );
  if (resources.length === 0) return undefined;
  const upTo = await Promise.all(
    resources.map(async (resource) => await readCompleteUpTo(deps, { account, resource })),
  );
  return upTo.includes(undefined) ? undefined : Math.min(...upTo.map(Number));
}

interface Watching extends ReportDeps {
  readonly watch: KeyWatch;
  readonly whose: WhoseAccount;
  /** Accounts that this process has found another clinic's. */
  readonly looked: Set<string>;
  readonly neverRead: NeverReadWatch;
  /** By account, the resources whose polls sleep until it is known whose account it is. */
  readonly waiting: Map<string, Set<string>>;
}

async function heldBackMs(deps: Watching, target: Target, account: Account): Promise<number | undefined> {
  const { looked, neverRead, signal, watch, whose } = deps;
  const { account: name } = target;
  const connection = await deps.keeper.read(name);
  const { key, version } = connection;
  const isQuarantined = [...connection.problems.values()].some(({ quarantined }) => quarantined);
  if (isQuarantined && !maySettle(connection, account.keyHash, looked.has(name))) return HELD_BACK_MS;
  if (key && key.state !== "ok") {
    const pauseMs = await watch.pauseMs(name, account, { key, version }, signal);
    if (key.state === "suspected" && pauseMs > 0) await tellLongSuspicion(deps, target);
    if (pauseMs > 0) return pauseMs;
  }
  if (await neverRead.isLeftAlone(target, connection)) return HELD_BACK_MS;
  const strange = await whose.verify(name, account, isQuarantined, signal);
  if (strange === "under_way") {
    deps.waiting.set(name, (deps.waiting.get(name) ?? new Set<string>()).add(target.resource));
    return UNDER_WAY_PAUSE_MS;
  }
  if (!strange) {
    wakeWaiting(deps, name);
    if (isQuarantined) await letGo(deps, name);
    return undefined;
  }
  if (strange.kind === "another_clinic") looked.add(name);
  await failed(deps, target, account, strange);
  return "resetAtMs" in strange ? Math.max(1_000, strange.resetAtMs - deps.now()) : STRANGE_PAUSE_MS;
}

/** A thousand accounts of a process that starts would look again and again otherwise, while it has the most to do. */
function wakeWaiting({ waiting, wake }: Watching, account: string): void {
  for (const resource of waiting.get(account) ?? []) wake({ account, resource }).catch(() => undefined);
  waiting.delete(account);
}

/** A key that is neither refused for good nor accepted: silence that lasts is told like any other fault. */
async function tellLongSuspicion(deps: ReportDeps, target: Target): Promise<void> {
  const { key } = await deps.keeper.read(target.account);
  if (key?.state !== "suspected" || Math.abs(deps.now() - key.since) < DEGRADED_AFTER_MS) return;
  const { since } = key;
  const detail = `it is not clear whether the key is accepted: ${key.detail}`;
  const completeUpTo = await readCompleteUpTo(deps, target);
  const { resource } = target;
  await deps.keeper.update(target.account, ({ problems }) => {
    const before = problems.get(resource);
    if (before && (before.told || before.quarantined)) return undefined;
    const problem = { kind: "degraded", since, detail, told: true, quarantined: false } as const;
    return {
      change: { resource, problem },
      tell: { transition: "degraded", resource, since, detail, completeUpTo },
    };
  });
}

type Decide = Parameters<ConnectionKeeper["update"]>[1];

/** What a scan that completed changes of the connection, one after the other: nearly always nothing. */
function decideCompleted(
  { now }: ReportDeps,
  { resource }: Target,
  { baseline, watermark }: Extract<ScanResult, { kind: "completed" }>,
  startedAtMs: number,
  narrowed: Narrowed | undefined,
): readonly Decide[] {
  const clock: Decide = (connection) =>
    baseline ? undefined : noteClock(connection, watermark * 1_000 - startedAtMs);
  const recovery: Decide = ({ problems }) => {
    const problem = problems.get(resource);
    if (!problem || problem.quarantined) return undefined;
    const { since } = problem;
    const tell = {
      transition: "recovered",
      resource,
      since,
      detail: "read whole again",
      completeUpTo: watermark,
    } as const;
    const isNews = problem.told && !isNeverRead(problem.kind);
    return { change: { resource, problem: null }, ...(isNews ? { tell } : {}) };
  };
  // Told until it has been told: the process may have ended between the last page and this line.
  const firstSync: Decide = ({ baselines }) => {
    if (baselines.has(resource)) return undefined;
    const detail = baseline ? "the first sync is done" : "the first sync was done before";
    const told = {
      transition: "baseline_completed",
      resource,
      since: now(),
      detail,
      completeUpTo: watermark,
    } as const;
    return { change: { resource, baseline: true }, tell: told };
  };
  const sight = decideSight(resource, narrowed, { completeUpTo: watermark, now });
  return [clock, recovery, sight, firstSync];
}

async function failed(deps: Watching, target: Target, account: Account, failure: Failure): Promise<void> {
  const { keeper, now, signal, watch } = deps;
  const { resource } = target;
  let detail = withoutRecord(failure.detail);
  if (failure.kind === "another_clinic") {
    await holdAll(deps, target.account, account, detail);
    return;
  }
  if (failure.kind === "unauthorized") {
    if ((await watch.refused(target.account, account, detail, signal)) === "key") return;
    detail = `${detail}, although the key is accepted`;
  }
  const cursor = await deps.store.readCursor(target.account, resource);
  const upTo = claimedUpTo(cursor);
  await keeper.update(target.account, ({ problems }) => {
    const known = problems.get(resource);
    // It could not be read, and now it can in part.
    const before = cursor && isNeverRead(known?.kind) ? undefined : known;
    const problem = toProblem(before, { ...failure, detail }, now());
    if (!problem) return undefined;
    const tell = { transition: problem.kind, resource, since: problem.since, detail, completeUpTo: upTo };
    return { change: { resource, problem }, ...(problem.told ? { tell } : {}) };
  });
}

async function guarded(
  deps: ReportDeps,
  target: Target,
  guard: Guard,
  connection: Connection | undefined,
): Promise<void> {
  const { keeper, now } = deps;
  const { resource } = target;
  const detail = describeGuard(guard);
  const upTo = await readCompleteUpTo(deps, target);
  // A right that was widened is none that was reduced; what it means is in the detail.
  const kind = guard.kind === "mass_appearance" ? "degraded" : "permission_reduced";
  const problem = { kind, since: now(), detail, told: true, quarantined: true } as const;
  const decide: Decide = ({ problems }) =>
    problems.get(resource)?.quarantined
      ? undefined
      : {
          change: { resource, problem },
          tell: { transition: problem.kind, resource, since: now(), detail, completeUpTo: upTo },
        };
  await keeper.update(target.account, decide, connection);
}

/** What a failure makes of the problem there was; undefined: nothing new. */
function toProblem(before: Problem | undefined, failure: Failure, now: number): Fault | undefined {
  if (before?.quarantined) return undefined;
  const since = before?.since ?? now;
  const { detail } = failure;
  if (failure.kind === "schema_changed")
    return { kind: "schema_changed", since, detail, told: true, quarantined: true };
  if (failure.kind === "forbidden") {
    if (before?.kind === "permission_reduced") return undefined;
    return { kind: "permission_reduced", since, detail, told: true, quarantined: false };
  }
  // Our own share being spent is no fault of the connection; a scan that waits is late, and late is told in time.
  if (before?.told) return undefined;
  const told = elapsedMs(now, since) >= DEGRADED_AFTER_MS;
  return before && !told ? undefined : { kind: "degraded", since, detail, told, quarantined: false };
}
