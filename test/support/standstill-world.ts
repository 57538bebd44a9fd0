import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { ExpectStatic } from "vitest";

import type { Redis } from "../../src/store/redis/client.ts";

import { type App, startApp } from "../../src/app/app.ts";
import { doctor } from "../../src/cli/doctor/doctor.ts";
import { PLAIN } from "../../src/cli/terminal/paint.ts";
import { status } from "../../src/cli/check/status.ts";
import type { Config } from "../../src/config/config.ts";
import { findTrouble } from "../../dashboard/shell/trouble/find-trouble.ts";
import { createLogger } from "../../src/shared/logger.ts";
import type { System } from "../../src/ops/api/overview/system-schemas.ts";
import type { Overview } from "../../src/ops/api/overview/overview-schemas.ts";
import { type Clinic, createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import { startReceiver } from "../../src/sandbox/http/receiver.ts";
import { seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import { type Keys, createKeys } from "../../src/store/redis/keys.ts";
import { firingAlerts, parseMetrics } from "./firing-alerts.ts";
import { eventually } from "./harness.ts";
import { serverPid, startRedisServer, temporaryFolder } from "./redis-process.ts";
import { OPS_TOKEN, SECRET, testConfig } from "./test-config.ts";

/** What every light says at one moment. */
export interface Lights {
  readonly status: { readonly well: boolean; readonly text: string };
  readonly doctor: { readonly well: boolean; readonly text: string };
  readonly ready: number;
  /** Undefined: it was refused, by a 503. */
  readonly overview: Overview | undefined;
  /** The system page's; undefined: it was refused. */
  readonly system: System | undefined;
  readonly metrics: ReturnType<typeof parseMetrics>;
  readonly alerts: readonly string[];
  /** What the dashboard makes of the overview; undefined: it has none, and says so. */
  readonly dashboard: ReturnType<typeof findTrouble> | undefined;
}

export interface World extends AsyncDisposable {
  readonly clinic: Clinic;
  readonly apiKey: string;
  /** What the subscriber answers from now on. */
  answer(status: number): void;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly config: Config;
  readonly redisPid: number;
  /** The clocks of all processes and commands go so much ahead of this machine's. */
  aheadMs: number;
  stop(role: "poll" | "dispatch"): Promise<void>;
  /** Stops every process, and starts them again after the work. */
  whileStopped(work: () => Promise<void>): Promise<void>;
  /** Every resource has been read whole. */
  live(): Promise<void>;
  /** Asks the operator's API to do something; resolves to the status. */
  post(path: string): Promise<number>;
  /** What `/health/ready` answers. */
  askReady(): Promise<number>;
  askOverview(): Promise<Overview | undefined>;
  look(): Promise<Lights>;
}

/** The world of one test. Several stand beside each other: what one of them expects, its own test does. */
export type Stage = World & { readonly expect: ExpectStatic };

const ACCOUNT = "northside";
const ROLES = ["poll", "dispatch", "ops"];

/** A clinic, a subscriber and a Redis of its own, and a process for each role. */
export async function startWorld(
  options: {
    readonly prepare?: (clinic: Clinic) => void;
    readonly redis?: Record<string, string>;
    /** How far the clinic's clock, which its stamps are told by, is ahead of this machine's. */
    readonly clinicAheadMs?: number;
  } = {},
): Promise<World> {
  const stack = createReleaseStack();
  const clinic = createClinic({ now: () => Date.now() + (options.clinicAheadMs ?? 0), seed: 1 });
  clinic.setRateLimit(100_000);
  seedClinic(clinic, { practitioners: 1, patients: 6, appointments: 8 });
  const apiKey = clinic.addKey();
  options.prepare?.(clinic);
  const server = stack.use(await startClinicServer(clinic));
  const answer = { status: 204 };
  const receiver = stack.use(await startReceiver({ secret: SECRET, answer: () => answer.status }));
  const { address, redis, ...redisServer } = await startRedisServer(options.redis ?? {});
  stack.defer(async () => await redisServer[Symbol.asyncDispose]());
  if (!("socketPath" in address)) throw new Error("it listens on a socket");
  // Not the one that all of a file share: worlds stand beside each other, and each leaves there how far it has read.
  const ownKeys = temporaryFolder();
  stack.defer(() => ownKeys[Symbol.dispose]());
  const configOf = (roles: readonly string[]): Config =>
    testConfig(
      {
        accounts: { [ACCOUNT]: { key: apiKey, baseUrl: server.url } },
        endpoints: { crm: { url: receiver.url } },
        settings: {
          roles,
          data_folder: dirname(address.socketPath),
          keys_folder: ownKeys.path,
          ops: { port: 0, token: { env: "OPS_TOKEN" } },
        },
      },
      Buffer.alloc(32, 1).toString("base64"),
    );
  const clock = { aheadMs: 0 };
  const now = (): number => Date.now() + clock.aheadMs;
  const logger = createLogger("silent");
  const apps = new Map<string, App>();
  const stop = async (role: string): Promise<void> => {
    const app = apps.get(role);
    apps.delete(role);
    await app?.[Symbol.asyncDispose]();
  };
  const start = async (role: string): Promise<void> => {
    apps.set(role, await startApp({ config: configOf([role]), logger, now, redis: address }));
  };
  for (const role of ROLES) {
    await start(role);
    stack.defer(async () => await stop(role));
  }
  const ops = (): App | undefined => apps.get("ops");
  const config = configOf(["poll", "dispatch", "ops"]);
  const get = async (path: string, method = "GET"): Promise<Response> =>
    await fetch(`${ops()?.opsUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${OPS_TOKEN}` },
      signal: AbortSignal.timeout(15_000),
    });
  const askReady = async (): Promise<number> => (await get("/health/ready")).status;
  const askOverview = async (): Promise<Overview | undefined> => {
    const told = await get("/v1/overview");
    return told.ok ? ((await told.json()) as Overview) : undefined;
  };
  const keys = createKeys("cliniko-webhooks");
  /** How much was told of the connection so far; null: this Redis does not say. */
  const askTold = async (): Promise<string | null> => {
    const asked = redis.hget(keys.connection(ACCOUNT), "sequence").catch(() => null);
    return await Promise.race([asked, delay(2_000, null)]);
  };
  const askRest = async (): Promise<Omit<Lights, "dashboard" | "overview">> => {
    const [metrics, told] = await Promise.all([get("/metrics"), get("/v1/system")]);
    const [text, system] = await Promise.all([metrics.text(), told.json()]);
    const [said, examined] = await Promise.all([
      runCommand(async (print) => await status(config, { json: false, now, paint: PLAIN }, print)),
      runCommand(async (print) => await doctor(config, { json: false, now, paint: PLAIN }, print)),
    ]);
    return {
      system: told.ok ? (system as System) : undefined,
      status: said,
      doctor: examined,
      ready: await askReady(),
      metrics: parseMetrics(text),
      alerts: firingAlerts(text),
    };
  };
  return {
    ...{ clinic, apiKey, redis, config, keys },
    redisPid: await serverPid(redis),
    get aheadMs() {
      return clock.aheadMs;
    },
    set aheadMs(ms) {
      clock.aheadMs = ms;
    },
    answer: (code) => {
      answer.status = code;
    },
    stop,
    whileStopped: async (work) => {
      for (const role of ROLES) await stop(role);
      await work();
      for (const role of ROLES) await start(role);
    },
    live: async () => {
      await eventually(
        async () => (await ops()?.status())?.every(({ cursor }) => cursor?.phase === "live") || undefined,
      );
    },
    askReady,
    askOverview,
    post: async (path) => (await get(path, "POST")).status,
    async look() {
      const [overview, lights] = await whileStill(askOverview, askRest, askTold);
      return { ...lights, overview, dashboard: overview && findTrouble(overview) };
    },
    [Symbol.asyncDispose]: async () => await stack[Symbol.asyncDispose](),
  };
}

