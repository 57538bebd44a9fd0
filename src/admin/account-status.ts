import type { Base } from "../base.ts";
import type { AccountConfig } from "../config/config.ts";
import { createConnectionKeeper } from "../pollers/connection-keeper.ts";
import { type ReleasedGuard, releaseGuards } from "../pollers/release-guards.ts";
import type { Cursor } from "../store/account-store.ts";
import type { Connection } from "../store/connection-store.ts";
import { createRequestBudget } from "../store/request-budget.ts";
import { noteChange } from "./audit.ts";
import type { Caller } from "./caller.ts";

/**
 * live: every change is told · first_sync, not_read_yet: nothing is told yet · the others: see the events
 * `connection.*` of the same names.
 */
export type ResourceState =
  | "live"
  | "first_sync"
  | "not_read_yet"
  | "degraded"
  | "permission_reduced"
  | "schema_changed"
  | "key_revoked";

/** What one resource of one account is like now. */
export interface ResourceStatus {
  readonly resource: string;
  readonly state: ResourceState;
  /** Every change stamped up to here has been told or is on its way, unix seconds by Cliniko's clock; undefined: none has. */
  readonly completeUpTo: number | undefined;
  /** What is wrong, for a person; empty: nothing is. */
  readonly detail: string;
  /** When it went wrong, unix ms; undefined: nothing is wrong. */
  readonly since: number | undefined;
  /** A guard holds it until a person releases it. */
  readonly held: boolean;
  /** Records that were missing when all were last looked for, and of which it is not settled that they are gone. */
  readonly suspects: number;
}

export interface AccountStatus {
  readonly account: string;
  readonly resources: readonly ResourceStatus[];
  readonly budget: {
    /** Our part of what Cliniko allows, 0 to 1, at present and as configured. */
    readonly share: number;
    readonly configuredShare: number;
    /** Requests since an hour went by without one. */
    readonly taken: number;
    /** Unix ms; undefined: nothing is held back. */
    readonly blockedUntil: number | undefined;
  };
}

type StatusBase = Pick<
  Base,
  "config" | "connections" | "keys" | "now" | "random" | "reading" | "redis" | "store"
>;

export async function readAccountStatus(base: StatusBase, account: AccountConfig): Promise<AccountStatus> {
  const { requestsPerMinute, budgetShare } = base.config.polling;
  const budget = createRequestBudget(base.redis, base.keys, {
    apiKey: account.apiKey,
    requestsPerMinute,
    share: budgetShare,
    now: base.now,
    random: base.random,
  });
  const [resources, { share, taken, blockedUntilMs }] = await Promise.all([
    readResources(base, account),
    budget.read(),
  ]);
  return {
    account: account.name,
    resources,
    budget: { share, configuredShare: budgetShare, taken, blockedUntil: blockedUntilMs },
  };
}

export async function readResources(
  { connections, reading, store }: Pick<Base, "connections" | "reading" | "store">,
  { name, resources }: Pick<AccountConfig, "name" | "resources">,
): Promise<ResourceStatus[]> {
  const connection = await connections.read(name);
  return await Promise.all(
    resources.map(async (resource) => {
      const [cursor, suspects] = await Promise.all([
        store.readCursor(name, resource),
        reading.suspects(name, resource),
      ]);
      return {
        resource,
        completeUpTo: cursor?.phase === "live" ? cursor.watermark : undefined,
        suspects: suspects.size,
        ...describe(connection, resource, cursor?.phase),
      };
    }),
  );
}

function describe(
  { key, problems }: Connection,
  resource: string,
  phase: Cursor["phase"] | undefined,
): Pick<ResourceStatus, "state" | "detail" | "since" | "held"> {
  if (key?.state === "key_revoked") {
    return { state: "key_revoked", detail: key.detail, since: key.since, held: false };
  }
  const problem = problems.get(resource);
  if (problem && (problem.held || problem.told)) {
    const { kind: state, detail, since, held } = problem;
    return { state, detail, since, held };
  }
  const state = phase === "live" ? "live" : phase === "baseline" ? "first_sync" : "not_read_yet";
  return { state, detail: problem?.detail ?? "", since: problem?.since, held: false };
}

/** Reads an account now. Resolves to the resources that were woken: the others are being read, or no service polls them. */
export async function pollAccount(
  base: Pick<Base, "audit" | "queues">,
  caller: Caller,
  { name: account, resources }: Pick<AccountConfig, "name" | "resources">,
): Promise<readonly string[]> {
  const woken = await Promise.all(
    resources.map(async (resource) => ({ resource, woke: await base.queues.pollNow({ account, resource }) })),
  );
  const names = woken.filter(({ woke }) => woke).map(({ resource }) => resource);
  if (names.length > 0)
    await noteChange(base, caller, { action: "account.poll", target: account, fields: names });
  return names;
}

/** Lets an account go that a guard holds. Resolves to what held it. */
export async function releaseAccount(
  base: Pick<Base, "audit" | "connections" | "identityKey" | "now" | "queues" | "reading" | "store">,
  caller: Caller,
  account: string,
  acceptDeletions: boolean,
): Promise<readonly ReleasedGuard[]> {
  const { connections, identityKey, now, queues, reading, store } = base;
  const keeper = createConnectionKeeper({
    connections,
    identityKey,
    now,
    onEvents: async (name) => {
      await queues.addRoute({ account: name });
    },
    onNotice: () => undefined,
  });
  const released = await releaseGuards({ keeper, reading, store }, account, acceptDeletions);
  if (released.length > 0) {
    const fields = [...released.map(({ resource }) => resource), ...(acceptDeletions ? ["deletions"] : [])];
    await noteChange(base, caller, { action: "account.release", target: account, fields });
  }
  return released;
}
