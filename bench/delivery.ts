/**
 * Deliveries a second of the real engine (committed events, routed, guarded, signed, attempts logged, health kept) against a
 * bare BullMQ worker that has the body in its job, signs it with the same code and posts it. Same run, same events of 1 kB,
 * same receiver, same concurrency, a Redis each. Goals: see SCENARIOS, and CPU. Then both in steady flow: how long from
 * before the commit to the receiver's 200. BENCH_PROCESSES: so many of each share the work.
 */
import { setTimeout as delay } from "node:timers/promises";

import { Queue } from "bullmq";

import type { Base } from "../src/admin/base.ts";
import { type WebhookEvent, renderPayload } from "../src/diff/event.ts";
import { createReleaseStack } from "../src/shared/release-stack.ts";
import { sensitiveFieldsOf } from "../src/resources/registry.ts";
import { BARE_QUEUE, type BareJob, type BareRequest } from "./support/bare-process.ts";
import { type EventSource, createEventSource } from "./support/bench-events.ts";
import { startBenchRedis } from "./support/bench-redis.ts";
import { type Child, startChild } from "./support/child.ts";
import { openBench, writeConfig } from "./support/delivery-setup.ts";
import type { DispatchAnswer, DispatchRequest } from "./support/dispatch-process.ts";
import { median, preciseNow, quantile, spread } from "./support/figures.ts";
import { printMachine } from "./support/machine.ts";
import type { ReceiverAnswer, ReceiverRequest } from "./support/receiver-process.ts";

const DELIVERIES = Number(process.env["BENCH_DELIVERIES"] ?? 5_000);
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 7);
/** These teach the compiler and are not counted. */
const WARM_UP = 2;
const FLOW_MS = Number(process.env["BENCH_FLOW_MS"] ?? 10_000);
const PROCESSES = Number(process.env["BENCH_PROCESSES"] ?? 1);
/** Processor time of a delivery, against the bare one's. */
const CPU_GOAL = 1.25;
const ACCOUNT = "northside";

/** `concurrency` over all endpoints. */
interface Scenario {
  readonly endpoints: number;
  readonly concurrency: number;
  /** The least share of the bare one's rate. */
  readonly goal: number;
}

const SCENARIOS: readonly Scenario[] = [
  { endpoints: 1, concurrency: 16, goal: 0.8 },
  { endpoints: 1, concurrency: 64, goal: 0.8 },
  { endpoints: 8, concurrency: 16, goal: 0.7 },
  { endpoints: 8, concurrency: 64, goal: 0.8 },
  { endpoints: 64, concurrency: 128, goal: 0.7 },
];
/** Deliveries a second. */
const FLOWS = [50, 400];

type Receiver = Child<ReceiverRequest, ReceiverAnswer>;

/** One of the two, ready to be measured. */
interface Contender {
  /** Puts so many deliveries in front of it while it does not run. */
  pile(deliveries: number): Promise<void>;
  start(): Promise<void>;
  /** Resolves to the CPU time since the start, ms. */
  stop(): Promise<number>;
  /** One event, while it runs. Its deliveries, named as the receiver names them. */
  tell(): Promise<readonly string[]>;
}

async function createEngine(
  stack: ReturnType<typeof createReleaseStack>,
  scenario: Scenario,
  url: string,
): Promise<{ readonly engine: Contender; readonly base: Base; readonly source: EventSource }> {
  const server = stack.use(await startBenchRedis());
  const names = Array.from({ length: scenario.endpoints }, (_, index) => `e${index}`);
  const concurrency = scenario.concurrency / scenario.endpoints;
  const written = writeConfig(
    [ACCOUNT],
    Object.fromEntries(names.map((name) => [name, { url: `${url}/${name}`, concurrency }])),
  );
  const base = await openBench(stack, written, server.socketPath);
  const source = await createEventSource(base, ACCOUNT);
  const children = Array.from({ length: PROCESSES }, () =>
    stack.use(startChild<DispatchRequest, DispatchAnswer>("dispatch-process")),
  );
  await askAll(children, { kind: "open", written, socketPath: server.socketPath });
  const engine: Contender = {
    async pile(deliveries) {
      await source.commit(deliveries / names.length);
    },
    async start() {
      await askAll(children, { kind: "start" });
    },
    async stop() {
      return await askAll(children, { kind: "stop" });
    },
    async tell() {
      const events = await source.commit(1);
      await base.queues.addRoute({ account: ACCOUNT });
      return names.flatMap((name) => events.map(({ id }) => `/${name} ${id}`));
    },
  };
  return { engine, base, source };
}

