import type { Base } from "../admin/base.ts";
import { SERVICE_ACCOUNT, logNames } from "../diff/endpoint-event.ts";
import type { AttemptReport } from "../dispatch/worker/attempt-delivery.ts";
import { createEndpointWorker } from "../dispatch/worker/endpoint-worker.ts";
import { indexLogs } from "../dispatch/routing/index-logs.ts";
import { createRateLimiter } from "../dispatch/policy/rate-limiter.ts";
import { recover } from "../dispatch/routing/recover.ts";
import { type RestingState, RESTING_STATES } from "../store/outbox/delivery-state.ts";
import { createRouter } from "../dispatch/routing/route.ts";
import { tellStep } from "../dispatch/worker/tell-step.ts";
import { createWorkerWakes } from "../dispatch/worker/worker-wakes.ts";
import { tidy } from "../dispatch/worker/tidy.ts";
import { toError } from "../shared/errors.ts";
import { createRotation } from "../shared/rotation.ts";
import type { Metrics } from "../ops/metrics.ts";
import { takeOverFormerQueues } from "../queues/former-queues.ts";
import {
  startDeliverWorker,
  startRecoverWorker,
  startRouteWorker,
  startTidyWorker,
} from "../queues/workers.ts";
import type { Endpoint } from "../store/outbox/endpoint-store.ts";
import type { HistoryRecorder } from "../store/history/history-recorder.ts";
import type { ReleaseStack } from "../shared/release-stack.ts";
import { indexing, reportAttempt, reportStep, reportTidied } from "./reports.ts";
import { createLogReader } from "../store/events/log-reader.ts";
import { findKeptAccounts } from "../store/detection/kept-accounts.ts";
import { committedAt } from "../store/events/position.ts";
import type { TellWentBack } from "./look-after.ts";
import { startWakeFeed } from "../store/outbox/wake-feed.ts";
import { createSending } from "../dispatch/http/sending.ts";

/** How often events that a crash left between commit and delivery are looked for. */
const ROUTE_AGAIN_MS = 5_000;
/** Accounts that are looked at together: all of them at the start, and so many in turn in each round from then on. */
const ROUTED_AT_ONCE = 50;
const TIDY_EVERY_MS = 60 * 60_000;

export interface DispatchBase extends Base {
  readonly metrics: Metrics;
  readonly recorder: HistoryRecorder;
  /** Fires when the service is to stop. */
  readonly stopping: AbortSignal;
  /** See RouteDeps. */
  readonly incidents: () => number;
  readonly tellWentBack: TellWentBack;
}

/** Delivery: from the committed event to the verified callback. */
export async function startDispatch(stack: ReleaseStack, base: DispatchBase): Promise<void> {
  const { endpoints, outbox, log, deliveries, queues, queueOptions, stopping, now, random } = base;
  const wakes = createWorkerWakes(() => feed.hears());
  const feed = stack.use(
    startWakeFeed({ redis: base.redis, keys: base.keys, onWake: (id) => void wakes.wake(id) }),
  );
  const wake = async (endpoint: string): Promise<void> => {
    // What is written down for it counts what came in: a worker that just ends is woken by that.
    if (!wakes.wake(endpoint)) await queues.wakeDelivery({ endpoint });
  };
  const worker = createEndpointWorker({
    ...createSending(stack, base),
    outbox,
    log,
    random,
    stopping,
    wakes,
    onLost: async (endpoint) => {
      await queues.wakeDelivery({ endpoint });
    },
    limiter: createRateLimiter(now),
    readEndpoint: createEndpointReader(base),
    forget: async (endpoint) => {
      await deliveries.remove(endpoint);
    },
    onAttempt: (report) => {
      reportAttempt(base.logger, base.metrics, report);
      noteDelivery(base, report);
      base.recorder.attemptEnded({ ...report, delivered: report.outcome.kind === "delivered" });
    },
    onStep: async (known, step) => {
      // What a worker knows may be of one that was deleted a moment ago, and made anew under the same id.
      const endpoint = (await endpoints.read(known.id)) ?? known;
      await tellStep(tellDeps(base), endpoint, step);
      reportStep(base.logger, endpoint, step);
    },
  });
  const workerOptions = { ...queueOptions, stopping };
  stack.use(startDeliverWorker(workerOptions, worker, async (endpoint) => await outbox.readWakes(endpoint)));
  stack.use(startRecoverWorker(workerOptions, createRecoverHandler(base, wake)));
  stack.use(startTidyWorker(queueOptions, createTidyHandler(base)));

  const route = createRouter({
    log: { ...log, ...createLogReader(base.redis, base.keys) },
    endpoints,
    outbox,
    wake,
    expect: (endpoint) => wakes.wake(endpoint),
    now,
    incidents: base.incidents,
    onWentBack: (account, lost) => {
      base.logger.error({ account }, "event log went back to an older state, given out again from before");
      void tellOfLoss(base, account, lost);
    },
  });
  stack.use(
    startRouteWorker(queueOptions, async ({ account }) => {
      await route(account);
    }),
  );
  await startRouting(stack, base, route);
  for (const { id } of await endpoints.list()) await wake(id);
  await queues.ensureTidy();
}

