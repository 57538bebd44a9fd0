import type { Target } from "../../shared/target.ts";
import { promiseMsOf, tierOf } from "../../pollers/schedule/promise.ts";
import type { Tier } from "../../shared/tier.ts";
import type { Base } from "../base.ts";
import { type AccountConfig, type Config } from "../../config/config.ts";
import type { JobStanding } from "../../queues/job-standing.ts";
import {
  type AccountFacts,
  type ResourceFacts,
  askAccountFacts,
  idleMsOf,
} from "../../store/detection/account-facts.ts";
import { type Cursor, claimedUpTo } from "../../store/detection/account-store.ts";
import { type Batch, type Later, createBatch } from "../../store/redis/batch.ts";
import { type Connection, isNeverRead } from "../../store/detection/connection-store.ts";
import type { FailingStep } from "../../store/detection/failing-steps.ts";
import { type BudgetReading, askBudget } from "../../store/detection/request-budget.ts";
import { type KeptAccount, type KeptFacts, isStill } from "./kept-facts.ts";
import { assessBudget } from "../assess/assess-budget.ts";
import { type SourceSituation, ageOf, assessSource } from "../assess/assess-source.ts";
import type { Assessment } from "../assess/assessment.ts";

/**
 * live: every change is told · first_sync, not_read_yet: nothing is told yet · not_permitted, not_offered: Cliniko has answered
 * 403 or 404 from the first · the others: see the events `connection.*` of the same names.
 */
export type ResourceState =
  | "live"
  | "first_sync"
  | "not_read_yet"
  | "not_permitted"
  | "not_offered"
  | "degraded"
  | "permission_reduced"
  | "schema_changed"
  | "key_revoked";

/** What one resource of one account is like now. */
export interface ResourceStatus {
  readonly account: string;
  readonly resource: string;
  readonly state: ResourceState;
  /** Every change stamped up to here has been told or is on its way, unix seconds by Cliniko's clock; undefined: none has. */
  readonly completeUpTo: number | undefined;
  /** What is wrong, for a person; empty: nothing is. */
  readonly detail: string;
  /** When it went wrong, unix ms; undefined: nothing is wrong. */
  readonly since: number | undefined;
  /** A guard holds it until a person releases it. */
  readonly quarantined: boolean;
  /** Records that were missing when all were last looked for, and of which it is not settled that they are gone. */
  readonly suspects: number;
  /** How the job that reads it stands. Nothing is read while it is missing or failed, whatever else is said here. */
  readonly poll: JobStanding;
  /** Steps of reconciliation that do not end well now; they pause, and what they look for is found later. */
  readonly failingSteps: readonly FailingStep[];
  readonly tier: Tier;
  /** Within what time a change of it is to be known. */
  readonly promiseMs: number;
  /** How long ago everything was known, ms; of what is not live, since it was to be read. Undefined: nobody knows. */
  readonly ageMs: number | undefined;
  /** Whether it is read as promised, and if not, why. */
  readonly assessment: Assessment;
}

export interface AccountStatus {
  readonly account: string;
  readonly connection: Connection;
  readonly resources: readonly ResourceStatus[];
  /** Of its budget. */
  readonly assessment: Assessment;
  readonly budget: {
    /** Our part of what Cliniko allows, 0 to 1, at present and as configured. */
    readonly share: number;
    readonly configuredShare: number;
    /** How much of it is in use just now, 0 to 1. */
    readonly used: number;
    /** Requests since an hour went by without one. */
    readonly taken: number;
    /** Unix ms; undefined: nothing is held back. */
    readonly blockedUntil: number | undefined;
  };
}

/** What stands in Redis of an account, as it is. */
interface AccountReading extends KeptAccount, Pick<AccountFacts, "redisNow"> {
  readonly account: string;
  readonly budget: BudgetReading;
}

type ReadingBase = Pick<Base, "config" | "keys" | "now" | "queues" | "redis">;

/**
 * What stands in Redis of accounts, in their order: a few round trips however many they are. Only what may have changed is asked for, as far
 * as the rest is `kept`.
 */
async function readAccounts(
  base: ReadingBase,
  accounts: readonly AccountConfig[],
  kept: KeptFacts | undefined,
): Promise<AccountReading[]> {
  // Before the rest: what runs meanwhile sleeps for something else next time.
  const sleeps = kept ? await base.queues.pollSleeps(accounts) : [];
  const batch = createBatch(base.redis);
  const wanted: Target[] = [];
  let [asked, at] = [0, 0];
  const readings = accounts.map((account) => {
    const known = kept?.read(account.name);
    const sources = account.resources.map((resource, index) => {
      const [source, sleep = null] = [known?.sources[index], sleeps[at + index]];
      return source && isStill(source, sleep) ? source : { resource, sleep };
    });
    at += sources.length;
    const resources = sources.flatMap((source) => ("resource" in source ? source.resource : []));
    const from = asked;
    asked += resources.length;
    for (const resource of resources) wanted.push({ account: account.name, resource });
    const facts = askAccountFacts(batch, base.keys, { name: account.name, resources }, known?.connection);
    const budget = askAccountBudget(batch, base, account);
    return { account: account.name, known, sources, from, facts, budget };
  });
  const [polls] = await Promise.all([base.queues.pollJobs(wanted), batch.run()]);
  return readings.map(({ account, budget, facts, from, known, sources: of }) => {
    const { connection, redisNow, resources } = facts();
    let read = 0;
    const sources = of.map((source) => {
      if ("facts" in source) return source;
      const own = resources[read];
      if (!own) throw new Error("a resource that is asked for has facts");
      const poll = polls[from + read] ?? NO_JOB;
      read += 1;
      return { facts: own, poll, sleep: source.sleep };
    });
    kept?.keep(account, { connection, sources }, known);
    return { account, connection, redisNow, sources, budget: budget() };
  });
}

