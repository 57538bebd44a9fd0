/**
 * Two dispatch processes deliver what is being committed; one or the other is killed (SIGKILL) at random moments and started
 * again at once. Every wanted delivery must reach its 2xx, none may be invented, a repetition must have the same bytes, and
 * where order is asked for no event may come before an earlier one of its subject was accepted. With `failovers` Redis is a pair of
 * servers, which change places at random moments too.
 */
import { setTimeout as delay } from "node:timers/promises";

import build from "../test/support/build.ts";
import { type CrashPlan, crashRun } from "../test/support/crash-run.ts";
import { createReleaseStack } from "../src/shared/release-stack.ts";
import { startBenchRedis } from "./support/bench-redis.ts";
import { printMachine } from "./support/machine.ts";
import { type RedisPair, startRedisPair } from "./support/redis-pair.ts";

const KILLS = Number(process.env["BENCH_KILLS"] ?? 50);
/** Five endpoints want all, one wants half of them. */
const DELIVERIES = Number(process.env["BENCH_DELIVERIES"] ?? 20_000);
const NEVER = { with500: 0, with429: 0, silent: 0 };
const ALL = { events: ["*"], concurrency: 4, ordering: "none", answersAfterMs: 20, fails: NEVER } as const;

// What is killed is the real program.
build();
await using stack = createReleaseStack();
const given = process.argv.slice(2);
const pair = given.includes("failovers") ? await startRedisPair(stack) : undefined;
const server = stack.use(await startBenchRedis());
const seed = Number(given.find((argument) => /^\d+$/.test(argument)) ?? Date.now() % 1_000_000);
const plan: CrashPlan = {
  failsOver: pair !== undefined,
  address: pair ?? { socketPath: server.socketPath },
  prefix: "crash",
  subscribers: [
    { ...ALL, name: "crm" },
    { ...ALL, name: "ledger", ordering: "subject" },
    { ...ALL, name: "unsteady", fails: { with500: 0.05, with429: 0.01, silent: 0.001 } },
    { ...ALL, name: "stubborn", ordering: "subject", fails: { with500: 0.02, with429: 0.005, silent: 0 } },
    { ...ALL, name: "slow", answersAfterMs: 150, concurrency: 16 },
    { ...ALL, name: "patients", events: ["patient.*"] },
  ],
  events: Math.ceil(DELIVERIES / 5.5),
  kills: KILLS,
  everyMs: { least: 300, most: 4_000 },
  lockMs: 1_000,
  seed,
};
printMachine();
const startedAt = Date.now();
const running = crashRun(plan);
const failingOver = pair && failOver(pair, running);
const result = await running;
const failovers = await failingOver;
const seconds = (Date.now() - startedAt) / 1_000;
console.log(
  `${server.version}, seed ${seed}: ${result.kills} kills${failovers === undefined ? "" : ` and ${failovers} failovers`} in ${seconds.toFixed(0)} s`,
);
console.log(
  `${result.wanted.toLocaleString("en")} deliveries wanted, ${result.failed} first calls failed on purpose`,
);
console.log(`lost ${result.lost}, invented ${result.invented}, order violated ${result.orderedDisorders}`);
console.log(`repeated ${result.duplicates}, with other bytes ${result.changedBytes}`);
console.log(`out of order where order was not asked for: ${result.disorders - result.orderedDisorders}`);
const bad = result.lost + result.invented + result.orderedDisorders + result.changedBytes;
console.log(bad === 0 ? "goal met" : "goal missed");
if (bad > 0) process.exitCode = 1;

/** Every 2 to 6 s until the run has ended; resolves to how often. */
async function failOver({ failOver: change }: RedisPair, until: Promise<unknown>): Promise<number> {
  let hasEnded = false;
  const end = (): void => {
    hasEnded = true;
  };
  until.then(end, end);
  for (let count = 0; ; count += 1) {
    await Promise.race([delay(2_000 + Math.random() * 4_000), until]);
    if (hasEnded) return count;
    await change();
  }
}
