import { type ResourceName, resources } from "../../resources/registry.ts";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { existsSync, openSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

import { stringify } from "yaml";
import { z } from "zod";

import { isErrno } from "../../shared/errors.ts";
import { findRedisProgram, startPrivateRedis } from "../../store/redis/private-redis.ts";

/** The service as a process of its own, as an operator would run it, started again whenever it dies. */
export interface DemoService extends AsyncDisposable {
  readonly configFile: string;
  readonly opsUrl: string;
  readonly opsToken: string;
  /** The dashboard's address with a link that signs one browser in, once; undefined: the service does not come up. */
  signInUrl(signal: AbortSignal): Promise<string | undefined>;
  /** Upstream time (unix seconds) up to which every resource is complete; undefined before the first sync is done. */
  completeUpTo(): Promise<number | undefined>;
  /** Ends it as a power cut would (SIGKILL). It starts again by itself. */
  kill(): void;
  readonly restarts: number;
  /** Resolves when it ends by itself without having been up: it will not come up. */
  readonly failed: Promise<void>;
}

export interface DemoServiceOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** The `cliniko-webhooks` program. */
  readonly program: string;
  readonly clinicUrl: string;
  readonly apiKey: string;
  readonly receiverUrl: string;
  readonly secret: string;
  readonly resources: readonly ResourceName[];
  /** Held open as long as the folder is used. */
  readonly inUse: Writable | "ignore";
}

const START = ["start", "--with-parent"];
const RESTART_DELAY_MS = 300;
const START_PATIENCE_MS = 20_000;
const RETRY_MS = 200;

const linkSchema = z.object({ path: z.string() });

export async function startDemoService(options: DemoServiceOptions): Promise<DemoService> {
  const { folder } = options;
  const port = await freePort();
  const opsToken = randomBytes(12).toString("hex");
  const configFile = join(folder, "notifier.yaml");
  writeFileSync(configFile, stringify(demoConfig(options, port)));
  const env = {
    ...options.env,
    CLINIKO_API_KEY: options.apiKey,
    WEBHOOK_SECRET: options.secret,
    OPS_TOKEN: opsToken,
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    REDIS_URL: "", // a Redis of its own, in the demo's folder
  };
  const log = openSync(join(folder, "service.log"), "a");
  const supervisor = supervise(() =>
    spawn(process.execPath, ["--enable-source-maps", options.program, ...START, "--config", configFile], {
      env,
      // By the channel it notices that this process is gone, whatever ended it; the last is open until it has ended too.
      stdio: ["ignore", log, log, "ipc", options.inUse],
      detached: true, // Ctrl-C is the demo's to handle: the service is stopped last
    }),
  );
  const opsUrl = `http://127.0.0.1:${port}`;
  return {
    configFile,
    opsUrl,
    opsToken,
    get restarts() {
      return supervisor.restarts;
    },
    failed: supervisor.failed,
    signInUrl: async (signal) => await askForSignIn(opsUrl, opsToken, signal),
    async completeUpTo() {
      const read = await readResources(opsUrl, opsToken);
      const oldest = Math.min(...read.map(({ complete_up_to: upTo }) => Date.parse(upTo ?? "") / 1_000));
      return read.length > 0 && Number.isFinite(oldest) ? oldest : undefined;
    },
    kill: supervisor.kill,
    async [Symbol.asyncDispose]() {
      await supervisor.stop();
      await stopLeftRedis(join(folder, "redis"), options.env["PATH"]);
    },
  };
}

interface Supervisor {
  readonly restarts: number;
  readonly failed: Promise<void>;
  readonly kill: () => void;
  readonly stop: () => Promise<void>;
}

