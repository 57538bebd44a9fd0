import { elapsedMs } from "../elapsed.ts";
import type { ClinikoClient } from "../cliniko/client.ts";
import type { Failure } from "../cliniko/outcome.ts";
import { type AccountStore, claimedUpTo } from "../store/account-store.ts";
import type { Problem } from "../store/connection-store.ts";
import type { ReadingStore } from "../store/reading-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { type Guard, describeGuard } from "./guard.ts";
import { HELD_BACK_MS, type KeyWatch, createKeyWatch } from "./key-watch.ts";
import type { ScanResult } from "./scan.ts";

/** A fault that passes sooner is not told. */
export const DEGRADED_AFTER_MS = 120_000;

interface Target {
  readonly account: string;
  readonly resource: string;
}

interface Account {
  readonly client: Pick<ClinikoClient, "currentUser">;
  readonly keyHash: string;
  readonly resources: readonly string[];
}

/** Keeps what is known of an account's connection true, so that silence is honest. */
export interface ConnectionReports {
  /**
   * How long to leave this account alone, ms: its key is refused or suspected to be, or a guard waits for an operator.
   * Undefined: it may be read.
   */
  heldBackMs(target: Target, account: Account): Promise<number | undefined>;
  completed(target: Target, result: Extract<ScanResult, { kind: "completed" }>): Promise<void>;
  failed(target: Target, account: Account, failure: Failure): Promise<void>;
  guarded(target: Target, guard: Guard): Promise<void>;
}

export interface ReportDeps {
  /** The accounts that are read, by name. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly keeper: ConnectionKeeper;
  readonly store: Pick<AccountStore, "readCursor">;
  readonly reading: Pick<ReadingStore, "read" | "update">;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export function createConnectionReports(deps: ReportDeps): ConnectionReports {
  const { keeper, now } = deps;
  const completeUpTo = async (account: string): Promise<number | undefined> =>
    await accountCompleteUpTo(deps, account);
  const watch = createKeyWatch({ keeper, now, completeUpTo });
  return {
    heldBackMs: async (target, account) => await heldBackMs(deps, watch, target, account),
    completed: async (target, result) => await completed(deps, target, result),
    failed: async (target, account, failure) => await failed(deps, watch, target, account, failure),
    guarded: async (target, guard) => await guarded(deps, target, guard),
  };
}

async function readCompleteUpTo(
  deps: Pick<ReportDeps, "store">,
  { account, resource }: Target,
): Promise<number | undefined> {
  return claimedUpTo(await deps.store.readCursor(account, resource));
}

/** What holds for every resource of the account; undefined: one of them has not been read whole yet. */
async function accountCompleteUpTo(deps: ReportDeps, account: string): Promise<number | undefined> {
  const resources = deps.accounts.get(account)?.resources ?? [];
  const upTo = await Promise.all(
    resources.map(async (resource) => await readCompleteUpTo(deps, { account, resource })),
  );
  return upTo.includes(undefined) ? undefined : Math.min(...upTo.map(Number));
}

async function heldBackMs(
  deps: ReportDeps,
  watch: KeyWatch,
  target: Target,
  account: Account,
): Promise<number | undefined> {
  const { key, problems, version } = await deps.keeper.read(target.account);
  if ([...problems.values()].some(({ held }) => held)) return HELD_BACK_MS;
  if (!key || key.state === "ok") return undefined;
  const pauseMs = await watch.pauseMs(target.account, account, { key, version }, deps.signal);
  if (pauseMs === 0) return undefined;
  if (key.state === "suspected") await tellLongSuspicion(deps, target);
  return pauseMs;
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
    if (before && (before.told || before.held)) return undefined;
    const problem = { kind: "degraded", since, detail, told: true, held: false } as const;
    return {
      change: { resource, problem },
      tell: { transition: "degraded", resource, since, detail, completeUpTo },
    };
  });
}

