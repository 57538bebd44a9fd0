import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { type Clinic, createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { type Receiver, startReceiver } from "../../src/sandbox/http/receiver.ts";
import { seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import { eventually } from "./harness.ts";
import { temporaryFolder } from "./redis-process.ts";
import { OPS_TOKEN, SECRET } from "./test-config.ts";

const PROGRAM = resolve("dist/cli.js");

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly detail?: string;
  readonly opsUrl?: string;
}

export interface ServiceProcess {
  readonly child: ChildProcess;
  /** All it wrote, to both outputs. */
  readonly output: () => string;
  readonly lines: () => readonly LogLine[];
  /** Resolves when a line of the log says so. */
  readonly says: (msg: string) => Promise<LogLine>;
  /** Resolves to the exit code; null: by a signal. */
  readonly ended: Promise<{ readonly code: number | null }>;
}

export interface Stage extends AsyncDisposable {
  readonly folder: string;
  readonly clinic: Clinic;
  readonly receiver: Receiver;
  readonly configFile: string;
  readonly start: (env?: Readonly<Record<string, string>>) => ServiceProcess;
  /** Any command, to its end. */
  readonly run: (
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => Promise<{ readonly code: number | null; readonly output: string }>;
}

/** A clinic, a subscriber and a configuration file for the real program. `settings` go over the file's. */
export async function setStage(settings: object = {}): Promise<Stage> {
  const folder = temporaryFolder();
  const clinic = createClinic({ now: Date.now, seed: 1 });
  clinic.setRateLimit(100_000);
  seedClinic(clinic, { practitioners: 2, patients: 5, appointments: 8 });
  const server = await startClinicServer(clinic);
  const receiver = await startReceiver({ secret: SECRET });
  const configFile = join(folder.path, "notifier.yaml");
  const file = {
    contact: { name: "tests", email: "tests@example.com" },
    encryption: [{ id: "k1", key: { env: "ENCRYPTION_KEY" } }],
    accounts: { northside: { api_key: { env: "CLINIKO_API_KEY" }, base_url: server.url } },
    endpoints: { crm: { url: receiver.url, secret: { env: "WEBHOOK_SECRET" }, events: ["*"] } },
    polling: { interval: "1s", requests_per_minute: 6_000, budget_share: 1 },
    delivery: { allow_http: true, allow_private: ["127.0.0.1/32"] },
    ops: { port: 0, token: { env: "OPS_TOKEN" } },
    data_folder: join(folder.path, "data"),
    ...settings,
  };
  writeFileSync(configFile, JSON.stringify(file));
  const usual = {
    PATH: process.env["PATH"] ?? "",
    CLINIKO_API_KEY: clinic.addKey(),
    WEBHOOK_SECRET: SECRET,
    OPS_TOKEN,
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
  };
  const running = new Set<ChildProcess>();
  const launch = (args: readonly string[], env: Readonly<Record<string, string>>): ServiceProcess => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...usual, ...env } });
    running.add(child);
    child.once("exit", () => running.delete(child));
    return watch(child);
  };
  return {
    folder: folder.path,
    clinic,
    receiver,
    configFile,
    start: (env = {}) => launch(["start", "--config", configFile], env),
    run: async (args, env = {}) => {
      const one = launch([...args, "--config", configFile], env);
      const { code } = await one.ended;
      return { code, output: one.output() };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...running].map(endChild));
      await receiver[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

async function endChild(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await gone;
  clearTimeout(timer);
}

function watch(child: ChildProcess): ServiceProcess {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => void (text += chunk.toString()));
  }
  const lines = (): LogLine[] =>
    text
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as LogLine);
  let over = false;
  const ended = once(child, "close").then(([code]) => {
    over = true;
    return { code: code as number | null };
  });
  return {
    child,
    output: () => text,
    lines,
    says: async (msg) =>
      await eventually(() => {
        const said = lines().find((line) => line.msg === msg);
        if (!said && over) throw new Error(`the service ended and did not say "${msg}":\n${text}`);
        return said;
      }),
    ended,
  };
}
