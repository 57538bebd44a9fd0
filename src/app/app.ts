import type { Target } from "../shared/target.ts";
import { targetsOf } from "../config/config.ts";
import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Caller } from "../admin/access/caller.ts";
import { testEndpoint } from "../admin/endpoints/test-endpoint.ts";
import { type Base, type BaseOptions, configuredRedis, openBase } from "../admin/base.ts";
import { bringInEndpoints } from "./bring-in-endpoints.ts";
import { lookAfterLeft, refuseHalfRenamed, releaseFormerNames } from "../admin/privacy/left-at-start.ts";
import { startClockWatch } from "./clock-watch.ts";
import { logNames } from "../diff/endpoint-event.ts";
import { RedisUnavailableError } from "../shared/errors.ts";
import { guardRedis } from "./guard-redis.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { startNoticeWatch } from "./notice-watch.ts";
import { type Kept, createAppKeeper, createTellWentBack, lookAfter } from "./look-after.ts";
import { type Metrics, createMetrics } from "../ops/metrics.ts";
import { startOpsServer } from "../ops/ops-server.ts";
import { createBackfillHandler } from "../pollers/scan/backfill.ts";
import { placesFor } from "../pollers/scan/places.ts";
import type { PollDeps } from "../pollers/scan/poll-deps.ts";
import { createPollHandler } from "../pollers/scan/poll-handler.ts";
import { createSchedules } from "../pollers/schedule/adaptive-schedule.ts";
import { type Pace, createAdaptivePace, createFixedPace } from "../pollers/schedule/pace.ts";
import { promiseMsOf } from "../pollers/schedule/promise.ts";
import { createLearntWeeks } from "../pollers/schedule/learnt-weeks.ts";
import { createLentShares } from "../pollers/schedule/request-shares.ts";
import { createScheduleStore } from "../store/detection/schedule-store.ts";
import { reconcileWithin } from "../pollers/reconcile/reconcile.ts";
import { startBackfillWorker, startPollWorker } from "../queues/workers.ts";
import { enqueueTargeted } from "../dispatch/routing/enqueue-targeted.ts";
import { reportScan, reportReconcile } from "./reports.ts";
import { type ReleaseStack, createReleaseStack } from "../shared/release-stack.ts";
import { createRunReports, toScanRun } from "./run-reports.ts";
import { readServiceState } from "../admin/assess/service-state.ts";
import { type DispatchBase, startDispatch } from "./start-dispatch.ts";
import type { Cursor } from "../store/detection/account-store.ts";
import { createSending } from "../dispatch/http/sending.ts";
import { ensurePolls } from "./ensure-polls.ts";
import { lateSuspects, startLatenessWatch } from "./lateness-watch.ts";
import type { Endpoint } from "../store/outbox/endpoint-store.ts";
import { type HistoryRecorder, startHistoryRecorder } from "../store/history/history-recorder.ts";
import { createLeases } from "../store/detection/lease.ts";
import { createTurns } from "../store/detection/turn-store.ts";
import { createLogWatch } from "../store/events/log-watch.ts";
import { findRedisProgram, startPrivateRedis } from "../store/redis/private-redis.ts";
import { type RedisAddress, describeAddress, durabilityWarnings } from "../store/redis/redis.ts";
import { hashOfConnection } from "../store/detection/request-budget.ts";
import { readVersion } from "../shared/version.ts";
import { addressOf, createClinicClient } from "./clinic-client.ts";
import { openConnections } from "../cliniko/connections.ts";
import type { LateSuspects } from "../pollers/schedule/late-suspects.ts";

export interface AppOptions extends BaseOptions {
  /** A Redis that already runs, before what the configuration says. */
  readonly redis?: RedisAddress;
  /** Where to look for redis-server or valkey-server when neither names a Redis. */
  readonly searchPath?: string | undefined;
  /** Hears of the clock that the service goes by, before anything works. */
  readonly onClock?: (now: () => number) => void;
  /** See OpsOptions. */
  readonly dashboardFolder?: string | undefined;
  readonly docsFolder?: string | undefined;
}

export interface ResourceStatus extends Target {
  /** Undefined: nothing has been read yet. */
  readonly cursor: Cursor | undefined;
}

export interface App extends AsyncDisposable {
  /** Where the dashboard, the API, `/health` and `/metrics` are; undefined without the ops role. */
  readonly opsUrl: string | undefined;
  readonly redis: RedisAddress;
  /** How far each resource has been read. */
  status(): Promise<readonly ResourceStatus[]>;
  /** Reads a resource now. False: it is being read, or is not configured. */
  pollNow(target: Target): Promise<boolean>;
}

const LEASE_TTL_MS = 10_000;
/** Of one token. */
const API_REQUESTS_PER_MINUTE = 600;

/** What every role builds on. */
interface Running extends DispatchBase, Kept {}

/** A start that was given up is not waited for longer. */
const GIVE_UP_MS = 5_000;

