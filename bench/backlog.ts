/**
 * A receiver was down, and 100,000 deliveries wait for it. How long it takes to bring them, how much memory the dispatch
 * process takes at most (goal: 200 MB) and how much Redis holds for each, waiting and delivered. Linux only: /proc.
 */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { reEnable } from "../src/dispatch/worker/re-enable.ts";
import { createReleaseStack } from "../src/shared/release-stack.ts";
import { PENDING_STATES } from "../src/store/outbox/delivery-state.ts";
import { closedPort } from "../test/support/local-servers.ts";
import { createEventSource } from "./support/bench-events.ts";
import { startBenchRedis, usedMemory } from "./support/bench-redis.ts";
import { startChild } from "./support/child.ts";
import { openBench, writeConfig } from "./support/delivery-setup.ts";
import type { DispatchAnswer, DispatchRequest } from "./support/dispatch-process.ts";
import { preciseNow } from "./support/figures.ts";
import { printMachine } from "./support/machine.ts";
import type { ReceiverAnswer, ReceiverRequest } from "./support/receiver-process.ts";

const COUNT = Number(process.env["BENCH_DELIVERIES"] ?? 100_000);
const BATCH = 10_000;
const ACCOUNT = "northside";
const ENDPOINT = "crm";
const GOAL_MB = 200;

/** The most that a process has had in memory since it began. */
function peakMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}

const stack = createReleaseStack();
try {
  const server = stack.use(await startBenchRedis());
  const port = await closedPort();
  const written = writeConfig([ACCOUNT], {
    [ENDPOINT]: { url: `http://127.0.0.1:${port}/`, concurrency: 16 },
  });
  const base = await openBench(stack, written, server.socketPath);
  const pending = async (): Promise<number> => {
    const { byState } = await base.deliveries.counts(ENDPOINT);
    return PENDING_STATES.reduce((sum, state) => sum + byState[state], 0);
  };
  printMachine();
  const source = await createEventSource(base, ACCOUNT);
  for (let made = 0; made < COUNT; made += BATCH) await source.commit(Math.min(BATCH, COUNT - made));
  const committedBytes = await usedMemory(server.redis);

  const child = stack.use(startChild<DispatchRequest, DispatchAnswer>("dispatch-process"));
  await child.ask({ kind: "open", written, socketPath: server.socketPath });
  const routedFrom = preciseNow();
  await child.ask({ kind: "start" });
  while ((await pending()) < COUNT) await delay(50);
  const routedMs = preciseNow() - routedFrom;
  // The circuit is open by then: it has called, and nobody was there.
  while (!/"state":"(open|half_open)"/.test((await base.outbox.readHealth(ENDPOINT)) ?? "")) await delay(50);
  const waitingBytes = await usedMemory(server.redis);
  console.log(
    `${server.version}, ${COUNT.toLocaleString("en")} deliveries wait for one endpoint, 16 at a time`,
  );

  const receiver = stack.use(startChild<ReceiverRequest, ReceiverAnswer>("receiver-process"));
  await receiver.ask({ kind: "listen", port });
  const [endpoint] = await base.endpoints.list();
  if (!endpoint) throw new Error("there is no endpoint");
  const startedAt = preciseNow();
  // As a passing test does.
  const wake = async (id: string): Promise<void> => await base.queues.wakeDelivery({ endpoint: id });
  await reEnable(
    { outbox: base.outbox, onStep: async () => undefined, wake, now: base.now },
    endpoint,
    "test_passed",
  );
  const { reachedAt = Number.NaN } = await receiver.ask({ kind: "wait", count: COUNT });
  const seconds = (reachedAt - startedAt) / 1_000;
  while ((await pending()) > 0) await delay(50);
  const megabytes = peakMb(child.pid);
  const peakRedis = Number(/^used_memory_peak:(\d+)/m.exec(await server.redis.info("memory"))?.[1]);
  const deliveredBytes = await usedMemory(server.redis);
  const { report } = await receiver.ask({ kind: "report" });

  const each = (bytes: number): string => `${((bytes - committedBytes) / COUNT).toFixed(0)} B`;
  const mb = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MB`;
  console.log(`handed to the endpoint in ${(routedMs / 1_000).toFixed(1)} s`);
  console.log(
    `drained in ${seconds.toFixed(1)} s, ${Math.round(COUNT / seconds).toLocaleString("en")}/s, ${report?.repeated} repeated`,
  );
  console.log(`dispatch process: at most ${megabytes.toFixed(0)} MB, goal ${GOAL_MB}`);
  console.log(
    `Redis: ${mb(committedBytes)} events alone, ${mb(waitingBytes)} waiting, ${mb(deliveredBytes)} delivered, peak ${mb(peakRedis)}`,
  );
  console.log(
    `each beside its event: ${each(waitingBytes)} waiting, ${each(deliveredBytes)} delivered (event ${(committedBytes / COUNT).toFixed(0)} B)`,
  );
  console.log(megabytes <= GOAL_MB ? "goal met" : "goal missed");
  if (megabytes > GOAL_MB) process.exitCode = 1;
} finally {
  await stack[Symbol.asyncDispose]();
}
