import { setTimeout as delay } from "node:timers/promises";

import { type App, startApp } from "../../src/app/app.ts";
import type { Config } from "../../src/config/config.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import { type Logger, createLogger } from "../../src/shared/logger.ts";
import { type Clinic, createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { type ClinicServer, startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { type Receiver, type ReceiverOptions, startReceiver } from "../../src/sandbox/http/receiver.ts";
import { type SeededClinic, seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import { resourceAt } from "../../src/resources/registry.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { cataloguedEvent } from "./assert-catalogued.ts";
import { SECRET, type TestSetup, testConfig } from "./test-config.ts";

export interface Harness extends AsyncDisposable {
  readonly clinic: Clinic;
  readonly seeded: SeededClinic;
  readonly server: ClinicServer;
  readonly receiver: Receiver;
  readonly config: Config;
  readonly app: App;
  /** The verified events so far, about records. Like the others, they must be as catalogued. */
  events(): WebhookEvent[];
  /** Those about the connection itself. */
  connectionEvents(): WebhookEvent[];
  /** The n-th verified event, once it is there. */
  nextEvent(n: number): Promise<WebhookEvent>;
  /** Waits until every resource has been read whole by a scan that started after this call. */
  settled(): Promise<void>;
}

export interface HarnessOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly clinic?: Clinic;
  readonly seed?: Parameters<typeof seedClinic>[1];
  readonly setup?: Partial<TestSetup>;
  readonly receiver?: Partial<ReceiverOptions>;
  /** What is read of the clinic; by default what is read by default. */
  readonly resources?: readonly string[];
  readonly logger?: Logger;
}

/** A clinic, the service and a subscriber, all real, the first sync done. */
export async function startHarness(options: HarnessOptions): Promise<Harness> {
  const clinic = options.clinic ?? createClinic({ now: Date.now, seed: 1 });
  clinic.setRateLimit(100_000);
  const seeded = seedClinic(clinic, { practitioners: 2, patients: 12, appointments: 30, ...options.seed });
  const server = await startClinicServer(clinic);
  const receiver = await startReceiver({ secret: SECRET, ...options.receiver });
  const config = testConfig({
    accounts: {
      northside: {
        key: clinic.addKey(),
        baseUrl: server.url,
        ...(options.resources && { resources: options.resources }),
      },
      ...options.setup?.accounts,
    },
    // Notes and all: without them an audit cannot tell two states of one second apart.
    endpoints: {
      crm: { url: receiver.url, settings: { include: ["notes", "cancellation_note"] } },
      ...options.setup?.endpoints,
    },
    ...(options.setup?.settings ? { settings: options.setup.settings } : {}),
  });
  const logger = options.logger ?? createLogger("silent");
  const app = await startApp({ config, logger, redis: options.address, prefix: options.prefix });
  const received = (): WebhookEvent[] => receiver.callbacks.map(cataloguedEvent);
  const harness: Harness = {
    clinic,
    seeded,
    server,
    receiver,
    config,
    app,
    events: () => received().filter(({ subject }) => subject.type !== "connection"),
    connectionEvents: () => received().filter(({ subject }) => subject.type === "connection"),
    nextEvent: async (n) => await eventually(() => harness.events()[n - 1]),
    settled: async () => await readAgain(app),
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
  await firstRead(app);
  return harness;
}

/** Waits until every resource of the clinic has been read by a scan that started after this call. */
export async function readAgain(app: App): Promise<void> {
  await readFrom(app, () => true);
}

/** The same once the first sync is done, but for the slow tiers: they come again in a quarter of an hour, or tomorrow. */
export async function firstRead(app: App): Promise<void> {
  await readFrom(app, (resource) => resourceAt(resource).tier === "live");
}

async function readFrom(app: App, isAgain: (resource: string) => boolean): Promise<void> {
  const from = Math.floor(Date.now() / 1_000) + 1;
  await eventually(async () => {
    const status = await app.status();
    const own = status.filter(({ account }) => account === "northside");
    const isDone = own.every(
      ({ cursor, resource }) => cursor?.phase === "live" && (cursor.watermark >= from || !isAgain(resource)),
    );
    return isDone || undefined;
  });
}

/** Looks again until there is something to see. The test's own time limit ends a wait in vain. */
export async function eventually<Value>(
  look: () => Value | undefined | Promise<Value | undefined>,
): Promise<Value> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await delay(20);
  }
}
