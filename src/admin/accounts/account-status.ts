import { promiseMsOf, tierOf } from "../../pollers/schedule/promise.ts";
import type { Tier } from "../../shared/tier.ts";
import type { Base } from "../base.ts";
import { type AccountConfig, type Config, targetsOf } from "../../config/config.ts";
import type { JobStanding } from "../../queues/job-standing.ts";
import {
  type AccountFacts,
  type ResourceFacts,
  askAccountFacts,
} from "../../store/detection/account-facts.ts";
import { type Cursor, claimedUpTo } from "../../store/detection/account-store.ts";
import { type Batch, type Later, createBatch } from "../../store/redis/batch.ts";
import { type Connection, isNeverRead } from "../../store/detection/connection-store.ts";
import type { FailingStep } from "../../store/detection/failing-steps.ts";
import { type BudgetReading, askBudget } from "../../store/detection/request-budget.ts";
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

/** What is kept of an account, as it is. */
interface AccountReading extends AccountFacts {
  readonly account: string;
  readonly budget: BudgetReading;
  /** In the order of its resources. */
  readonly polls: readonly JobStanding[];
}

type ReadingBase = Pick<Base, "config" | "keys" | "now" | "queues" | "redis">;

/** What is kept of accounts, in their order: a few round trips however many they are. */
async function readAccounts(
  base: ReadingBase,
  accounts: readonly AccountConfig[],
): Promise<AccountReading[]> {
  const batch = createBatch(base.redis);
  const asked = accounts.map((account) => askAccount(batch, base, account));
  const [polls] = await Promise.all([base.queues.pollJobs(targetsOf(accounts)), batch.run()]);
  let read = 0;
  return asked.map((reading) => {
    const account = reading();
    const from = read;
    read += account.resources.length;
    return { ...account, polls: polls.slice(from, read) };
  });
}

function askAccount(
  batch: Batch,
  { config, keys, now }: ReadingBase,
  account: AccountConfig,
): Later<AccountFacts & Pick<AccountReading, "account" | "budget">> {
  const { name, apiKey } = account;
  const { requestsPerMinute, budgetShare: share } = config.polling;
  const facts = askAccountFacts(batch, keys, account);
  const budget = askBudget(batch, keys, { apiKey, requestsPerMinute, share, now });
  return () => ({ account: name, ...facts(), budget: budget() });
}

export async function readAccountStatus(base: ReadingBase, account: AccountConfig): Promise<AccountStatus> {
  const [status] = await readAccountStatuses(base, [account]);
  if (!status) throw new Error("one account has one status");
  return status;
}

/** In the order of the accounts. */
export async function readAccountStatuses(
  base: ReadingBase,
  accounts: readonly AccountConfig[],
): Promise<AccountStatus[]> {
  const readings = await readAccounts(base, accounts);
  const now = base.now();
  return readings.map((reading) => toAccountStatus(reading, base.config.polling, now));
}

function toAccountStatus(reading: AccountReading, polling: Config["polling"], now: number): AccountStatus {
  const { account, connection, polls, resources } = reading;
  const { share, used, taken, blockedUntilMs: blockedUntil } = reading.budget;
  const budget = { share, configuredShare: polling.budgetShare, used, taken, blockedUntil };
  return {
    account,
    connection,
    resources: resources.map((facts, index) =>
      toStatus({ account, connection, blockedUntil }, facts, polls[index] ?? NO_JOB, polling, now),
    ),
    budget,
    assessment: assessBudget(account, budget, now),
  };
}

const NO_JOB: JobStanding = { job: "missing", nextAt: undefined };

/** Of a thousand accounts there are forty thousand: each is put together once, field by field. */
function toStatus(
  { account, blockedUntil, connection }: Pick<SourceSituation, "account" | "blockedUntil" | "connection">,
  { resource, cursor, failingSteps, idleMs, leased, suspects }: ResourceFacts,
  poll: JobStanding,
  polling: Config["polling"],
  now: number,
): ResourceStatus {
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
    idleMs,
    leased,
    poll,
    failingSteps,
  };
  const startedAt = cursor?.phase === "baseline" ? cursor.startedAt * 1_000 : poll.madeAt;
  const { detail, quarantined, since, state } = describe(connection, resource, cursor?.phase);
  return {
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
