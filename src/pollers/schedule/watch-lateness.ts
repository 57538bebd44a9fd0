import type { Target } from "../../shared/target.ts";
import type { Notice, ConnectionKeeper } from "../connection/connection-keeper.ts";
import { elapsedMs } from "../../shared/elapsed.ts";
import { type AccountFacts, type ResourceFacts, idleMsOf } from "../../store/detection/account-facts.ts";
import type { Connection, Problem } from "../../store/detection/connection-store.ts";
import { DEGRADED_AFTER_MS } from "../connection/connection-reports.ts";

export interface LatenessDeps {
  readonly keeper: Pick<ConnectionKeeper, "update">;
  /** Within what time a change of this resource is to be known, ms. */
  readonly promiseMs: (target: Target) => number;
  readonly now: () => number;
}

/** What is kept of an account, and until when nothing may be asked of it, unix ms. */
export interface WatchedFacts extends AccountFacts {
  readonly account: string;
  readonly blockedUntilMs: number | undefined;
}

/**
 * Tells of what is late although no request fails: it waits, for its budget, its turn or its job. A fault that goes on is told
 * in time as well, however long its next try is off. Whoever reads it whole again tells that it is over.
 */
export async function tellLate(deps: LatenessDeps, accounts: readonly WatchedFacts[]): Promise<void> {
  for (const facts of accounts) {
    if (facts.resources.every((resource) => !lateness(deps, facts, facts.connection, resource))) continue;
    for (const resource of facts.resources) await tellOne(deps, facts, resource);
  }
}

async function tellOne(deps: LatenessDeps, facts: WatchedFacts, read: ResourceFacts): Promise<void> {
  const { resource, cursor } = read;
  await deps.keeper.update(facts.account, (connection) => {
    const problem = lateness(deps, facts, connection, read);
    if (!problem) return undefined;
    const completeUpTo = cursor?.phase === "live" ? cursor.watermark : undefined;
    const { since, detail } = problem;
    const tell: Omit<Notice, "account"> & { completeUpTo: number | undefined } = {
      transition: "degraded",
      resource,
      since,
      detail,
      completeUpTo,
    };
    return { change: { resource, problem }, tell };
  });
}

/** Undefined: it is not late, or that has been told. */
function lateness(
  { now, promiseMs }: LatenessDeps,
  { account, blockedUntilMs, redisNow }: WatchedFacts,
  { key, problems }: Connection,
  facts: ResourceFacts,
): Problem | undefined {
  // Nothing is read of such an account, and why has been told.
  if ((key && key.state !== "ok") || [...problems.values()].some(({ quarantined }) => quarantined))
    return undefined;
  const { resource, cursor } = facts;
  const at = now();
  const problem = problems.get(resource);
  if (problem) {
    if (problem.told || elapsedMs(at, problem.since) < DEGRADED_AFTER_MS) return undefined;
    return { ...problem, since: Math.min(problem.since, at), told: true };
  }
  const idleMs = idleMsOf(facts, redisNow) ?? 0;
  const late = idleMs - promiseMs({ account, resource });
  if (cursor?.phase !== "live" || late < DEGRADED_AFTER_MS) return undefined;
  const seconds = Math.round(idleMs / 1_000);
  const why =
    blockedUntilMs === undefined
      ? "it waits for its turn"
      : `Cliniko's limit lets nothing be asked for ${Math.ceil((blockedUntilMs - at) / 1_000)} s more`;
  const detail = `not read for ${seconds} s: ${why}`;
  return { kind: "degraded", since: at - late, detail, told: true, quarantined: false };
}