/** What is wrong can come and go (a process that says again that it is there, resources that recover one after the other): then the lights are asked once more. */
const MOST_LOOKS = 60;

/** The lights of one moment: before they were asked and after it the same was wrong, and nothing came and went meanwhile. */
async function whileStill<Asked extends Pick<Lights, "ready">>(
  askOverview: () => Promise<Overview | undefined>,
  askRest: () => Promise<Asked>,
  askTold: () => Promise<string | null>,
): Promise<readonly [Overview | undefined, Asked]> {
  const wrong = (overview: Overview | undefined): string =>
    JSON.stringify(overview?.verdict.issues.map(({ detail: _detail, since: _since, ...issue }) => issue));
  for (let looks = 1; ; looks += 1) {
    const told = await askTold();
    const before = await askOverview();
    const rest = await askRest();
    // Who asks twice within a second is answered with the same reading.
    const after = await eventually(async () => {
      const overview = await askOverview();
      return overview && overview.at === before?.at ? undefined : { overview };
    });
    // On a busy machine one reading can take too long: who is ready gives it to the next who asks.
    const isMissing = before === undefined && rest.ready === 200;
    const isStill = wrong(after.overview) === wrong(before) && (await askTold()) === told;
    if (looks === MOST_LOOKS || (!isMissing && isStill)) return [before, rest];
  }
}

/** A command that fails says so, and ends with an exit code that is not 0. */
async function runCommand(
  run: (print: (line: string) => void) => Promise<boolean>,
): Promise<{ readonly well: boolean; readonly text: string }> {
  const lines: string[] = [];
  try {
    const well = await run((line) => void lines.push(line));
    return { well, text: lines.join("\n") };
  } catch (error) {
    return { well: false, text: error instanceof Error ? error.message : String(error) };
  }
}
