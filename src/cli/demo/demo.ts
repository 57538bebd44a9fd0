import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type WriteStream, createWriteStream, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { styleText } from "node:util";

import { RedisUnavailableError } from "../../shared/errors.ts";
import { type ReleaseStack, createReleaseStack } from "../../shared/release-stack.ts";
import { auditDeliveries } from "../../sandbox/audit/audit.ts";
import type { AuditReport } from "../../sandbox/audit/report.ts";
import { type Clinic, createClinic } from "../../sandbox/clinic/clinic.ts";
import { type ClinicServer, startClinicServer } from "../../sandbox/http/clinic-server.ts";
import { formatAudit } from "../../sandbox/audit/format.ts";
import { createReceptionist, startReceptionist } from "../../sandbox/staff/receptionist.ts";
import { type Receiver, startReceiver } from "../../sandbox/http/receiver.ts";
import { seedClinic } from "../../sandbox/staff/seed-clinic.ts";
import { childEnvironment } from "../../store/redis/child-environment.ts";
import { findRedisProgram } from "../../store/redis/private-redis.ts";
import { type ResourceName, resources } from "../../resources/registry.ts";
import { fillCabinets } from "../../sandbox/staff/office-acts.ts";
import { type TableName, isTableName } from "../../sandbox/tables/tables.ts";
import { type DemoService, startDemoService } from "./demo-service.ts";
import { formatEventLine } from "../events/event-line.ts";
import { limitSignal } from "../../shared/limit-signal.ts";

export interface DemoOptions {
  /** How long the receptionist works, ms; undefined: until `signal`. */
  readonly forMs: number | undefined;
  readonly actsPerMinute: number;
  readonly seed: number;
  /** How often the service is killed (SIGKILL) while the receptionist works. */
  readonly kills: number;
  /** What the service reads; of what the reception does not bring about, the office does something. */
  readonly resources: readonly ResourceName[];
  /** Keep the folder with the logs and the configuration. */
  readonly keep: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** The `cliniko-webhooks` program, to run the service with. */
  readonly program: string;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** One act on one record at a time, with room for a poll in between: so each act is one callback. */
const QUIET_MS = 12_000;
/** The first sync, or the last callbacks after the receptionist has gone home, should not take longer. */
const PATIENCE_MS = 60_000;

interface Stage {
  readonly clinic: Clinic;
  readonly clinicServer: ClinicServer;
  readonly receiver: Receiver;
  readonly service: DemoService;
  readonly folder: string;
}

/**
 * A made-up clinic at work, the service watching it, a subscriber that verifies, and at the end an audit that holds
 * what was received against what happened. True when nothing was lost, invented or told wrongly.
 */
export async function demo(options: DemoOptions): Promise<boolean> {
  const { print } = options;
  if (findRedisProgram(options.env["PATH"]) === undefined) {
    throw new RedisUnavailableError(
      "the demo runs on a Redis of its own, and there is no redis-server or valkey-server on the search path: " +
        "install one (apt-get install redis-server, dnf install valkey, apk add valkey, brew install redis)",
    );
  }
  await using stack = createReleaseStack();
  print(styleText("bold", "cliniko-webhooks demo"));
  print("Everything runs on this machine, and everybody in it is made up.\n");
  const stage = await setStage(stack, options);
  const up = await comesUp(stage, options);
  if (up !== true) {
    if (up !== "called off") print(`${up}\n${tailOf(join(stage.folder, "service.log"))}`);
    return false;
  }
  const from = { index: stage.clinic.ledger.entries.length };

  print(
    "The receptionist starts work. › is what happens in the clinic, ✔ a callback whose signature was verified.",
  );
  print(options.forMs === undefined ? "Ctrl-C ends it with an audit.\n" : "");
  await workingDay(stage, options);

  print("\nThe receptionist goes home; waiting for the last callbacks …");
  const report = await settle(stage, from, options.resources);
  const restarts = stage.service.restarts;
  if (restarts > 0) print(`The service was killed and came back ${restarts} times.`);
  print(styleText(report.clean ? "green" : "red", formatAudit(report)));
  const { p95Ms, maxMs } = report.latencies;
  print(
    `from the change in the clinic to its verified callback: p95 ${seconds(p95Ms)}, longest ${seconds(maxMs)}`,
  );
  for (const complaint of complaints(report)) print(`  ${complaint}`);
  if (options.keep) print(`Logs, callbacks and configuration are kept in ${stage.folder}`);
  return report.clean && report.transitions > 0;
}

/** What the reception does not bring about. */
function cabinetsOf({ resources: read }: Pick<DemoOptions, "resources">): readonly TableName[] {
  return read.filter((name) => !resources[name].byDefault).filter(isTableName);
}

async function setStage(stack: ReleaseStack, options: DemoOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "cliniko-webhooks-demo-"));
  let inUse: Writable | undefined;
  if (!options.keep) {
    inUse = removeAfterUse(folder);
    stack.defer(async () => await rm(folder, { recursive: true, force: true }));
  }
  const clinic = createClinic({ now: Date.now, seed: options.seed });
  const { practitionerIds, patientIds, appointmentIds } = seedClinic(clinic, { seed: options.seed });
  fillCabinets(clinic, cabinetsOf(options));
  const people = `${practitionerIds.length} practitioners, ${patientIds.length} patients`;
  options.print(`A clinic opens: ${people}, ${appointmentIds.length} appointments.`);
  const clinicServer = stack.use(await startClinicServer(clinic));
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const callbackLog = createWriteStream(join(folder, "callbacks.jsonl"));
  const receiver = stack.use(await startDemoReceiver(secret, callbackLog, options.print));
  const service = stack.use(
    await startDemoService({
      folder,
      env: options.env,
      program: options.program,
      clinicUrl: clinicServer.url,
      apiKey: clinic.addKey(),
      receiverUrl: receiver.url,
      secret,
      resources: options.resources,
      inUse: inUse ?? "ignore",
    }),
  );
  return { clinic, clinicServer, receiver, service, folder };
}

