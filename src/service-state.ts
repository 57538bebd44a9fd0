import { type AccountReading, readAccounts } from "./admin/account-status.ts";
import { type EndpointStatus, readEndpointStatuses } from "./admin/endpoint-status.ts";
import type { Base } from "./base.ts";
import { SERVICE_ACCOUNT } from "./diff/endpoint-event.ts";
import type { JobStanding } from "./queues/job-standing.ts";
import { type QueueFacts, readQueueFacts } from "./queues/queue-facts.ts";
import type { Connection } from "./store/connection-store.ts";
import type { FailingStep } from "./store/failing-steps.ts";
import { type LogSize, readLogSize } from "./store/log-size.ts";
import { type RedisFacts, readRedisFacts } from "./store/redis-facts.ts";
import type { BudgetReading } from "./store/request-budget.ts";

/** How far one resource of an account has been read. */
export interface ReadingState {
  readonly account: string;
  readonly resource: string;
  /** Undefined: nothing has been read yet. */
  readonly phase: "baseline" | "live" | undefined;
  /** Every change stamped up to here has been seen, unix ms by the upstream's clock; undefined: not live yet. */
  readonly completeUpTo: number | undefined;
  /** How the job that reads it stands. */
  readonly poll: JobStanding;
  /** Steps of the upkeep that do not end well now. */
  readonly failingSteps: readonly FailingStep[];
}

export interface AccountState {
  readonly account: string;
  readonly connection: Connection;
  readonly budget: BudgetReading;
  /** The part of the configured share that is in force, (0, 1]: a 429 halves it. */
  readonly budgetInForce: number;
}

/** Everything that is known of an installation without asking anybody outside of it. The same from every process. */
export interface ServiceState {
  readonly readings: readonly ReadingState[];
  readonly accounts: readonly AccountState[];
  readonly endpoints: readonly EndpointStatus[];
  /** By account, that of the endpoints' own events included. */
  readonly logs: readonly (LogSize & { readonly account: string })[];
  readonly queues: readonly QueueFacts[];
  readonly redis: RedisFacts;
}

/** A few round trips, however many accounts and endpoints there are. */
export async function readServiceState(base: Base): Promise<ServiceState> {
  const { config, endpoints, keys, now, queues, redis } = base;
  const logged = [...config.accounts.map(({ name }) => name), SERVICE_ACCOUNT];
  const [accounts, statuses, logs, queueFacts, redisFacts] = await Promise.all([
    readAccounts(base, config.accounts),
    endpoints.list().then(async (known) => await readEndpointStatuses(base, known)),
    Promise.all(logged.map(async (account) => ({ account, ...(await readLogSize(redis, keys, account)) }))),
    readQueueFacts(queues),
    readRedisFacts(redis, now),
  ]);
  return {
    readings: accounts.flatMap(toReadings),
    accounts: accounts.map(({ account, connection, budget }) => {
      return { account, connection, budget, budgetInForce: budget.share / config.polling.budgetShare };
    }),
    endpoints: statuses,
    logs,
    queues: queueFacts,
    redis: redisFacts,
  };
}

function toReadings({ account, resources }: AccountReading): ReadingState[] {
  return resources.map(({ resource, cursor, failingSteps, poll }) => {
    const completeUpTo = cursor?.phase === "live" ? cursor.watermark * 1_000 : undefined;
    return { account, resource, phase: cursor?.phase, completeUpTo, failingSteps, poll };
  });
}