async function createBare(
  stack: ReturnType<typeof createReleaseStack>,
  { endpoints, concurrency }: Scenario,
  url: string,
  { base, source }: { readonly base: Base; readonly source: EventSource },
): Promise<Contender> {
  const { socketPath } = stack.use(await startBenchRedis());
  const queue = new Queue<BareJob>(BARE_QUEUE, { connection: { path: socketPath } });
  stack.defer(async () => {
    await queue.close();
  });
  const [endpoint] = await base.endpoints.list();
  const keys = endpoint?.signingKeys ?? [];
  const children = Array.from({ length: PROCESSES }, () =>
    stack.use(startChild<BareRequest, DispatchAnswer>("bare-process")),
  );
  const jobsOf = (event: WebhookEvent): { name: string; data: BareJob }[] => {
    const body = renderPayload(event, sensitiveFieldsOf("appointment"), "full", []);
    return Array.from({ length: endpoints }, (_, index) => ({
      name: "deliver",
      data: { id: event.id, url: `${url}/e${index}`, body },
    }));
  };
  return {
    async pile(deliveries) {
      const jobs = source.invent(deliveries / endpoints).flatMap(jobsOf);
      for (let from = 0; from < jobs.length; from += 1_000)
        await queue.addBulk(jobs.slice(from, from + 1_000));
    },
    async start() {
      await askAll(children, { kind: "start", socketPath, concurrency: concurrency / PROCESSES, keys });
    },
    async stop() {
      return await askAll(children, { kind: "stop" });
    },
    async tell() {
      const events = source.invent(1);
      await queue.addBulk(events.flatMap(jobsOf));
      return events.flatMap(({ id }) => Array.from({ length: endpoints }, (_, index) => `/e${index} ${id}`));
    },
  };
}

