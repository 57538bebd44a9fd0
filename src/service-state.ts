import { type EndpointStatus, readEndpointStatus } from "./admin/endpoint-status.ts";
import type { Base } from "./base.ts";
import type { AccountConfig } from "./config/config.ts";
import { SERVICE_ACCOUNT } from "./diff/endpoint-event.ts";
import { type QueueFacts, readQueueFacts } from "./queues/queue-facts.ts";
import type { Connection } from "./store/connection-store.ts";
import { type LogSize, readLogSize } from "./store/log-size.ts";
import { type RedisFacts, readRedisFacts } from "./store/redis-facts.ts";
import { type BudgetReading, createRequestBudget } from "./store/request-budget.ts";

/** How far one resource of an account has been read. */
export interface ReadingState {
  readonly account: string;
  readonly resource: string;
  /** Undefined: nothing has been read yet. */
  readonly phase: "baseline" | "live" | undefined;
  /** Every change stamped up to here has been seen, unix ms by the upstream's clock; undefined: not live yet. */
  readonly completeUpTo: number | undefined;
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

/** Some ten small reads an account, and as many an endpoint. */
export async function readServiceState(base: Base): Promise<ServiceState> {
  const { config, endpoints, keys, now, queues, redis } = base;
  const logged = [...config.accounts.map(({ name }) => name), SERVICE_ACCOUNT];
  const [readings, accounts, statuses, logs, queueFacts, redisFacts] = await Promise.all([
    Promise.all(config.accounts.map(async (account) => await readReadings(base, account))),
    Promise.all(config.accounts.map(async (account) => await readAccount(base, account))),
    endpoints
      .list()
      .then(
        async (known) =>
          await Promise.all(known.map(async (endpoint) => await readEndpointStatus(base, endpoint))),
      ),
    Promise.all(logged.map(async (account) => ({ account, ...(await readLogSize(redis, keys, account)) }))),
    readQueueFacts(queues),
    readRedisFacts(redis, now),
  ]);
  return {
    readings: readings.flat(),
    accounts,
    endpoints: statuses,
    logs,
    queues: queueFacts,
    redis: redisFacts,
  };
}

async function readReadings({ store }: Base, { name, resources }: AccountConfig): Promise<ReadingState[]> {
  return await Promise.all(
    resources.map(async (resource) => {
      const cursor = await store.readCursor(name, resource);
      const completeUpTo = cursor?.phase === "live" ? cursor.watermark * 1_000 : undefined;
      return { account: name, resource, phase: cursor?.phase, completeUpTo };
    }),
  );
}

async function readAccount(
  { config, connections, keys, now, random, redis }: Base,
  { name, apiKey }: AccountConfig,
): Promise<AccountState> {
  const { requestsPerMinute, budgetShare: share } = config.polling;
  const shared = createRequestBudget(redis, keys, { apiKey, requestsPerMinute, share, now, random });
  const [connection, budget] = await Promise.all([connections.read(name), shared.read()]);
  return { account: name, connection, budget, budgetInForce: budget.share / share };
}
