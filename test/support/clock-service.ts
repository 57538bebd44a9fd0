import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Redis } from "ioredis";

import { type Clinic, createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { type Receiver, startReceiver } from "../../src/sandbox/http/receiver.ts";
import { seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import { eventually } from "./harness.ts";
import { closedPort } from "./local-servers.ts";
import { startRedisServer } from "./redis-process.ts";
import { SECRET } from "./test-config.ts";

/** The real program, with a clock of its own. */
export interface ClockProcess {
  /** @param ms how far its clock is ahead from now on */
  setClock(ms: number): void;
  /** Without a word. */
  kill(): Promise<void>;
  /** What it logged. */
  lines(): readonly string[];
}

export interface ClockWorld extends AsyncDisposable {
  readonly clinic: Clinic;
  /** Checks signatures, their time included. */
  readonly receiver: Receiver;
  /** How it answers. */
  readonly answers: { refuses: boolean };
  readonly redis: Redis;
  /** Starts a process whose clock is `aheadMs` ahead; resolves once it works. */
  start(aheadMs: number): Promise<ClockProcess>;
  /** Resolves once the clinic has been asked this many times more. */
  asked(times: number): Promise<void>;
  /** What the operator's command prints, by the right clock. */
  command(...args: string[]): Promise<string>;
}

const PRELOAD = join(process.cwd(), "test/support/shifted-clock.mjs");
const PROGRAM = join(process.cwd(), "dist/cli.js");

/** A subscriber whose clock is right, a clinic, a Redis, and processes whose clocks need not be. */
export async function startClockWorld({ clinicAheadMs = 0 } = {}): Promise<ClockWorld> {
  const stack = createReleaseStack();
  const folder = mkdtempSync(join(tmpdir(), "cw-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const port = await closedPort();
  stack.use(await startRedisServer({ port: String(port) }));
  const redis = new Redis({ port, host: "127.0.0.1" });
  stack.defer(() => redis.disconnect());
  const clinic = createClinic({ now: () => Date.now() + clinicAheadMs, seed: 3 });
  clinic.setRateLimit(100_000);
  seedClinic(clinic, { practitioners: 2, patients: 12, appointments: 30 });
  const server = stack.use(await startClinicServer(clinic));
  const answers = { refuses: false };
  const answer = (): number => (answers.refuses ? 500 : 204);
  const receiver = stack.use(await startReceiver({ secret: SECRET, answer }));
  const config = join(folder, "notifier.json");
  writeFileSync(
    config,
    JSON.stringify({
      contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
      encryption: [{ id: "k1", key: { env: "ENCRYPTION_KEY" } }],
      accounts: { northside: { api_key: { env: "CLINIC_KEY" }, base_url: server.url } },
      endpoints: { crm: { url: receiver.url, secret: { env: "SECRET" }, events: ["*"] } },
      polling: { interval: "1s", requests_per_minute: 6_000, budget_share: 1 },
      delivery: { allow_http: true, allow_private: ["127.0.0.1/32"] },
      roles: ["poll", "dispatch"],
      data_folder: join(folder, "data"),
    }),
  );
  const env = {
    ...process.env,
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    CLINIC_KEY: clinic.addKey(),
    SECRET,
    REDIS_URL: `redis://127.0.0.1:${port}`,
  };
  let started = 0;
  return {
    clinic,
    receiver,
    answers,
    redis,
    async start(aheadMs) {
      const clockFile = join(folder, `clock${started++}`);
      writeFileSync(clockFile, String(aheadMs));
      const args = ["--import", PRELOAD, PROGRAM, "start", "--config", config];
      const child = spawn(process.execPath, args, {
        env: { ...env, CLOCK_FILE: clockFile },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const lines: string[] = [];
      child.stdout.setEncoding("utf8").on("data", (text: string) => lines.push(...text.split("\n")));
      stack.defer(async () => await kill(child));
      await eventually(() => lines.some((line) => line.includes("service started")) || undefined);
      return {
        setClock: (ms) => writeFileSync(clockFile, String(ms)),
        kill: async () => await kill(child),
        lines: () => lines,
      };
    },
    async asked(times) {
      const before = clinic.traffic.total;
      await eventually(() => clinic.traffic.total >= before + times || undefined);
    },
    async command(...args) {
      const child = spawn(process.execPath, [PROGRAM, ...args, "--config", config], { env });
      let printed = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
      await once(child, "close");
      return printed;
    },
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