/** Resolves to the CPU time of all of them, ms. */
async function askAll<Request>(
  children: readonly Child<Request, DispatchAnswer>[],
  request: Request,
): Promise<number> {
  const answers = await Promise.all(children.map(async (child) => await child.ask(request)));
  return answers.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

interface Drained {
  /** Deliveries, from the start of the workers to the last 200. */
  readonly perSecond: number;
  /** CPU time of the delivering process for each. */
  readonly cpuUs: number;
}

async function drain(contender: Contender, receiver: Receiver, { endpoints }: Scenario): Promise<Drained> {
  // The same number for each endpoint.
  const deliveries = Math.floor(DELIVERIES / endpoints) * endpoints;
  await contender.pile(deliveries);
  await receiver.ask({ kind: "reset" });
  const done = receiver.ask({ kind: "wait", count: deliveries });
  const startedAt = preciseNow();
  await contender.start();
  const { reachedAt = Number.NaN } = await done;
  const cpuMs = await contender.stop();
  const { report } = await receiver.ask({ kind: "report" });
  if (report?.first.length !== deliveries || report.repeated > 0) throw new Error("lost or repeated");
  return {
    perSecond: (deliveries * 1_000) / (reachedAt - startedAt),
    cpuUs: (cpuMs * 1_000) / deliveries,
  };
}

/** Latencies of a steady flow, ms. */
async function flow(
  contender: Contender,
  receiver: Receiver,
  { endpoints }: Scenario,
  perSecond: number,
): Promise<number[]> {
  await receiver.ask({ kind: "reset" });
  await contender.start();
  const told = new Map<string, number>();
  const every = (1_000 * endpoints) / perSecond;
  const events = Math.round(FLOW_MS / every);
  const startedAt = preciseNow();
  for (let index = 0; index < events; index += 1) {
    const waitMs = startedAt + index * every - preciseNow();
    if (waitMs > 0) await delay(waitMs);
    const at = preciseNow();
    for (const delivery of await contender.tell()) told.set(delivery, at);
  }
  await receiver.ask({ kind: "wait", count: told.size });
  await contender.stop();
  const { report } = await receiver.ask({ kind: "report" });
  const tail = (report?.first ?? []).slice(Math.floor(told.size / 10));
  return tail.map(([delivery, at]) => at - (told.get(delivery) ?? Number.NaN));
}

async function drainBoth(
  round: number,
  engine: Contender,
  bare: Contender,
  receiver: Receiver,
  scenario: Scenario,
): Promise<{ engine: Drained; bare: Drained }> {
  const drainOne = async (contender: Contender): Promise<Drained> =>
    await drain(contender, receiver, scenario);
  // Which goes first alternates.
  if (round % 2 === 0) return { engine: await drainOne(engine), bare: await drainOne(bare) };
  const other = await drainOne(bare);
  return { engine: await drainOne(engine), bare: other };
}

/** Whether the goals are met, by the medians of the ratios. */
function printDrained(
  { endpoints, concurrency, goal }: Scenario,
  rounds: readonly { engine: Drained; bare: Drained }[],
): boolean {
  console.log(`${endpoints} × ${concurrency / endpoints}`);
  for (const of of ["engine", "bare"] as const) {
    const perSecond = median(rounds.map((round) => round[of].perSecond));
    const cpuUs = median(rounds.map((round) => round[of].cpuUs));
    console.log(
      `  ${of.padEnd(8)} ${Math.round(perSecond).toLocaleString("en").padStart(6)}/s  ${cpuUs.toFixed(0).padStart(4)} µs of CPU each`,
    );
  }
  const ratios = rounds.map(({ engine, bare }) => engine.perSecond / bare.perSecond);
  const cpuRatios = rounds.map(({ engine, bare }) => engine.cpuUs / bare.cpuUs);
  const met = median(ratios) >= goal && median(cpuRatios) <= CPU_GOAL;
  console.log(
    `  engine / bare: ${spread(ratios)}, goal ${goal}; CPU ${spread(cpuRatios)}, goal ${CPU_GOAL}: ${met ? "met" : "missed"}`,
  );
  return met;
}

function printFlow(name: string, latencies: readonly number[]): void {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(latencies, share).toFixed(1).padStart(7));
  console.log(`    ${name.padEnd(8)} p50 ${p50}  p95 ${p95}  p99 ${p99} ms`);
}

async function measure(scenario: Scenario, receiver: Receiver, url: string): Promise<boolean> {
  const stack = createReleaseStack();
  try {
    const opened = await createEngine(stack, scenario, url);
    const { engine } = opened;
    const bare = await createBare(stack, scenario, url, opened);
    const rounds: { engine: Drained; bare: Drained }[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round += 1)
      rounds.push(await drainBoth(round, engine, bare, receiver, scenario));
    const met = printDrained(scenario, rounds.slice(WARM_UP));
    for (const rate of FLOW_MS > 0 ? FLOWS : []) {
      console.log(`  ${rate} deliveries a second, commit to 200:`);
      printFlow("engine", await flow(engine, receiver, scenario, rate));
      printFlow("bare", await flow(bare, receiver, scenario, rate));
    }
    return met;
  } finally {
    await stack[Symbol.asyncDispose]();
  }
}

const only = process.argv[2];
const names = SCENARIOS.map(({ endpoints, concurrency }) => `${endpoints}x${concurrency}`);
if (only && !names.includes(only))
  throw new Error(`there is no scenario ${only}: use one of ${names.join(", ")}`);
await using receiver = startChild<ReceiverRequest, ReceiverAnswer>("receiver-process");
const { ports } = await receiver.ask({ kind: "listen" });
printMachine();
console.log(
  `${DELIVERIES.toLocaleString("en")} deliveries a round, ${ROUNDS} rounds, ${PROCESSES} of each: median (least to most)`,
);
let allMet = true;
for (const scenario of SCENARIOS) {
  if (only && only !== `${scenario.endpoints}x${scenario.concurrency}`) continue;
  if (!(await measure(scenario, receiver, `http://127.0.0.1:${ports?.healthy ?? 0}`))) allMet = false;
}
console.log(`goals: ${allMet ? "met" : "missed"}`);
if (!allMet) process.exitCode = 1;