async function startDemoReceiver(
  secret: string,
  log: WriteStream,
  print: (line: string) => void,
): Promise<Receiver> {
  const seen = new Set<string>();
  return await startReceiver({
    secret,
    onCallback: ({ webhookId, receivedAt, event, body }) => {
      log.write(`${body}\n`);
      const again = seen.has(webhookId) ? styleText("yellow", "  (again, same webhook-id)") : "";
      seen.add(webhookId);
      print(`${formatEventLine(receivedAt, event).replace("  ", `   ${styleText("green", "✔")} `)}${again}`);
    },
    onRefused: ({ reason }) => print(styleText("red", `refused by the receiver: ${reason}`)),
  });
}

/**
 * Whatever ends this process, the folder goes as soon as nobody holds what is returned, and the Redis in it has stopped.
 * Where there is no shell it stays.
 */
function removeAfterUse(folder: string): Writable {
  const script = `
    cat > /dev/null
    tries=0
    while [ -e "$1/redis/redis.sock" ] && [ $tries -lt 60 ]; do tries=$((tries + 1)); sleep 0.5; done
    rm -rf -- "$1"`;
  const child = spawn("sh", ["-c", script, "sh", folder], {
    env: childEnvironment(),
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.unref();
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return child.stdin;
}

/** True when the first sync is done; otherwise what went wrong. */
async function comesUp(
  stage: Stage,
  { print, signal }: Pick<DemoOptions, "print" | "signal">,
): Promise<true | string> {
  const over = new AbortController();
  const calledOff = new Promise<"called off">((resolve) => {
    if (signal.aborted) resolve("called off");
    signal.addEventListener("abort", () => resolve("called off"), { once: true });
  });
  const failed = stage.service.failed.then(() => "The service does not start. Its last words:");
  const up = async (): Promise<true | string> => {
    await introduce(stage, print, over.signal);
    return (
      (await firstSync(stage, print, over.signal)) || "The first sync did not end. The service's last words:"
    );
  };
  const outcome = await Promise.race([calledOff, failed, up()]);
  over.abort();
  return outcome;
}

/** The last lines of a log that will not be there any more when somebody wants to look. */
function tailOf(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-5).join("\n");
}

async function introduce(
  { clinicServer, receiver, service, folder }: Stage,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const signInUrl = await service.signInUrl(signal);
  if (signInUrl === undefined) return;
  print("");
  print(`  clinic         ${clinicServer.url}   speaks Cliniko's API`);
  print(`  receiver       ${receiver.url}      every callback in full: ${join(folder, "callbacks.jsonl")}`);
  print(`  service        its configuration ${service.configFile}, its log ${join(folder, "service.log")}`);
  print("");
  print("  The dashboard shows what is read, told and delivered, as it happens. Open it in a browser:");
  print(`  ${styleText("bold", signInUrl)}`);
  print("  The link signs you in once, within ten minutes. After that, sign in there with this token,");
  print(`  which is made up like everything else: ${service.opsToken}`);
  print("");
}

async function firstSync(stage: Stage, print: (line: string) => void, signal: AbortSignal): Promise<boolean> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while ((await stage.service.completeUpTo()) === undefined) {
    if (Date.now() > giveUpAt || signal.aborted) return false;
    await delay(200);
  }
  const { callbacks } = stage.receiver;
  const told = callbacks.filter(({ body }) => !body.startsWith('{"type":"connection.')).length;
  print(`First sync done, and silent: ${told} callbacks for what was already there.`);
  return true;
}