/** Of one shard of a cluster that went back, the marks in another do not tell. */
async function tellOfLoss(
  { logger, now, tellWentBack }: DispatchBase,
  account: string,
  lost: string,
): Promise<void> {
  try {
    // The clock of the node that it was committed on may have been ahead.
    await tellWentBack(account, Math.min(committedAt(lost), now()));
  } catch (error) {
    const detail = toError(error).message;
    logger.error({ account, detail }, "subscribers could not be told that the event log went back");
  }
}

/** A receiver that is sent values of a record is one who reads it. */
function noteDelivery({ access, now }: Base, { account, disclosed, endpoint }: AttemptReport): void {
  if (!disclosed || disclosed.payload === "ids" || account === SERVICE_ACCOUNT) return;
  const { subjects } = disclosed;
  if (subjects.some((subject) => subject.startsWith("connection/"))) return;
  const who = `endpoint:${endpoint}`;
  access.note({ at: now(), who, via: "delivery", what: "deliver", account, subjects: [...subjects] });
}

/** A worker asks before every batch of attempts. What was changed counts from then on, a tenth of a second later at most. */
const ENDPOINTS_KEPT_MS = 100;

function createEndpointReader({
  endpoints,
  now,
}: Pick<Base, "endpoints" | "now">): (id: string) => Promise<Endpoint | undefined> {
  let reading: { readonly at: number; readonly list: Promise<readonly Endpoint[]> } | undefined;
  return async (id) => {
    const at = now();
    if (!reading || at < reading.at || at - reading.at > ENDPOINTS_KEPT_MS) {
      reading = { at, list: endpoints.list() };
    }
    const known = (await reading.list).find((endpoint) => endpoint.id === id);
    // These have consequences: what was made a moment ago must not be taken for deleted, and who was enabled a moment ago and
    // woken for it must not go to rest for minutes as one who is held back.
    return known?.pausedAt === undefined && known ? known : await endpoints.read(id);
  };
}

export function tellDeps({ identityKey, log, queues }: Base): Parameters<typeof tellStep>[0] {
  return {
    identityKey,
    log,
    onEvents: async (account) => {
      await queues.addRoute({ account });
    },
  };
}

/** Whatever a crash left between commit and delivery, also for accounts that have no new events. */
async function startRouting(
  stack: ReleaseStack,
  { config, keys, random, redis, troubles }: DispatchBase,
  route: (account: string) => Promise<number>,
): Promise<void> {
  // Of an account that is no longer configured, what was committed is still given to whom it is for.
  const kept = await findKeptAccounts(redis, keys);
  const accounts = [...new Set([...logNames(config.accounts), ...kept])];
  const routeSome = async (some: readonly string[]): Promise<void> => {
    await Promise.all(some.map(async (account) => await route(account)));
  };
  for (let from = 0; from < accounts.length; from += ROUTED_AT_ONCE)
    await routeSome(accounts.slice(from, from + ROUTED_AT_ONCE));
  // A poll whose process died over it has its account looked at when it is taken over; this is for what else may have been left.
  const rotation = createRotation(() => accounts, ROUTED_AT_ONCE, random);
  let underWay = false;
  const timer = setInterval(() => {
    // While Redis is away a round does not end: rounds must not pile up behind it.
    if (underWay) return;
    underWay = true;
    routeSome(rotation.next())
      .catch((error: unknown) => {
        const message = "routing failed, will be tried again";
        troubles.happened({ message, error: toError(error), facts: { err: toError(error) } });
      })
      .finally(() => {
        underWay = false;
      });
  }, ROUTE_AGAIN_MS);
  stack.defer(() => {
    clearInterval(timer);
  });
}

function createRecoverHandler(
  { deliveries, endpoints, logger, stopping }: DispatchBase,
  wake: (endpoint: string) => Promise<void>,
): Parameters<typeof startRecoverWorker>[1] {
  return async (data, save) => {
    const states = data.states.filter(isResting);
    const endpoint = await endpoints.read(data.endpoint);
    const recovery = { ...data, states, accounts: endpoint?.settings.accounts };
    const done = await recover({ deliveries, wake, stopping }, recovery, data, async (progress) => {
      await save({ ...data, ...progress });
    });
    logger.info({ endpoint: data.endpoint }, done ? "recovery done" : "recovery goes on later");
    return done;
  };
}

function isResting(state: string): state is RestingState {
  return RESTING_STATES.some((resting) => resting === state);
}

function createTidyHandler(base: DispatchBase): () => Promise<number> {
  const { config, deliveries, endpoints, keys, log, logger, now, outbox, redis } = base;
  const configured = logNames(config.accounts);
  return async () => {
    const { retention } = config;
    const accounts = [...new Set([...configured, ...(await findKeptAccounts(redis, keys))])];
    await base.accessLog.trim(now() - retention.accessMs);
    reportTidied(logger, await tidy({ accounts, deliveries, endpoints, log, now, outbox, retention }));
    // Where an earlier release ran beside this one for a while, too.
    await indexLogs(indexing(base, accounts), base.stopping);
    await takeOverFormerQueues(base.queueOptions, base.queues);
    return now() + TIDY_EVERY_MS;
  };
}
