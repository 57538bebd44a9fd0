/*
 * What many clinics in which nothing happens cost, and what that grows with: polls, idleness, a start, a process that is killed, clinics
 * that hang. See bench/README.md. Names of parts choose some of them: quiet, idle, grid, start, restart, memory, takeover, hanging.
 */
import { setTimeout as delay } from "node:timers/promises";

import type { ReleaseStack } from "../src/shared/release-stack.ts";
import { createReleaseStack } from "../src/shared/release-stack.ts";
import { type Child, startChild } from "./support/child.ts";
import type { ClinicsAnswer, ClinicsReport, ClinicsRequest } from "./support/clinics-process.ts";
import { printCommands, watchCommands } from "./support/command-count.ts";
import { type BenchRedis, startBenchRedis } from "./support/bench-redis.ts";
import { type WrittenConfig, writeConfig } from "./support/delivery-setup.ts";
import { printMachine } from "./support/machine.ts";
import type { ServiceAnswer, ServiceRequest } from "./support/service-process.ts";

/** Longer than the longest pause of what is read live. */
const WINDOW_MS = Number(process.env["BENCH_WINDOW_MS"] ?? 30_000);
const MOST_ACCOUNTS = Number(process.env["BENCH_ACCOUNTS"] ?? 1_000);
/** What an account reads unless told otherwise. */
const LISTS = 4;
const GOALS = { commands: 20, cpuMs: 0.7, startMs: 5_000, takeoverMs: 15_000, hangingRatio: 1.2 };

interface Setting {
  readonly accounts: number;
  readonly processes: number;
  readonly latencyMs: number;
  readonly hanging?: number;
  readonly roles?: readonly string[];
  readonly polling?: object;
  /** What each account reads; LISTS when left out. */
  readonly resources?: "all" | undefined;
}

interface World {
  readonly written: WrittenConfig;
  readonly redis: BenchRedis;
  readonly clinics: Child<ClinicsRequest, ClinicsAnswer>;
  readonly services: readonly Child<ServiceRequest, ServiceAnswer>[];
  readonly startedAt: number;
}

/** Starts everything, and waits until nearly all lists have been read for the first time. */
async function begin(stack: ReleaseStack, setting: Setting): Promise<World> {
  const { accounts, hanging: hang = 0, latencyMs, processes } = setting;
  const names = Array.from({ length: accounts }, (_, index) => `clinic-${index}`);
  const redis = stack.use(await startBenchRedis());
  const clinics = stack.use(startChild<ClinicsRequest, ClinicsAnswer>("clinics-process"));
  const { port } = await clinics.ask({ kind: "listen" });
  await clinics.ask({ kind: "behave", latencyMs, hanging: names.slice(0, hang) });
  const written = writeConfig(
    names,
    {},
    {
      account: (name) => ({
        api_key: { env: `KEY_${name}` },
        base_url: `http://127.0.0.1:${port}/${name}/v1`,
        ...(setting.resources && { resources: setting.resources }),
      }),
      env: Object.fromEntries(names.map((name, index) => [`KEY_${name}`, `MS4xLWJlbmNo${index}-au1`])),
      file: { roles: setting.roles ?? ["poll"], ops: { port: 0 }, polling: setting.polling ?? {} },
    },
  );
  const services = Array.from({ length: processes }, () =>
    stack.use(startChild<ServiceRequest, ServiceAnswer>("service-process")),
  );
  // Loading the program is not the start of the service.
  await Promise.all(services.map(async (service) => await service.ask({ kind: "glance" })));
  const startedAt = Date.now();
  const { socketPath } = redis;
  await Promise.all(
    services.map(async (service) => await service.ask({ kind: "start", socketPath, written })),
  );
  await clinics.ask({ kind: "wait", lists: (accounts - hang) * LISTS, polled: false });
  return { written, redis, clinics, services, startedAt };
}

interface Measured extends ClinicsReport {
  readonly seconds: number;
  /** Of all processes together. */
  readonly cpuMs: number;
  readonly redisCpuMs: number;
  readonly commands: number;
  readonly memoryMb: number;
}

async function measure(world: World, windowMs: number): Promise<Measured> {
  const { clinics, redis } = world;
  const look = async (): Promise<{ cpuMs: number; redisCpuMs: number; commands: number; rss: number }> => {
    const looks = await Promise.all(world.services.map(async (one) => await one.ask({ kind: "glance" })));
    const info = await redis.redis.info();
    const told = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1]);
    return {
      cpuMs: looks.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
      redisCpuMs: (told("used_cpu_user") + told("used_cpu_sys")) * 1_000,
      commands: told("total_commands_processed"),
      rss: Math.max(...looks.map(({ rssBytes }) => rssBytes)),
    };
  };
  await clinics.ask({ kind: "reset" });
  const before = await look();
  const from = performance.now();
  await delay(windowMs);
  const after = await look();
  const { report } = await clinics.ask({ kind: "report" });
  if (!report) throw new Error("the clinics report");
  return {
    ...report,
    seconds: (performance.now() - from) / 1_000,
    cpuMs: after.cpuMs - before.cpuMs,
    redisCpuMs: after.redisCpuMs - before.redisCpuMs,
    commands: after.commands - before.commands,
    memoryMb: after.rss / 1e6,
  };
}