async function workingDay({ clinic, service }: Stage, options: DemoOptions): Promise<void> {
  const receptionist = createReceptionist({
    clinic,
    seed: options.seed,
    minGapMs: QUIET_MS,
    cabinets: cabinetsOf(options),
    onAct: ({ at, line }) => options.print(`${new Date(at).toTimeString().slice(0, 8)} › ${line}`),
  });
  await using _work = startReceptionist(receptionist, {
    actsPerMinute: options.actsPerMinute,
    seed: options.seed,
  });
  const closing = new AbortController();
  using limited = limitSignal([closing.signal, options.signal]);
  const killing = killAtRandom(service, options, limited.signal);
  // setTimeout cannot wait longer than this (2^31 - 1 ms); nobody watches for 24 days.
  await delay(options.forMs ?? 2_147_483_647, undefined, { signal: options.signal }).catch(() => undefined);
  closing.abort();
  await killing;
}

/** So many power cuts, each at a random moment of its part of the working day: all of them before its end. */
async function killAtRandom(service: DemoService, options: DemoOptions, signal: AbortSignal): Promise<void> {
  const partMs = (options.forMs ?? 60_000) / options.kills;
  const begunAt = performance.now();
  for (let kill = 0; kill < options.kills && !signal.aborted; kill++) {
    const atMs = begunAt + partMs * (kill + 0.25 + Math.random() / 2);
    await delay(Math.max(0, atMs - performance.now()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    options.print(styleText("red", `           kill -9 (${kill + 1} of ${options.kills})`));
    service.kill();
  }
}

/** Waits until everything that happened has been read and delivered, as far as patience goes; then judges. */
async function settle(
  stage: Stage,
  from: { readonly index: number },
  names: readonly ResourceName[],
): Promise<AuditReport> {
  const judge = (): AuditReport =>
    auditDeliveries({
      entries: stage.clinic.ledger.entries,
      deliveries: stage.receiver.callbacks,
      from,
      resources: names.filter(isTableName),
      detectsHardDeletes: false,
    });
  const endedAt = Math.floor(Date.now() / 1_000) + 1;
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const report = judge();
    const read = (await stage.service.completeUpTo()) ?? 0;
    if ((read >= endedAt && report.lost.length === 0) || Date.now() > giveUpAt) return report;
    await delay(200);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function complaints(report: AuditReport): string[] {
  return [
    ...report.lost.map(({ resource, id, facts }) => `lost: ${resource}/${id} ${facts.join(", ")}`),
    ...report.invented.map(({ subject, reason }) => `invented: ${subject}: ${reason}`),
    ...report.wrong.map(({ subject, reason }) => `wrong: ${subject}: ${reason}`),
  ].slice(0, 20);
}
