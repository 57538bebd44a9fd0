import type { Redis } from "../../src/store/redis/client.ts";

import type { AttemptReport } from "../../src/dispatch/worker/attempt-delivery.ts";
import {
  type WorkerDeps,
  type WorkerRest,
  createEndpointWorker,
} from "../../src/dispatch/worker/endpoint-worker.ts";
import type { HealthStepTold } from "../../src/dispatch/worker/worker-state.ts";
import { createRateLimiter } from "../../src/dispatch/policy/rate-limiter.ts";
import { createRouter } from "../../src/dispatch/routing/route.ts";
import type { Config } from "../../src/config/config.ts";
import type { EndpointSettings } from "../../src/config/endpoint-settings.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import { createSending } from "../../src/dispatch/http/sending.ts";
import { type DeliveryLog, createDeliveryLog } from "../../src/store/outbox/delivery-log.ts";
import {
  type Endpoint,
  type EndpointStore,
  createEndpointStore,
} from "../../src/store/outbox/endpoint-store.ts";
import { type EventLog, createEventLog } from "../../src/store/events/event-log.ts";
import { createLogReader } from "../../src/store/events/log-reader.ts";
import type { Keyring } from "../../src/store/sealing/keyring.ts";
import type { Keys } from "../../src/store/redis/keys.ts";
import { type Outbox, createOutbox } from "../../src/store/outbox/outbox.ts";
import { endpointOf, settingsOf } from "./endpoints.ts";
import { eventOf, keyringOf } from "./stored-things.ts";
import { testConfig } from "./test-config.ts";

/** A clock that runs like any other, and can be moved on. */
export interface Clock {
  readonly now: () => number;
  pass(ms: number): void;
}

export function createClock(): Clock {
  let offsetMs = 0;
  return {
    now: () => Date.now() + offsetMs,
    pass: (ms) => {
      offsetMs += ms;
    },
  };
}

export interface WorkerSetup extends AsyncDisposable {
  readonly outbox: Outbox;
  readonly deliveries: DeliveryLog;
  readonly log: EventLog;
  readonly endpoints: EndpointStore;
  readonly clock: Clock;
  readonly stopping: AbortController;
  readonly reports: readonly AttemptReport[];
  readonly steps: readonly HealthStepTold[];
  /** Makes the endpoint crm. */
  make(settings: Partial<EndpointSettings>): Promise<Endpoint>;
  change(settings: Partial<EndpointSettings>): Promise<void>;
  pause(pausedAt: number | undefined): Promise<void>;
  /** Commits events of these ids (a record of its own each, unless `mia-1`), and gives them to whoever wants them. */
  commit(...ids: readonly string[]): Promise<void>;
  /** Runs the worker of crm until it wants to rest. */
  run(): Promise<WorkerRest | undefined>;
  stateOf(eventId: string): Promise<string | undefined>;
}

export interface WorkerSetupOptions {
  readonly keyring?: Keyring;
  readonly clock?: Clock;
  readonly deps?: (deps: WorkerDeps) => Partial<WorkerDeps>;
}

/** Only what sending is decided by plays a part. */
export function sendingConfig(): Config {
  const nowhere = "http://127.0.0.1:1";
  return testConfig({
    accounts: { northside: { key: "MS0xLWFiY2RlZg-au1", baseUrl: nowhere } },
    endpoints: { unused: { url: nowhere } },
    settings: { delivery: { allow_http: true, allow_private: ["127.0.0.1/32"], timeout: "1m" } },
  });
}

export const ENDPOINT = "crm";

/** One endpoint's worker over the real stores and the real sender, without a queue around it. */
export function setUpWorker(redis: Redis, keys: Keys, options: WorkerSetupOptions = {}): WorkerSetup {
  const { keyring = keyringOf("k1"), clock = createClock() } = options;
  const stack = createReleaseStack();
  const outbox = createOutbox(redis, keys, keyring);
  const deliveries = createDeliveryLog(redis, keys, keyring);
  const log = createEventLog(redis, keys, keyring, clock.now);
  // Made a second ago: what is committed from now on comes after.
  const endpoints = createEndpointStore(redis, keys, keyring, () => clock.now() - 1_000);
  const stopping = new AbortController();
  const reports: AttemptReport[] = [];
  const steps: HealthStepTold[] = [];
  const deps: WorkerDeps = {
    ...createSending(stack, { config: sendingConfig(), now: clock.now }),
    outbox,
    log,
    limiter: createRateLimiter(clock.now),
    random: () => 0.5,
    stopping: stopping.signal,
    readEndpoint: async (id) => (await endpoints.list()).find((endpoint) => endpoint.id === id),
    forget: async (id) => {
      await deliveries.remove(id);
    },
    onAttempt: (report) => reports.push(report),
    onStep: async (_endpoint, step) => {
      steps.push(step);
    },
  };
  const handle = createEndpointWorker({ ...deps, ...options.deps?.(deps) });
  const route = createRouter({
    log: { ...log, ...createLogReader(redis, keys) },
    endpoints,
    outbox,
    wake: async () => undefined,
    now: clock.now,
  });
  return {
    outbox,
    deliveries,
    log,
    endpoints,
    clock,
    stopping,
    reports,
    steps,
    make: async (settings) => {
      const { source, signingKeys } = endpointOf();
      const made = { id: ENDPOINT, source, signingKeys, settings: settingsOf(settings) };
      const endpoint = await endpoints.create(made);
      if (endpoint === "exists") throw new Error("it is made once");
      return endpoint;
    },
    change: async (settings) => {
      await endpoints.update(ENDPOINT, (endpoint) => ({ settings: { ...endpoint.settings, ...settings } }));
    },
    pause: async (pausedAt) => {
      await endpoints.update(ENDPOINT, () => ({ pausedAt }));
    },
    commit: async (...ids) => {
      for (const id of ids) {
        const [record = ""] = id.split("-");
        await log.append(eventOf({ id, subject: { type: "appointment", id: record } }));
      }
      await route("northside");
    },
    run: async () => await handle(ENDPOINT),
    stateOf: async (eventId) => (await deliveries.read(ENDPOINT, eventId))?.state,
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
    },
  };
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;

/** `evt_001`, `evt_002`, … */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(3, "0")}`);
}

/** Whether a worker has found nothing to do and sleeps until it is woken. */
export function isIdle(rest: WorkerRest | undefined, { clock }: Pick<WorkerSetup, "clock">): boolean {
  const waitMs = (rest?.at ?? 0) - clock.now();
  return waitMs > 4 * MINUTE_MS && waitMs <= 5 * MINUTE_MS;
}

/** How many deliveries stand where; states without any are left out. */
export async function countsOf({
  deliveries,
}: Pick<WorkerSetup, "deliveries">): Promise<Readonly<Record<string, number>>> {
  const { byState } = await deliveries.counts(ENDPOINT);
  return Object.fromEntries(Object.entries(byState).filter(([, count]) => count > 0));
}