function askAccountBudget(
  batch: Batch,
  { config, keys, now }: ReadingBase,
  { apiKey }: AccountConfig,
): Later<BudgetReading> {
  const { requestsPerMinute, budgetShare: share } = config.polling;
  return askBudget(batch, keys, { apiKey, requestsPerMinute, share, now });
}

export async function readAccountStatus(base: ReadingBase, account: AccountConfig): Promise<AccountStatus> {
  const [status] = await readAccountStatuses(base, [account]);
  if (!status) throw new Error("one account has one status");
  return status;
}

/** In the order of the accounts. With `kept`, what cannot have changed since it was last read is not asked for again. */
export async function readAccountStatuses(
  base: ReadingBase,
  accounts: readonly AccountConfig[],
  kept?: KeptFacts,
): Promise<AccountStatus[]> {
  const read = async (): Promise<AccountReading[]> => await readAccounts(base, accounts, kept);
  const readings = kept ? await kept.inTurn(read) : await read();
  const now = base.now();
  return readings.map((reading) => toAccountStatus(reading, base.config.polling, now));
}

function toAccountStatus(reading: AccountReading, polling: Config["polling"], now: number): AccountStatus {
  const { account, connection, redisNow, sources } = reading;
  const { share, used, taken, blockedUntilMs: blockedUntil } = reading.budget;
  const budget = { share, configuredShare: polling.budgetShare, used, taken, blockedUntil };
  return {
    account,
    connection,
    resources: sources.map(({ facts, poll }) =>
      toStatus({ account, connection, blockedUntil, redisNow }, facts, poll, polling, now),
    ),
    budget,
    assessment: assessBudget(account, budget, now),
  };
}

const NO_JOB: JobStanding = { job: "missing", nextAt: undefined };

/** Of a thousand accounts there are forty thousand: each is put together once, field by field. */
function toStatus(
  {
    account,
    blockedUntil,
    connection,
    redisNow,
  }: Pick<AccountReading, "account" | "connection" | "redisNow"> & Pick<SourceSituation, "blockedUntil">,
  facts: ResourceFacts,
  poll: JobStanding,
  polling: Config["polling"],
  now: number,
): ResourceStatus {
  const { resource, cursor, failingSteps, leased, suspects } = facts;
  const completeUpTo = claimedUpTo(cursor);
  const promiseMs = promiseMsOf(polling, resource);
  const situation = {
    account,
    connection,
    blockedUntil,
    promiseMs,
    resource,
    phase: cursor?.phase,
    completeUpTo,
    idleMs: idleMsOf(facts, redisNow),
    leased,
    poll,
    failingSteps,
  };
  const startedAt = cursor?.phase === "baseline" ? cursor.startedAt * 1_000 : poll.madeAt;
  const { detail, quarantined, since, state } = describe(connection, resource, cursor?.phase);
  return {
    account,
    resource,
    state,
    completeUpTo,
    detail,
    since,
    quarantined,
    suspects,
    poll,
    failingSteps,
    tier: tierOf(polling, resource),
    promiseMs,
    ageMs: ageOf(situation, now) ?? (startedAt === undefined ? undefined : Math.max(0, now - startedAt)),
    assessment: assessSource(situation, now),
  };
}

function describe(
  { key, problems }: Pick<Connection, "key" | "problems">,
  resource: string,
  phase: Cursor["phase"] | undefined,
): Pick<ResourceStatus, "state" | "detail" | "since" | "quarantined"> {
  if (key?.state === "key_revoked") {
    return { state: "key_revoked", detail: key.detail, since: key.since, quarantined: false };
  }
  const problem = problems.get(resource);
  const isOver = phase && isNeverRead(problem?.kind);
  if (problem && !isOver && (problem.quarantined || problem.told)) {
    const { kind: state, detail, since, quarantined } = problem;
    return { state, detail, since, quarantined };
  }
  const state = phase === "live" ? "live" : phase === "baseline" ? "first_sync" : "not_read_yet";
  if (key?.state === "suspected") {
    const detail = `the key was refused, and is looked at again: ${key.detail}`;
    return { state, detail, since: key.since, quarantined: false };
  }
  return { state, detail: problem?.detail ?? "", since: problem?.since, quarantined: false };
}