async function inWorld<Result>(setting: Setting, work: (world: World) => Promise<Result>): Promise<Result> {
  const stack = createReleaseStack();
  try {
    return await work(await begin(stack, setting));
  } finally {
    await stack[Symbol.asyncDispose]();
  }
}

async function polled(world: World, { accounts, hanging: hang = 0 }: Setting): Promise<void> {
  await world.clinics.ask({ kind: "wait", lists: (accounts - hang) * LISTS, polled: true });
}

/** What a poll costs that finds nothing. */
async function quiet(): Promise<void> {
  for (const accounts of [Math.min(200, MOST_ACCOUNTS)]) {
    const setting = { accounts, processes: 1, latencyMs: 20 };
    await inWorld(setting, async (world) => {
      await polled(world, setting);
      const of = await measure(world, WINDOW_MS);
      const counted = await watchCommands(world.redis, world.clinics, WINDOW_MS);
      console.log(
        `quiet poll, ${accounts} accounts: ${(of.commands / of.polls).toFixed(1)} commands with those inside of scripts, ${counted.sent.toFixed(1)} sent (goal ${GOALS.commands}), ${(of.cpuMs / of.polls).toFixed(2)} ms of processor (goal ${GOALS.cpuMs}), ${(of.redisCpuMs / of.polls).toFixed(2)} of Redis; ${of.polls} polls`,
      );
      printCommands(counted);
    });
  }
}

/** What it costs to have accounts of which nothing is to be read now. */
async function idle(): Promise<void> {
  for (const [accounts, processes] of [
    [10, 1],
    [10, 3],
    [MOST_ACCOUNTS, 1],
    [MOST_ACCOUNTS, 3],
  ] as const) {
    const roles = ["poll", "dispatch", "ops"];
    const setting = { accounts, processes, latencyMs: 5, roles, polling: { interval: "1h" } };
    await inWorld(setting, async (world) => {
      // What the start left to do.
      await delay(40_000);
      const of = await measure(world, WINDOW_MS);
      const counted = await watchCommands(world.redis, world.clinics, WINDOW_MS / 2);
      console.log(
        `idle, ${accounts} accounts, ${processes} processes: ${(of.commands / of.seconds).toFixed(0)} commands a second with those inside of scripts, ${counted.sentASecond.toFixed(0)} sent; ${(of.cpuMs / of.seconds / 10).toFixed(1)} % of a core, ${(of.redisCpuMs / of.seconds / 10).toFixed(1)} % of Redis; ${of.polls} polls`,
      );
      printCommands(counted);
    });
  }
}

async function grid(): Promise<void> {
  console.log("accounts processes latency   polls/s  gap p50    p95     max s   CPU/poll   memory");
  for (const [accounts, processes, latencyMs] of [
    [10, 1, 20],
    [10, 1, 1_000],
    [100, 1, 20],
    [100, 1, 300],
    [100, 1, 1_000],
    [100, 3, 300],
    [MOST_ACCOUNTS, 1, 300],
    [MOST_ACCOUNTS, 3, 300],
  ] as const) {
    const setting = { accounts, processes, latencyMs };
    await inWorld(setting, async (world) => {
      await polled(world, setting);
      const of = await measure(world, WINDOW_MS);
      const seconds = (ms: number): string => (ms / 1_000).toFixed(1).padStart(7);
      console.log(
        `${String(accounts).padStart(8)} ${String(processes).padStart(9)} ${String(latencyMs).padStart(7)} ${(of.polls / of.seconds).toFixed(1).padStart(9)} ${seconds(of.gapP50Ms)} ${seconds(of.gapP95Ms)} ${seconds(of.gapMaxMs)} ${(of.cpuMs / of.polls).toFixed(2).padStart(10)} ${of.memoryMb.toFixed(0).padStart(6)} MB`,
      );
    });
  }
}

/** What a process holds in memory of accounts of which nothing is to be read now, when the start's garbage is gone. */
async function memory(): Promise<void> {
  for (const resources of [undefined, "all"] as const) {
    const roles = ["poll", "dispatch", "ops"];
    const polling = { interval: "1h" };
    const setting = { accounts: MOST_ACCOUNTS, processes: 1, latencyMs: 5, roles, polling, resources };
    await inWorld(setting, async (world) => {
      for (;;) {
        const { memoryMb, requests } = await measure(world, Math.max(WINDOW_MS, 60_000));
        // Nothing is left of the first sync, but what is looked after from time to time.
        if (requests > MOST_ACCOUNTS) continue;
        console.log(
          `memory, ${MOST_ACCOUNTS} accounts, ${resources ?? LISTS} resources: ${memoryMb.toFixed(0)} MB`,
        );
        return;
      }
    });
  }
}