/** Starts a process, and again whenever it ends, until it is stopped. */
function supervise(launch: () => ChildProcess): Supervisor {
  let child: ChildProcess;
  let restarts = 0;
  let timer: NodeJS.Timeout | undefined;
  const ends = new EventEmitter();
  const failed = once(ends, "failed").then(() => undefined);
  const start = (): void => {
    timer = undefined;
    child = launch();
    child.once("exit", (code) => {
      // Killed it has a signal, and comes back. One that ends by itself says that something is wrong.
      if (code !== null && code !== 0) {
        ends.emit("failed");
        return;
      }
      restarts += 1;
      timer = setTimeout(start, RESTART_DELAY_MS);
    });
  };
  start();
  return {
    get restarts() {
      return restarts;
    },
    failed,
    kill: () => child.kill("SIGKILL"),
    stop: async () => {
      // Between two lives there is no process to end, only the next one to call off.
      const waiting = timer !== undefined;
      clearTimeout(timer);
      child.removeAllListeners("exit");
      if (waiting || child.exitCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

/** A service that was killed last leaves its Redis running: taking it over is how to stop it in order. */
async function stopLeftRedis(folder: string, searchPath: string | undefined): Promise<void> {
  const program = findRedisProgram(searchPath);
  if (!program || !existsSync(join(folder, "redis.sock"))) return;
  const redis = await startPrivateRedis(folder, program);
  await redis[Symbol.asyncDispose]();
}

/** Tiers that are waited for while one watches. */
const HURRIED = {
  promise: { live: "5s", minute: "15s", quarter: "20s", daily: "30s" },
  budget_share: 0.9,
};

function isUsual(names: readonly ResourceName[]): boolean {
  return names.every((name) => resources[name].byDefault);
}

/** What `*` leaves out. */
function toConfidential(names: readonly ResourceName[]): string[] {
  return names.filter((name) => resources[name].confidential).map((name) => `${resources[name].subject}.*`);
}

function demoConfig(options: DemoServiceOptions, port: number): object {
  return {
    contact: { name: "cliniko-webhooks demo", email: "demo@example.com" },
    encryption: [{ id: "k1", key: { env: "ENCRYPTION_KEY" } }],
    accounts: {
      northside: {
        api_key: { env: "CLINIKO_API_KEY" },
        base_url: options.clinicUrl,
        resources: [...options.resources],
      },
    },
    endpoints: {
      subscriber: {
        url: options.receiverUrl,
        secret: { env: "WEBHOOK_SECRET" },
        events: ["*", ...toConfidential(options.resources)],
      },
    },
    // A hurried clinic, with no other tools: nobody wants to watch a demo at the pace that suits a real one.
    polling: isUsual(options.resources) ? { interval: "3s", budget_share: 0.9 } : HURRIED,
    delivery: { allow_http: true, allow_private: ["127.0.0.1/32"] },
    ops: { port, token: { env: "OPS_TOKEN" } },
    data_folder: join(options.folder, "redis"),
  };
}

/** As an integrator's own portal would ask for it. Waits for the service, which is only just starting. */
async function askForSignIn(opsUrl: string, token: string, signal: AbortSignal): Promise<string | undefined> {
  const giveUpAt = Date.now() + START_PATIENCE_MS;
  while (Date.now() < giveUpAt && !signal.aborted) {
    try {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${opsUrl}/v1/sign-in-links`, { method: "POST", headers });
      const link = answer.ok ? linkSchema.safeParse(await answer.json()) : undefined;
      if (link?.success) return opsUrl + link.data.path;
    } catch {
      // It does not listen yet.
    }
    await delay(RETRY_MS);
  }
  return undefined;
}

/** Empty when the service does not answer (yet). */
const accountSchema = z.object({ resources: z.array(z.object({ complete_up_to: z.string().nullable() })) });

/** Empty: the service does not answer just now. */
async function readResources(
  opsUrl: string,
  token: string,
): Promise<z.infer<typeof accountSchema>["resources"]> {
  try {
    const answer = await fetch(`${opsUrl}/v1/accounts/northside`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return accountSchema.safeParse(await answer.json()).data?.resources ?? [];
  } catch {
    return [];
  }
}

/** The service listens to it later, and again after it was killed: below those that systems hand out by themselves. */
const PORTS = { min: 20_000, max: 30_000 };

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.min, PORTS.max);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      if (isErrno(error) && error.code === "EADDRINUSE") continue;
      throw error;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
