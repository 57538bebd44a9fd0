/**
 * Deliveries a second of the real engine (committed events, routed, guarded, signed, attempts logged, health kept) against a
 * bare BullMQ worker that has the body in its job, signs it with the same code and posts it. Same run, same events of 1 kB,
 * same receiver, same concurrency, a Redis each. Goal: at least 0.8 of the bare one. Then both in steady flow: how long from
 * before the commit to the receiver's 200.
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
const GOAL = 0.8;
const ACCOUNT = "northside";

/** `concurrency` over all endpoints. */
interface Scenario {
  readonly endpoints: number;
  readonly concurrency: number;
}

const SCENARIOS: readonly Scenario[] = [
  { endpoints: 1, concurrency: 16 },
  { endpoints: 1, concurrency: 64 },
  { endpoints: 8, concurrency: 16 },
  { endpoints: 8, concurrency: 64 },
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
  const child = stack.use(startChild<DispatchRequest, DispatchAnswer>("dispatch-process"));
  await child.ask({ kind: "open", written, socketPath: server.socketPath });
  const engine: Contender = {
    async pile(deliveries) {
      await source.commit(deliveries / names.length);
    },
    async start() {
      await child.ask({ kind: "start" });
    },
    async stop() {
      return (await child.ask({ kind: "stop" })).cpuMs;
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
  const child = stack.use(startChild<BareRequest, DispatchAnswer>("bare-process"));
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
      await child.ask({ kind: "start", socketPath, concurrency, keys });
    },
    async stop() {
      return (await child.ask({ kind: "stop" })).cpuMs;
    },
    async tell() {
      const events = source.invent(1);
      await queue.addBulk(events.flatMap(jobsOf));
      return events.flatMap(({ id }) => Array.from({ length: endpoints }, (_, index) => `/e${index} ${id}`));
    },
  };
}

interface Drained {
  /** Deliveries, from the start of the workers to the last 200. */
  readonly perSecond: number;
  /** CPU time of the delivering process for each. */
  readonly cpuUs: number;
}

async function drain(contender: Contender, receiver: Receiver): Promise<Drained> {
  await contender.pile(DELIVERIES);
  await receiver.ask({ kind: "reset" });
  const done = receiver.ask({ kind: "wait", count: DELIVERIES });
  const startedAt = preciseNow();
  await contender.start();
  const { reachedAt = Number.NaN } = await done;
  const cpuMs = await contender.stop();
  const { report } = await receiver.ask({ kind: "report" });
  if (report?.first.length !== DELIVERIES || report.repeated > 0) throw new Error("lost or repeated");
  return {
    perSecond: (DELIVERIES * 1_000) / (reachedAt - startedAt),
    cpuUs: (cpuMs * 1_000) / DELIVERIES,
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
): Promise<{ engine: Drained; bare: Drained }> {
  // Which goes first alternates.
  if (round % 2 === 0) return { engine: await drain(engine, receiver), bare: await drain(bare, receiver) };
  const other = await drain(bare, receiver);
  return { engine: await drain(engine, receiver), bare: other };
}

/** The median of the ratios. */
function printDrained(
  { endpoints, concurrency }: Scenario,
  rounds: readonly { engine: Drained; bare: Drained }[],
): number {
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
  console.log(`  engine / bare: ${spread(ratios)}; CPU ${spread(cpuRatios)}`);
  return median(ratios);
}

function printFlow(name: string, latencies: readonly number[]): void {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(latencies, share).toFixed(1).padStart(7));
  console.log(`    ${name.padEnd(8)} p50 ${p50}  p95 ${p95}  p99 ${p99} ms`);
}

async function measure(scenario: Scenario, receiver: Receiver, url: string): Promise<number> {
  const stack = createReleaseStack();
  try {
    const opened = await createEngine(stack, scenario, url);
    const { engine } = opened;
    const bare = await createBare(stack, scenario, url, opened);
    const rounds: { engine: Drained; bare: Drained }[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round += 1)
      rounds.push(await drainBoth(round, engine, bare, receiver));
    const ratio = printDrained(scenario, rounds.slice(WARM_UP));
    for (const rate of FLOW_MS > 0 ? FLOWS : []) {
      console.log(`  ${rate} deliveries a second, commit to 200:`);
      printFlow("engine", await flow(engine, receiver, scenario, rate));
      printFlow("bare", await flow(bare, receiver, scenario, rate));
    }
    return ratio;
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
  `${DELIVERIES.toLocaleString("en")} deliveries a round, ${ROUNDS} rounds: median (least to most)`,
);
let least = Infinity;
for (const scenario of SCENARIOS) {
  if (only && only !== `${scenario.endpoints}x${scenario.concurrency}`) continue;
  least = Math.min(least, await measure(scenario, receiver, `http://127.0.0.1:${ports?.healthy ?? 0}`));
}
console.log(`least ratio ${least.toFixed(2)}, goal ${GOAL}: ${least >= GOAL ? "met" : "missed"}`);
if (least < GOAL) process.exitCode = 1;
