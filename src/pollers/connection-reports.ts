import type { ClinikoClient } from "../cliniko/client.ts";
import type { Failure } from "../cliniko/outcome.ts";
import type { AccountStore } from "../store/account-store.ts";
import type { Problem } from "../store/connection-store.ts";
import type { ReadingStore } from "../store/reading-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { type Guard, describeGuard } from "./guard.ts";
import type { ScanResult } from "./scan.ts";

/** A revoked key is tried again this seldom, with the cheapest request: its owner may have restored it. */
const REVOKED_PROBE_MS = 3_600_000;
/** A fault that passes sooner is not told. */
const DEGRADED_AFTER_MS = 120_000;

interface Target {
  readonly account: string;
  readonly resource: string;
}

interface Account {
  readonly client: Pick<ClinikoClient, "currentUser">;
  readonly keyHash: string;
}

/** Keeps what is known of an account's connection true, so that silence is honest. */
export interface ConnectionReports {
  /** Whether nothing may be asked of this account now: its key is refused, or a guard waits for an operator. */
  isHeldBack(name: string, account: Account, signal: AbortSignal): Promise<boolean>;
  completed(target: Target, result: Extract<ScanResult, { kind: "completed" }>): Promise<void>;
  failed(target: Target, account: Account, failure: Failure): Promise<void>;
  guarded(target: Target, guard: Guard): Promise<void>;
}

export interface ReportDeps {
  readonly keeper: ConnectionKeeper;
  readonly store: Pick<AccountStore, "readCursor">;
  readonly reading: Pick<ReadingStore, "read" | "update">;
  readonly now: () => number;
}

export function createConnectionReports(deps: ReportDeps): ConnectionReports {
  return {
    isHeldBack: async (name, account, signal) => await isHeldBack(deps, name, account, signal),
    completed: async (target, result) => await completed(deps, target, result),
    failed: async (target, account, failure) => await failed(deps, target, account, failure),
    guarded: async (target, guard) => await guarded(deps, target, guard),
  };
}

async function readCompleteUpTo(
  deps: ReportDeps,
  { account, resource }: Target,
): Promise<number | undefined> {
  const cursor = await deps.store.readCursor(account, resource);
  return cursor?.phase === "live" ? cursor.watermark : undefined;
}

async function isHeldBack(
  deps: ReportDeps,
  name: string,
  account: Account,
  signal: AbortSignal,
): Promise<boolean> {
  const { key, problems } = await deps.keeper.read(name);
  if ([...problems.values()].some(({ held }) => held)) return true;
  if (key?.state !== "key_revoked") return false;
  if (key.keyHash === account.keyHash) {
    if (deps.now() - key.checkedAt < REVOKED_PROBE_MS) return true;
    const probe = await account.client.currentUser(signal);
    if (probe.kind !== "ok") {
      await deps.keeper.update(name, () => ({ change: { key: { ...key, checkedAt: deps.now() } } }));
      return true;
    }
  }
  await accepted(deps, name, account.keyHash);
  return false;
}

async function accepted({ keeper, now }: ReportDeps, name: string, keyHash: string): Promise<void> {
  const detail = "the key is accepted";
  await keeper.update(name, ({ key }) => {
    if (key?.state !== "key_revoked") return undefined;
    const { since } = key;
    return {
      change: { key: { state: "ok", since: now(), checkedAt: now(), detail, keyHash } },
      tell: { transition: "recovered", resource: undefined, since, detail, completeUpTo: undefined },
    };
  });
}

async function revoked(
  { keeper, now }: ReportDeps,
  name: string,
  keyHash: string,
  detail: string,
): Promise<void> {
  await keeper.update(name, ({ key }) => {
    if (key?.state === "key_revoked" && key.keyHash === keyHash) return undefined;
    return {
      change: { key: { state: "key_revoked", since: now(), checkedAt: now(), detail, keyHash } },
      tell: { transition: "key_revoked", resource: undefined, since: now(), detail, completeUpTo: undefined },
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

async function failed(deps: ReportDeps, target: Target, account: Account, failure: Failure): Promise<void> {
  const { keeper, now } = deps;
  const { resource } = target;
  const { detail } = failure;
  if (failure.kind === "unauthorized") {
    await revoked(deps, target.account, account.keyHash, detail);
    return;
  }
  const upTo = await readCompleteUpTo(deps, target);
  await keeper.update(target.account, ({ problems }) => {
    const before = problems.get(resource);
    const problem = toProblem(before, failure, now());
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
  const problem = { kind: "permission_reduced", since: now(), detail, told: true, held: true } as const;
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
  const told = now - since >= DEGRADED_AFTER_MS;
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
