import type { ServerResponse } from "node:http";

import { type App, startApp } from "../../src/app/app.ts";
import { type Base, openBase } from "../../src/admin/base.ts";
import type { Config } from "../../src/config/config.ts";
import { type Logger, createLogger } from "../../src/shared/logger.ts";
import { type ReleaseStack, createReleaseStack } from "../../src/shared/release-stack.ts";
import { type Clinic, createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { type Receiver, startReceiver } from "../../src/sandbox/http/receiver.ts";
import { type SeededClinic, seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import type { Keyring } from "../../src/store/sealing/keyring.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { firstRead, readAgain } from "./harness.ts";
import { closedPort, startHttp, startTcp } from "./local-servers.ts";
import { type PersonalData, createPersonalData } from "./personal-data.ts";
import { SECRET, testConfig } from "./test-config.ts";

/** A clinic full of people, the service with all its roles, and endpoints that behave well, badly and worse. */
export interface ClinicDay extends AsyncDisposable {
  readonly clinic: Clinic;
  readonly seeded: SeededClinic;
  readonly people: PersonalData;
  readonly config: Config;
  readonly app: App;
  /** What is kept, for what an operator does. */
  readonly base: Base;
  readonly receiver: Receiver;
  /** Waits until every resource has been read whole by a scan that started after this call. */
  settled(): Promise<void>;
}

export interface ClinicDayOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly keyring?: Keyring;
  readonly logger?: Logger;
  /** Settings of the file, over those of a day. */
  readonly settings?: object;
  /** Settings of the account, as the file has them. */
  readonly account?: object;
  /** Settings of every endpoint; left out: they include every field. */
  readonly endpoint?: object;
  /** How the clinic behaves where nobody knows how Cliniko does. */
  readonly unknowns?: Parameters<typeof createClinic>[0]["unknowns"];
  /** Before the service first sees the clinic. */
  readonly prepare?: (clinic: Clinic, seeded: SeededClinic) => void;
}

const EVERYTHING = [
  ...["notes", "cancellation_note", "booking_ip_address", "telehealth_url", "cancellation_url"],
  ...["appointment_notes", "medicare", "medicare_reference_number", "dva_card_number"],
  "invoice_extra_information",
];

/**
 * The endpoints: `good` takes all · `moody` answers some the first time with an error page that repeats the callback · `echo` always
 * does · `gone` answers 410 and repeats it · `torn` repeats it, and not in HTTP · `nobody` does not listen.
 */
export async function startClinicDay(options: ClinicDayOptions): Promise<ClinicDay> {
  const stack = createReleaseStack();
  try {
    return await openDay(stack, options);
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

async function openDay(undo: ReleaseStack, options: ClinicDayOptions): Promise<ClinicDay> {
  const { address, prefix, prepare, endpoint = { include: EVERYTHING } } = options;
  const clinic = createClinic({ now: Date.now, seed: 3, unknowns: options.unknowns ?? {} });
  clinic.setRateLimit(100_000);
  const seeded = seedClinic(clinic, { patients: 25, appointments: 60, groupAppointments: 4 });
  const people = createPersonalData(clinic);
  prepare?.(clinic, seeded);
  people.noteDown();
  const server = undo.use(await startClinicServer(clinic));
  const receiver = undo.use(await startReceiver({ secret: SECRET }));
  const urls = await startBadReceivers(undo);
  const endpoints = Object.fromEntries(
    Object.entries({ good: receiver.url, ...urls }).map(([name, url]) => [name, { url, settings: endpoint }]),
  );
  const account = { api_key: { env: "KEY_northside" }, base_url: server.url, ...options.account };
  const config = testConfig({
    accounts: { northside: { key: clinic.addKey(), baseUrl: server.url } },
    endpoints,
    settings: {
      accounts: { northside: account },
      ops: { port: 0, token: { env: "OPS_TOKEN" } },
      roles: ["poll", "dispatch", "ops"],
      ...options.settings,
    },
  });
  const keyring = options.keyring ? { keyring: options.keyring } : {};
  const logger = options.logger ?? createLogger("silent");
  const app = undo.use(await startApp({ config, logger, prefix, redis: address, ...keyring }));
  const base = await openBase(undo, { config, logger: createLogger("silent"), prefix, ...keyring }, address);
  const day = {
    ...{ clinic, seeded, people, config, app, base, receiver },
    settled: async () => await readAgain(app),
  };
  await firstRead(app);
  return { ...day, [Symbol.asyncDispose]: async () => await undo[Symbol.asyncDispose]() };
}

/** Seldom enough that its circuit stays closed. */
const MOODY_EVERY = 8;

async function startBadReceivers(undo: ReleaseStack): Promise<Record<string, string>> {
  const repeat = (status: number, body: string, response: ServerResponse): void => {
    response.writeHead(status, { "content-type": "text/html" }).end(`<h1>Sorry</h1><pre>${body}</pre>`);
  };
  const seen = new Set<string>();
  const moody = undo.use(
    await startHttp(({ headers, body }, response) => {
      const id = String(headers["webhook-id"]);
      const fails = !seen.has(id) && seen.size % MOODY_EVERY === 0;
      seen.add(id);
      repeat(fails ? 503 : 200, body, response);
    }),
  );
  const echo = undo.use(await startHttp(({ body }, response) => repeat(500, body, response)));
  const gone = undo.use(await startHttp(({ body }, response) => repeat(410, body, response)));
  const torn = undo.use(await startTcp((socket) => socket.on("data", (data) => socket.end(data))));
  const nobody = `http://127.0.0.1:${await closedPort()}`;
  return { moody: moody.url, echo: echo.url, gone: gone.url, torn: torn.url, nobody };
}