/**
 * Starts the roles that the configuration names. Disposing stops taking on work, lets what is in hand end, and
 * releases everything in reverse order. A start that `signal` ends releases what it had begun, and rejects.
 * @throws RedisUnavailableError
 * @throws SetupError when a folder, a port or Redis does not let us
 * @throws UnreadableRecordError when the encryption keys do not open what is stored
 */
export async function startApp(options: AppOptions): Promise<App> {
  const stack = createReleaseStack();
  const stopping = new AbortController();
  // Every worker listens to it, and whoever waits for something: more than ten are no leak.
  setMaxListeners(0, stopping.signal);
  const building = build(stack, stopping, options);
  try {
    return await Promise.race([building, whenAborted(options.signal)]);
  } catch (error) {
    stopping.abort();
    // What waits for Redis is let go by its connection, which is released; so both go on at once.
    const released = Promise.allSettled([stack[Symbol.asyncDispose](), building]);
    await Promise.race([released, delay(GIVE_UP_MS, undefined, { ref: false })]);
    throw error;
  }
}

async function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  throw new RedisUnavailableError("the start was given up");
}

async function build(stack: ReleaseStack, stopping: AbortController, options: AppOptions): Promise<App> {
  const { config, logger } = options;
  const address = options.redis ?? (await resolveRedis(stack, options));
  const opened = await openBase(stack, options, address);
  for (const warning of await durabilityWarnings(opened.redis))
    logger.warn({ warning }, "redis may lose data");
  options.onClock?.(opened.now);
  const guarded = await guardRedis(stack, opened, stopping.signal);
  const forgetKept = (): void => {
    opened.keptFacts.forget();
  };
  guarded.onIncident(forgetKept);
  opened.redis.on("ready", forgetKept);
  stack.use(await startClockWatch(opened));
  // Before what is kept is looked at: a command that changes it must see that somebody begins to work with it.
  stack.use(await startHeartbeat(opened, readVersion()));
  await refuseHalfRenamed(opened);
  await releaseFormerNames(opened);
  await bringInEndpoints(opened);
  await lookAfterLeft(stack, opened, stopping.signal);
  stack.use(startNoticeWatch(opened));
  const metrics = createAppMetrics(opened);
  const recorder = stack.use(startAppRecorder(opened));
  const pace = createAppPace(opened);
  const keeper = createAppKeeper(opened);
  const tellWentBack = createTellWentBack({ ...opened, guarded, keeper });
  const common = { metrics, recorder, stopping: stopping.signal, pace, keeper, tellWentBack };
  const base: Running = { ...opened, ...common, guarded, incidents: guarded.incidents };
  // Consumers before producers: what a role starts to send is already being waited for.
  const opsUrl = config.roles.includes("ops") ? await startOps(stack, base, options) : undefined;
  if (config.roles.includes("dispatch")) await startDispatch(stack, base);
  if (config.roles.includes("poll")) await startPolling(stack, base);
  await lookAfter(stack, base);
  // Registered last, so done first: handlers are told to end before their workers are waited for.
  stack.defer(() => {
    stopping.abort();
  });
  logger.info({ roles: config.roles, redis: describeAddress(address), opsUrl }, "service started");
  return {
    opsUrl,
    redis: address,
    status: async () => await readStatus(base),
    pollNow: async (target) => await base.queues.pollNow(target),
    [Symbol.asyncDispose]: async () => {
      await stack[Symbol.asyncDispose]();
    },
  };
}

async function readStatus({ config, store }: Base): Promise<ResourceStatus[]> {
  const targets = targetsOf(config.accounts);
  return await Promise.all(
    targets.map(async (target) => ({
      ...target,
      cursor: await store.readCursor(target.account, target.resource),
    })),
  );
}

/** The Redis of the configuration, or one of our own in the data folder. */
async function resolveRedis(
  stack: ReleaseStack,
  { config, logger, searchPath, signal }: AppOptions,
): Promise<RedisAddress> {
  const configured = configuredRedis(config);
  if (configured) return configured;
  const program = findRedisProgram(searchPath);
  if (!program) {
    throw new RedisUnavailableError(
      "REDIS_URL is not set and there is no redis-server or valkey-server to start: set one, or install the other",
    );
  }
  const onNotice = (notice: string): void => {
    logger.warn({ notice }, "private redis");
  };
  const { socketPath } = stack.use(
    await startPrivateRedis(config.dataFolder, program, { signal, onNotice, searchPath }),
  );
  logger.info({ program, folder: config.dataFolder }, "private redis started");
  return { socketPath };
}

function createAppMetrics(base: Base): Metrics {
  const { config, now } = base;
  return createMetrics({
    now,
    retention: config.retention,
    readState: async () => await readServiceState(base),
  });
}

function startAppRecorder(base: Base): HistoryRecorder {
  const onTrouble = (detail: string): void => {
    base.logger.warn({ detail }, "history is not written, plots have gaps");
  };
  return startHistoryRecorder({ ...base, onTrouble });
}