async function completed(
  deps: ReportDeps,
  target: Target,
  { baseline, watermark, unknown }: Extract<ScanResult, { kind: "completed" }>,
): Promise<void> {
  const { keeper, now } = deps;
  const { resource } = target;
  await keeper.update(target.account, ({ problems }) => {
    const problem = problems.get(resource);
    if (!problem || problem.held) return undefined;
    const { since } = problem;
    const tell = {
      transition: "recovered",
      resource,
      since,
      detail: "read whole again",
      completeUpTo: watermark,
    } as const;
    return { change: { resource, problem: null }, ...(problem.told ? { tell } : {}) };
  });
  // Told until it has been told: the process may have ended between the last page and this line.
  await keeper.update(target.account, ({ baselines }) => {
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
  });
  if (unknown.length > 0) await tellUnknownFields(deps, target, unknown, watermark);
}

async function failed(
  deps: ReportDeps,
  watch: KeyWatch,
  target: Target,
  account: Account,
  failure: Failure,
): Promise<void> {
  const { keeper, now, signal } = deps;
  const { resource } = target;
  let { detail } = failure;
  if (failure.kind === "unauthorized") {
    if ((await watch.refused(target.account, account, detail, signal)) === "key") return;
    detail = `${detail}, although the key is accepted`;
  }
  const upTo = await readCompleteUpTo(deps, target);
  await keeper.update(target.account, ({ problems }) => {
    const before = problems.get(resource);
    const problem = toProblem(before, { ...failure, detail }, now());
    if (!problem) return undefined;
    const tell = { transition: problem.kind, resource, since: problem.since, detail, completeUpTo: upTo };
    return { change: { resource, problem }, ...(problem.told ? { tell } : {}) };
  });
}

async function guarded(deps: ReportDeps, target: Target, guard: Guard): Promise<void> {
  const { keeper, now } = deps;
  const { resource } = target;
  const detail = describeGuard(guard);
  const upTo = await readCompleteUpTo(deps, target);
  // A right that was widened is none that was reduced; what it means is in the detail.
  const kind = guard.kind === "mass_appearance" ? "degraded" : "permission_reduced";
  const problem = { kind, since: now(), detail, told: true, held: true } as const;
  await keeper.update(target.account, ({ problems }) =>
    problems.get(resource)?.held
      ? undefined
      : {
          change: { resource, problem },
          tell: { transition: problem.kind, resource, since: now(), detail, completeUpTo: upTo },
        },
  );
}

/** What a failure makes of the problem there was; undefined: nothing new. */
function toProblem(before: Problem | undefined, failure: Failure, now: number): Problem | undefined {
  if (before?.held) return undefined;
  const since = before?.since ?? now;
  const { detail } = failure;
  if (failure.kind === "schema_changed")
    return { kind: "schema_changed", since, detail, told: true, held: true };
  if (failure.kind === "forbidden") {
    if (before?.kind === "permission_reduced") return undefined;
    return { kind: "permission_reduced", since, detail, told: true, held: false };
  }
  // Our own share being spent is no fault of the connection; a scan that waits is late, and late is told in time.
  if (before?.told) return undefined;
  const told = elapsedMs(now, since) >= DEGRADED_AFTER_MS;
  return before && !told ? undefined : { kind: "degraded", since, detail, told, held: false };
}

/** New fields are harmless, and told once. */
async function tellUnknownFields(
  { keeper, reading, now }: ReportDeps,
  { account, resource }: Target,
  unknown: readonly string[],
  completeUpTo: number,
): Promise<void> {
  const told = (await reading.read(account, resource)).unknownTold.split(",").filter(Boolean);
  const fresh = unknown.filter((name) => !told.includes(name));
  if (fresh.length === 0) return;
  const detail = `new fields, not watched: ${fresh.join(", ").slice(0, 200)}`;
  await keeper.update(account, ({ baselines }) => ({
    change: baselines.has(resource) ? { resource, baseline: true } : { resource, problem: null },
    tell: { transition: "schema_changed", resource, since: now(), detail, completeUpTo },
  }));
  await reading.update(account, resource, { unknownTold: [...told, ...fresh].join(",") });
}
