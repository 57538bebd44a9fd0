/**
 * 100 endpoints with a steady flow, one of which is in trouble: it takes the call and never answers, refuses connections, or
 * answers after 14.9 s. How long the other 99 wait for theirs (before the commit to their 200), against a service all of
 * whose endpoints are well. The four services run at the same time, each with a process and a Redis of its own, so that
 * whatever else the machine does slows all of them alike. Goal: 95th percentile at most 1.2 times.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { createReleaseStack } from "../src/shared/release-stack.ts";
import { createEventSource } from "./support/bench-events.ts";
import { startBenchRedis } from "./support/bench-redis.ts";
import { type Child, startChild } from "./support/child.ts";
import { openBench, writeConfig } from "./support/delivery-setup.ts";
import type { DispatchAnswer, DispatchRequest } from "./support/dispatch-process.ts";
import { median, preciseNow, quantile, spread } from "./support/figures.ts";
import { printMachine } from "./support/machine.ts";
import type { ReceiverAnswer, ReceiverRequest } from "./support/receiver-process.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5);
const FLOW_MS = Number(process.env["BENCH_FLOW_MS"] ?? 20_000);
/** Begins the trouble's backlog and teaches the compiler; not counted. */
const WARM_UP_MS = 5_000;
/** For each endpoint. */
const EVENTS_PER_SECOND = Number(process.env["BENCH_RATE"] ?? 0.25);
const ENDPOINTS = 100;
const ACCOUNTS = ["northside", "southside", "eastside", "westside"];
const GOAL = 1.2;
const TROUBLES = ["none", "silent", "refused", "late"] as const;
type Trouble = (typeof TROUBLES)[number];

interface Ports {
  readonly healthy: number;
  readonly silent: number;
  readonly late: number;
  readonly refused: number;
}

/** One that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

function endpointsOf(trouble: Trouble, ports: Ports): Parameters<typeof writeConfig>[1] {
  return Object.fromEntries(
    Array.from({ length: ENDPOINTS }, (_, index) => {
      const port = index > 0 || trouble === "none" ? ports.healthy : ports[trouble];
      const account = ACCOUNTS[index % ACCOUNTS.length] ?? "";
      return [`e${index}`, { url: `http://127.0.0.1:${port}/e${index}`, accounts: [account] }];
    }),
  );
}

type Receiver = Child<ReceiverRequest, ReceiverAnswer>;

/** A service and its receiver; resolves to the latencies of the 99, ms. @param offset in [0, 1): its place in the beat */
async function run(trouble: Trouble, offset: number): Promise<number[]> {
  const stack = createReleaseStack();
  try {
    const receiver: Receiver = stack.use(startChild<ReceiverRequest, ReceiverAnswer>("receiver-process"));
    const { ports } = await receiver.ask({ kind: "listen" });
    if (!ports) throw new Error("the receiver does not listen");
    const { socketPath } = stack.use(await startBenchRedis());
    const written = writeConfig(ACCOUNTS, endpointsOf(trouble, { ...ports, refused: await closedPort() }));
    const base = await openBench(stack, written, socketPath);
    const sources = await Promise.all(
      ACCOUNTS.map(async (account) => await createEventSource(base, account)),
    );
    const child = stack.use(startChild<DispatchRequest, DispatchAnswer>("dispatch-process"));
    await child.ask({ kind: "open", written, socketPath });
    await child.ask({ kind: "start" });
    const committedAt = new Map<string, number>();
    // What comes for the first endpoint while it is well: awaited, not counted.
    let ownWell = 0;
    const everyMs = 1_000 / EVENTS_PER_SECOND / ACCOUNTS.length;
    const startedAt = preciseNow() + offset * everyMs;
    for (let index = 0; index * everyMs < WARM_UP_MS + FLOW_MS; index += 1) {
      await delay(Math.max(0, startedAt + index * everyMs - preciseNow()));
      const place = index % ACCOUNTS.length;
      const at = preciseNow();
      const events = (await sources[place]?.commit(1)) ?? [];
      await base.queues.addRoute({ account: ACCOUNTS[place] ?? "" });
      for (let endpoint = place; endpoint < ENDPOINTS; endpoint += ACCOUNTS.length) {
        if (endpoint === 0) ownWell += trouble === "none" ? events.length : 0;
        else for (const { id } of events) committedAt.set(`/e${endpoint} ${id}`, at);
      }
    }
    await receiver.ask({ kind: "wait", count: committedAt.size + ownWell });
    return await latenciesOf(receiver, committedAt, startedAt + WARM_UP_MS);
  } finally {
    await stack[Symbol.asyncDispose]();
  }
}

/** Of those that were committed from `since` on. */
async function latenciesOf(
  receiver: Receiver,
  committedAt: ReadonlyMap<string, number>,
  since: number,
): Promise<number[]> {
  const { report } = await receiver.ask({ kind: "report" });
  const arrived = new Map(report?.first);
  return [...committedAt].flatMap(([delivery, from]) => {
    const at = arrived.get(delivery);
    if (at === undefined) throw new Error(`${delivery} has not come`);
    return from < since ? [] : [at - from];
  });
}

printMachine();
console.log(
  `4 services of ${ENDPOINTS} endpoints at once, ${EVENTS_PER_SECOND} events a second each, ${FLOW_MS / 1_000} s, ${ROUNDS} rounds`,
);
const p50s: Record<Trouble, number[]> = { none: [], silent: [], refused: [], late: [] };
const p95s: Record<Trouble, number[]> = { none: [], silent: [], refused: [], late: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  const runs = TROUBLES.map(async (trouble, index) => {
    const offset = ((index + round) % TROUBLES.length) / TROUBLES.length;
    const latencies = await run(trouble, offset);
    p50s[trouble].push(median(latencies));
    p95s[trouble].push(quantile(latencies, 0.95));
  });
  await Promise.all(runs);
}
let worst = 0;
console.log(`all well       p50 ${spread(p50s.none, 1)}  p95 ${spread(p95s.none, 1)} ms`);
for (const trouble of TROUBLES.slice(1)) {
  const ratios = p95s[trouble].map((p95, round) => p95 / (p95s.none[round] ?? Number.NaN));
  worst = Math.max(worst, median(ratios));
  console.log(
    `one ${trouble.padEnd(10)} p50 ${spread(p50s[trouble], 1)}  p95 ${spread(p95s[trouble], 1)} ms, ratio ${spread(ratios)}`,
  );
}
console.log(`worst ratio ${worst.toFixed(2)}, goal ${GOAL}: ${worst <= GOAL ? "met" : "missed"}`);
if (worst > GOAL) process.exitCode = 1;