async function startOps(
  stack: ReleaseStack,
  base: Running,
  { dashboardFolder, docsFolder }: Pick<AppOptions, "dashboardFolder" | "docsFolder">,
): Promise<string> {
  const { config, guarded, keys, logger, metrics, now, queues, redis } = base;
  if (!config.ops.token) logger.info("no ops.token is set: only tokens of the API open anything");
  const notReady = async (): Promise<string | undefined> => guarded.notReady();
  const sending = createSending(stack, base);
  const watched = logNames(config.accounts);
  const api = {
    base,
    test: async (caller: Caller, endpoint: Endpoint) => await testEndpoint(base, caller, sending, endpoint),
    watch: stack.use(createLogWatch(redis, keys, watched)),
    requestsPerMinute: API_REQUESTS_PER_MINUTE,
  };
  const server = stack.use(
    await startOpsServer({ ...config.ops, metrics, queues, api, dashboardFolder, docsFolder, now, notReady }),
  );
  base.own.listens(Number(new URL(server.url).port));
  return server.url;
}

async function startPolling(stack: ReleaseStack, base: Running): Promise<void> {
  const { config, logger } = base;
  const suspects = lateSuspects(base);
  const deps = createPollDeps(stack, base, suspects);
  const backfill = createBackfillHandler({
    ...deps,
    log: base.log,
    give: async (endpoint, account, events) => {
      await enqueueTargeted(base, endpoint, account, events);
    },
    isThere: async (endpoint) => (await base.endpoints.ids()).includes(endpoint),
    onGivenUp: ({ account, resource, endpoint, sent }, detail) => {
      logger.warn({ account, resource, endpoint, sent, detail }, "backfill given up");
    },
    onBackfill: ({ account, resource, endpoint, sent }, done) => {
      logger.info({ account, resource, endpoint, sent }, done ? "backfill done" : "backfill under way");
    },
  });
  const options = { ...base.queueOptions, concurrency: placesFor(config.accounts.length) };
  stack.use(startBackfillWorker(options, backfill));
  stack.use(startPollWorker(options, createPollHandler(deps)));
  await ensurePolls(base);
  stack.use(startLatenessWatch(base, deps.keeper, suspects));
}

function createPollDeps(stack: ReleaseStack, base: Running, suspects: LateSuspects): PollDeps {
  const { config, identityKey, keys, now, queues, redis, store } = base;
  const connections = stack.use(openConnections(config.polling.timeoutMs));
  const clients = config.accounts.map((account) => ({
    account,
    client: createClinicClient(base, account, connections),
  }));
  const onEvents = async (account: string): Promise<void> => {
    await queues.addRoute({ account });
  };
  const runs = createRunReports(base);
  return {
    accounts: new Map(
      clients.map(({ account, client }) => [
        account.name,
        {
          client,
          keyHash: hashOfConnection(account.apiKey, addressOf(account)),
          resources: account.resources,
          suppressWithoutConsent: account.suppressWithoutConsent,
          availableTimes: account.availableTimes,
          fromNowOn: account.fromNowOn,
        },
      ]),
    ),
    store,
    identityKey,
    now,
    signal: base.stopping,
    leases: createLeases(redis, keys, LEASE_TTL_MS),
    turns: createTurns(redis, keys, LEASE_TTL_MS, now),
    renewLeaseEveryMs: LEASE_TTL_MS / 3,
    reading: base.reading,
    tombstones: base.tombstones,
    keeper: base.keeper,
    reconcile: reconcileWithin(config.polling.intervalMs ?? config.polling.promiseMs.live),
    pace: base.pace,
    overlapMs: config.polling.overlapMs,
    requestsPerMinute: config.polling.requestsPerMinute * config.polling.budgetShare,
    promiseMs: (resource) => promiseMsOf(config.polling, resource),
    onEvents,
    wake: async (target) => await queues.pollNow(target),
    onScan: (target, result, durationMs, requests) => {
      reportScan(base, target, result, durationMs);
      suspects.scanned(target, result.kind === "completed");
      if (result.kind === "completed") {
        base.guarded.watermarks.note(target.account, target.resource, result.watermark);
      }
      base.recorder.detected(target.account, result.events);
      return toScanRun(result, durationMs, requests, now());
    },
    onReconcile: reportReconcile.bind(undefined, base),
    onStep: (target, step) => {
      runs.stepEnded(target, step);
      if (step.result.kind === "done") base.recorder.detected(target.account, step.result.events);
    },
  };
}

function createAppPace({ config, keys, now, redis }: Base): Pace {
  const { intervalMs, promiseMs, tiers } = config.polling;
  if (intervalMs !== undefined) return createFixedPace(intervalMs, now);
  return createAdaptivePace({
    scheduleOf: createSchedules({ promiseMs, tiers }),
    learntOf: createLearntWeeks(config, createScheduleStore(redis, keys, now)),
    shares: createLentShares(config, () => performance.now()),
    now,
  });
}