/** How soon all clinics of a new installation are asked for something. */
async function start(): Promise<void> {
  const setting = { accounts: MOST_ACCOUNTS, processes: 1, latencyMs: 20 };
  await inWorld({ ...setting, latencyMs: 20 }, async ({ clinics, services, startedAt }) => {
    const { report } = await clinics.ask({ kind: "report" });
    const used = await services[0]?.ask({ kind: "glance" });
    const since = (at = 0): string => ((at - startedAt) / 1_000).toFixed(1);
    console.log(
      `start with ${MOST_ACCOUNTS} accounts: first list asked for after ${since(report?.firstAt)} s, the last of ${MOST_ACCOUNTS * LISTS} after ${since(report?.lastAt)} s (goal ${GOALS.startMs / 1_000}); ${formatUse(used)}`,
    );
  });
}

/** How soon a service goes on that is started anew, with clinics that it knows. */
async function restart(): Promise<void> {
  const setting = { accounts: MOST_ACCOUNTS, processes: 1, latencyMs: 300 };
  await inWorld(setting, async (world) => {
    const { clinics, redis, written } = world;
    await polled(world, setting);
    await delay(WINDOW_MS);
    await world.services[0]?.kill();
    await using service = startChild<ServiceRequest, ServiceAnswer>("service-process");
    await service.ask({ kind: "glance" });
    await clinics.ask({ kind: "reset" });
    const startedAt = Date.now();
    await service.ask({ kind: "start", socketPath: redis.socketPath, written });
    await clinics.ask({ kind: "wait", lists: MOST_ACCOUNTS * LISTS, polled: false });
    const { report } = await clinics.ask({ kind: "report" });
    const used = await service.ask({ kind: "glance" });
    const since = (at = 0): string => ((at - startedAt) / 1_000).toFixed(1);
    console.log(
      `restart with ${MOST_ACCOUNTS} known accounts, killed just before: first list asked for after ${since(report?.firstAt)} s (goal ${GOALS.startMs / 1_000}), half of ${MOST_ACCOUNTS * LISTS} after ${since(report?.halfAt)} s, the last after ${since(report?.lastAt)} s; longest gap ${((report?.gapMaxMs ?? 0) / 1_000).toFixed(1)} s; ${formatUse(used)}`,
    );
  });
}

function formatUse(used?: ServiceAnswer): string {
  return `${((used?.cpuMs ?? 0) / 1_000).toFixed(1)} s of processor, ${((used?.rssBytes ?? 0) / 1e6).toFixed(0)} MB`;
}

/** One of two processes is killed: how long a list then waits that it was reading, or was to read. */
async function takeover(): Promise<void> {
  const setting = { accounts: Math.min(200, MOST_ACCOUNTS), processes: 2, latencyMs: 1_000 };
  await inWorld(setting, async (world) => {
    await polled(world, setting);
    const before = await measure(world, WINDOW_MS);
    await world.clinics.ask({ kind: "reset" });
    await world.services[0]?.kill();
    await delay(Math.max(WINDOW_MS, 45_000));
    const { report } = await world.clinics.ask({ kind: "report" });
    console.log(
      `takeover after kill -9: longest gap ${((report?.gapMaxMs ?? 0) / 1_000).toFixed(1)} s, before it ${(before.gapMaxMs / 1_000).toFixed(1)} s (goal: at most ${GOALS.takeoverMs / 1_000} s more)`,
    );
  });
}

async function hanging(): Promise<void> {
  const setting = { accounts: 40, processes: 1, latencyMs: 300 };
  const gapOf = async (count: number): Promise<Measured> =>
    await inWorld({ ...setting, hanging: count }, async (world) => {
      await polled(world, { ...setting, hanging: count });
      return await measure(world, 2 * WINDOW_MS);
    });
  const [well, troubled] = [await gapOf(0), await gapOf(16)];
  const ratio = troubled.gapP95Ms / well.gapP95Ms;
  console.log(
    `16 of 40 hang: gap p95 of the others ${(troubled.gapP95Ms / 1_000).toFixed(1)} s, of all without them ${(well.gapP95Ms / 1_000).toFixed(1)} s, ratio ${ratio.toFixed(2)} (goal ${GOALS.hangingRatio})`,
  );
}

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  quiet,
  idle,
  grid,
  start,
  restart,
  memory,
  takeover,
  hanging,
};
printMachine();
const wanted = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) await part();
}
printMachine();
