/*
 * What it costs to say no: requests of the largest size that the API refuses, against one that it carries out. Exit code 1
 * when one takes 100 ms of CPU. See bench/README.md.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

import { startApi } from "../test/support/api-harness.ts";
import { HOSTILE_REQUESTS } from "../test/support/hostile-requests.ts";
import { startBenchRedis } from "./support/bench-redis.ts";
import { median } from "./support/figures.ts";
import { printMachine } from "./support/machine.ts";

const ROUNDS = 15;
const GOAL_MS = 100;

printMachine();
await using server = await startBenchRedis();
await using api = await startApi({ address: { socketPath: server.socketPath }, prefix: "bench" });
const me = await cost("GET", "/v1/me", undefined);
console.log(`GET /v1/me, for comparison: ${me.cpuMs.toFixed(1)} ms of CPU\n`);
console.log(
  "refused                             CPU stands still     asked  answered   (caller and service, one process)",
);
let worst = 0;
for (const [what, method, path, body] of HOSTILE_REQUESTS) {
  const { cpuMs, stillMs, asked, answered } = await cost(method, path, body);
  worst = Math.max(worst, cpuMs);
  const bytes = `${String(asked).padStart(7)} B ${String(answered).padStart(7)} B`;
  console.log(
    `${what.padEnd(32)} ${cpuMs.toFixed(1).padStart(6)} ms ${stillMs.toFixed(1).padStart(9)} ms ${bytes}`,
  );
}
console.log(`\nworst ≤ ${GOAL_MS} ms: ${worst <= GOAL_MS ? "met" : "missed"}`);
process.exitCode = worst <= GOAL_MS ? 0 : 1;

async function cost(
  method: string,
  path: string,
  body: unknown,
): Promise<{ cpuMs: number; stillMs: number; asked: number; answered: number }> {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const given = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const took: number[] = [];
  const still: number[] = [];
  let answered = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    const before = process.cpuUsage();
    const { text } = await api.ask(method, path, { ...given, headers });
    const { user, system } = process.cpuUsage(before);
    took.push((user + system) / 1_000);
    delays.disable();
    still.push(delays.max / 1e6);
    answered = text.length;
  }
  return {
    cpuMs: median(took),
    stillMs: median(still),
    asked: path.length + (given.body?.length ?? 0),
    answered,
  };
}
