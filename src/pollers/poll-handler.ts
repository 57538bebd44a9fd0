import type { ClinikoClient } from "../cliniko/client.ts";
import type { Failure } from "../cliniko/outcome.ts";
import { type ResourceName, isResourceName, resources } from "../cliniko/resources.ts";
import type { IdentityKey } from "../diff/identity.ts";
import { projections } from "../diff/projections.ts";
import type { AccountStore } from "../store/account-store.ts";
import type { Connection, ConnectionStore } from "../store/connection-store.ts";
import type { Leases } from "../store/lease.ts";
import { holdLease } from "./hold-lease.ts";
import { backoffMs, nextTick } from "./schedule.ts";
import { type ScanResult, scan } from "./scan.ts";

/** A revoked key is tried again this seldom, with the cheapest request: its owner may have restored it. */
const REVOKED_PROBE_MS = 3_600_000;
/** How often a poll that is held back looks whether it still is. Costs Redis a read and the upstream nothing. */
const HELD_BACK_MS = 30_000;
/** How soon a poll that was overtaken or interrupted looks again. */
const LOOK_AGAIN_MS = 1_000;

export interface PolledAccount {
  readonly client: Pick<ClinikoClient, "listPage" | "currentUser">;
  /** Names the key without telling it. */
  readonly keyHash: string;
  /** Resources the operator wants read. */
  readonly resources: readonly string[];
}

export interface PollTarget {
  readonly account: string;
  readonly resource: string;
}

export interface PollDeps {
  readonly accounts: ReadonlyMap<string, PolledAccount>;
  readonly store: AccountStore;
  readonly leases: Leases;
  readonly renewLeaseEveryMs: number;
  readonly connections: ConnectionStore;
  readonly identityKey: IdentityKey;
  readonly intervalMs: number;
  readonly overlapMs: number;
  readonly now: () => number;
  /** Fires when the process is to stop: a scan ends after the page in hand. */
  readonly signal: AbortSignal;
  /** There are new events in this account's log. */
  readonly onEvents: (account: string) => Promise<void>;
  readonly onScan: (target: PollTarget, result: ScanResult, durationMs: number) => void;
  readonly onConnection: (account: string, connection: Connection) => void;
}

/**
 * Handles one poll job: reads the resource once and answers when to read it next (unix ms), or undefined when nobody
 * wants this poll any more. Rejects for faults of our own only (Redis, a snapshot that cannot be opened).
 */
export function createPollHandler(deps: PollDeps): (target: PollTarget) => Promise<number | undefined> {
  const failuresInARow = new Map<string, number>();

  return async (target) => {
    const account = deps.accounts.get(target.account);
    if (!account?.resources.includes(target.resource) || !isResourceName(target.resource)) return undefined;
    if (await isHeldBack(deps, target.account, account)) return deps.now() + HELD_BACK_MS;

    const result = await scanOnce(deps, account, target.account, target.resource);
    if (!result) return deps.now() + LOOK_AGAIN_MS;
    if (result.events > 0) await deps.onEvents(target.account);

    const key = `${target.account}/${target.resource}`;
    switch (result.kind) {
      case "completed":
        failuresInARow.delete(key);
        return nextTick(deps.now(), deps.intervalMs, key);
      case "stopped":
        return deps.now() + LOOK_AGAIN_MS;
      case "failed": {
        const failures = (failuresInARow.get(key) ?? 0) + 1;
        failuresInARow.set(key, failures);
        return await afterFailure(deps, target.account, account, result.failure, failures);
      }
    }
  };
}

/** Undefined: another worker reads this resource now. */
async function scanOnce(
  deps: PollDeps,
  { client }: PolledAccount,
  account: string,
  resource: ResourceName,
): Promise<ScanResult | undefined> {
  const { store, overlapMs, identityKey } = deps;
  const startedAt = deps.now();
  const context = { account, resource, projection: projections[resource], identityKey };
  const scope = { account, resource };
  const result = await holdLease(
    deps.leases,
    scope,
    deps.renewLeaseEveryMs,
    deps.signal,
    async (lease, signal) =>
      await scan({ client, store, resource: resources[resource], context, overlapMs }, lease, signal),
  );
  if (result) deps.onScan(scope, result, deps.now() - startedAt);
  return result;
}

/** Whether the account's key is known to be revoked. Another key, or a passed probe, lets it go. */
async function isHeldBack(
  deps: PollDeps,
  account: string,
  { client, keyHash }: PolledAccount,
): Promise<boolean> {
  const connection = await deps.connections.read(account);
  if (connection?.state !== "key_revoked") return false;
  if (connection.keyHash === keyHash) {
    if (deps.now() - connection.checkedAt < REVOKED_PROBE_MS) return true;
    const probe = await client.currentUser(deps.signal);
    if (probe.kind !== "ok") {
      await deps.connections.write(account, { ...connection, checkedAt: deps.now() });
      return true;
    }
  }
  await changeConnection(deps, account, { state: "ok", detail: "the key is accepted", keyHash });
  return false;
}

async function afterFailure(
  deps: PollDeps,
  account: string,
  { keyHash }: PolledAccount,
  failure: Failure,
  failures: number,
): Promise<number> {
  switch (failure.kind) {
    case "unauthorized":
      await changeConnection(deps, account, { state: "key_revoked", detail: failure.detail, keyHash });
      return deps.now() + HELD_BACK_MS;
    case "rate_limited":
    case "budget_spent":
      return Math.max(failure.resetAtMs, deps.now() + LOOK_AGAIN_MS);
    case "forbidden":
    case "not_found":
    case "bad_filter":
    case "unavailable":
    case "malformed":
      return deps.now() + backoffMs(failures, deps.intervalMs);
  }
}

async function changeConnection(
  deps: PollDeps,
  account: string,
  connection: Pick<Connection, "state" | "detail" | "keyHash">,
): Promise<void> {
  const known = await deps.connections.read(account);
  if (known?.state === connection.state && known.keyHash === connection.keyHash) return;
  const changed = { ...connection, since: deps.now(), checkedAt: deps.now() };
  await deps.connections.write(account, changed);
  deps.onConnection(account, changed);
}
