import { randomBytes } from "node:crypto";

import type { Redis } from "../../src/store/redis/client.ts";

import { findRecords } from "../../src/admin/records/find-patient.ts";
import type { RequestBudget } from "../../src/cliniko/budget.ts";
import { createClinikoClient } from "../../src/cliniko/client.ts";
import { RESOURCE_NAMES, type ResourceName } from "../../src/resources/registry.ts";
import { Secret } from "../../src/config/secret.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import {
  type ConnectionKeeper,
  type Notice,
  createConnectionKeeper,
} from "../../src/pollers/connection/connection-keeper.ts";
import { createPollHandler } from "../../src/pollers/scan/poll-handler.ts";
import { promiseMsOf } from "../../src/pollers/schedule/promise.ts";
import type { WatchedTimes } from "../../src/pollers/availability/read-availability.ts";
import { type Pace, createFixedPace } from "../../src/pollers/schedule/pace.ts";
import { type Release, releaseGuards } from "../../src/pollers/reconcile/release-guards.ts";
import type { ScanResult } from "../../src/pollers/scan/scan.ts";
import {
  type ReconcileIntervals,
  type ReconcileResult,
  type ReconcileStep,
  RECONCILE_INTERVALS,
} from "../../src/pollers/reconcile/reconcile.ts";
import { type Clinic, createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { type SeededClinic, seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import type { Unknowns } from "../../src/sandbox/clinic/unknowns.ts";
import { claimedUpTo, createAccountStore } from "../../src/store/detection/account-store.ts";
import { createConnectionStore } from "../../src/store/detection/connection-store.ts";
import { createEventLog } from "../../src/store/events/event-log.ts";
import { createKeyring } from "../../src/store/sealing/keyring.ts";
import type { Keys } from "../../src/store/redis/keys.ts";
import { hashOfConnection } from "../../src/store/detection/request-budget.ts";
import { type Lease, createLeases } from "../../src/store/detection/lease.ts";
import { createTurns } from "../../src/store/detection/turn-store.ts";
import { type Tombstones, createTombstones, toPlaces } from "../../src/store/detection/tombstones.ts";
import { type ReadingStore, createReadingStore } from "../../src/store/detection/reading-store.ts";
import { cataloguedAtRest } from "./assert-catalogued.ts";

const ACCOUNT = "northside";

/** The poll handler on a real API and a real Redis, with a clock of the test's own for both sides. */
export interface PollBench extends AsyncDisposable {
  readonly clinic: Clinic;
  readonly seeded: SeededClinic;
  readonly keeper: ConnectionKeeper;
  readonly reading: ReadingStore;
  readonly tombstones: Tombstones;
  readonly notices: readonly Notice[];
  readonly scans: readonly ScanResult[];
  readonly kept: readonly ReconcileResult[];
  /** What of reconciliation asked for something. */
  readonly steps: readonly ReconcileStep[];
  /** Resources that were to be read at once. */
  readonly woken: readonly string[];
  readonly now: () => number;
  tick(ms: number): void;
  /** As another process would go on, with what its file says: another key, another address. */
  restart(given?: { readonly key?: string; readonly baseUrl?: string }): void;
  /** Where the clinic is. */
  readonly baseUrl: string;
  /** Requests that the clinic has answered. */
  requests(): number;
  /** `mayBeTakenOver`: see startPollWorker. */
  poll(resource?: ResourceName, mayBeTakenOver?: boolean): Promise<number | undefined>;
  /** How often polls said that there are new events. */
  handedOn(): number;
  /** As an operator lets the account go. */
  release(found?: Partial<Release>): Promise<void>;
  /** What is remembered of a patient goes, and a tombstone keeps them away. */
  forget(patientId: string): Promise<void>;
  /** Up to when every change is claimed to have been seen, unix ms by the clinic's clock. */
  completeUpTo(resource?: ResourceName): Promise<number | undefined>;
  /** Called with the path of each request before the clinic answers it. */
  beforeAnswer(look: (path: string) => void): void;
  /** All events about records so far, in order. */
  events(): Promise<WebhookEvent[]>;
}

export interface PollBenchOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly seed?: Parameters<typeof seedClinic>[1];
  readonly unknowns?: Partial<Unknowns>;
  readonly reconcile?: Partial<ReconcileIntervals>;
  readonly suppressWithoutConsent?: boolean;
  readonly pollEveryMs?: number;
  /** As a service has it; without it the same interval always. */
  readonly pace?: Pace;
  /** As a service has it; without it requests cost nothing. */
  readonly budget?: (apiKey: Secret) => RequestBudget;
  readonly fromNowOn?: readonly ResourceName[];
  readonly availableTimes?: (seeded: SeededClinic) => readonly WatchedTimes[];
}

const PROMISES = {
  intervalMs: undefined,
  promiseMs: { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 },
};

export async function createPollBench(options: PollBenchOptions): Promise<PollBench> {
  const { redis, keys } = options;
  let time = Date.parse("2026-11-23T10:00:00.200Z");
  const now = (): number => time;
  const clinic = createClinic({ now, seed: 7, unknowns: options.unknowns ?? {} });
  clinic.setRateLimit(1_000_000);
  const seeded = seedClinic(clinic, { patients: 40, appointments: 120, ...options.seed });
  let look: (path: string) => void = () => undefined;
  const server = await startClinicServer({
    ...clinic,
    handle: (request) => {
      look(request.path);
      return clinic.handle(request);
    },
  });
  const keyring = createKeyring([{ id: "k1", key: new Secret(randomBytes(32).toString("base64")) }]);
  const identityKey = randomBytes(32);
  const store = createAccountStore(redis, keys, keyring);
  const log = createEventLog(redis, keys, keyring);
  const reading = createReadingStore(redis, keys);
  const tombstones = createTombstones(redis, keys, keyring, identityKey);
  const { suppressWithoutConsent = false } = options;
  const used: AsyncDisposable[] = [];
  const file = { key: clinic.addKey(), baseUrl: server.url };
  const connect = (): ReturnType<typeof createClinikoClient> => {
    const client = createClinikoClient({
      apiKey: new Secret(file.key),
      baseUrl: file.baseUrl,
      contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
      budget: options.budget?.(new Secret(file.key)) ?? {
        take: async () => 0,
        freeInMs: async () => 0,
        blockUntil: async () => undefined,
      },
      timeoutMs: 10_000,
      maxBudgetWaitMs: 0,
      now,
      sleep: async () => undefined,
    });
    used.push(client);
    return client;
  };
  const notices: Notice[] = [];
  const scans: ScanResult[] = [];
  const kept: ReconcileResult[] = [];
  const steps: ReconcileStep[] = [];
  const woken: string[] = [];
  let handedOn = 0;
  const connections = createConnectionStore(redis, keys, keyring);
  const keeper = createConnectionKeeper({
    connections,
    identityKey,
    now,
    onEvents: async () => undefined,
    onNotice: (notice) => void notices.push(notice),
  });
  const createHandler = (): ReturnType<typeof createPollHandler> =>
    createPollHandler({
      accounts: new Map([
        [
          ACCOUNT,
          {
            client: connect(),
            keyHash: hashOfConnection(new Secret(file.key), file.baseUrl),
            resources: RESOURCE_NAMES,
            suppressWithoutConsent,
            fromNowOn: options.fromNowOn ?? [],
            availableTimes: options.availableTimes?.(seeded) ?? [],
          },
        ],
      ]),
      tombstones,
      store,
      reading,
      leases: createLeases(redis, keys, 60_000),
      turns: createTurns(redis, keys, 60_000, now),
      renewLeaseEveryMs: 20_000,
      keeper,
      identityKey,
      pace: options.pace ?? createFixedPace(options.pollEveryMs ?? 5_000, now),
      overlapMs: 120_000,
      requestsPerMinute: 50,
      promiseMs: (resource) => promiseMsOf(PROMISES, resource),
      reconcile: { ...RECONCILE_INTERVALS, ...options.reconcile },
      now,
      signal: new AbortController().signal,
      onEvents: async () => void (handedOn += 1),
      wake: async ({ resource }) => void woken.push(resource),
      onScan: (_target, result) => {
        scans.push(result);
        return undefined;
      },
      onReconcile: (_target, result) => void kept.push(result),
      onStep: (_target, step) => void steps.push(step),
    });
  let handler = createHandler();
  return {
    clinic,
    seeded,
    keeper,
    reading,
    tombstones,
    notices,
    scans,
    kept,
    steps,
    woken,
    now,
    tick: (ms) => {
      time += ms;
    },
    restart: (given = {}) => {
      Object.assign(file, given);
      handler = createHandler();
    },
    baseUrl: server.url,
    requests: () => clinic.traffic.total,
    poll: async (resource = "individual_appointments", mayBeTakenOver = false) =>
      await handler({ account: ACCOUNT, resource }, mayBeTakenOver),
    handedOn: () => handedOn,
    release: async (found) => {
      await releaseGuards({ keeper, reading }, ACCOUNT, {
        acceptDeletions: false,
        appeared: "silently",
        ...found,
      });
    },
    forget: async (patientId) => {
      const leases = createLeases(redis, keys, 60_000);
      const held: Lease[] = [];
      for (const resource of RESOURCE_NAMES) {
        const lease = await leases.acquire(ACCOUNT, resource);
        if (lease) held.push(lease);
      }
      const base = { identityKey, keyring, keys, log, reading, redis, store };
      const of = { account: ACCOUNT, patientId };
      const { masked, own } = await findRecords(base, of, new AbortController().signal);
      const tombstone = { patientId, forgottenAt: time, by: "cli:ada", ...toPlaces(own) };
      await tombstones.eraseToTombstone(ACCOUNT, { leases: held, tombstone, snapshots: masked });
      for (const lease of held) await leases.release(lease);
    },
    completeUpTo: async (resource = "individual_appointments") => {
      const upTo = claimedUpTo(await store.readCursor(ACCOUNT, resource));
      return upTo === undefined ? undefined : upTo * 1_000;
    },
    beforeAnswer: (given) => {
      look = given;
    },
    async events() {
      const entries = await log.read(ACCOUNT, undefined, 100_000);
      const about = entries.filter(({ subject }) => subject !== "connection");
      const events = await Promise.all(
        about.map(async ({ eventId }) => await log.readEvent(ACCOUNT, eventId)),
      );
      return cataloguedAtRest(events.filter((event) => event !== undefined));
    },
    async [Symbol.asyncDispose]() {
      for (const client of used) await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
