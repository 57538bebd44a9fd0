/*
 * What it takes to find something in a long log, and what goes on when those who asked have left. See bench/README.md.
 */
import { request } from "node:http";

import { OPS_TOKEN, startApi } from "../test/support/api-harness.ts";
import { eventOf } from "../test/support/stored-things.ts";
import { startBenchRedis, usedMemory } from "./support/bench-redis.ts";
import { median } from "./support/figures.ts";
import { printMachine } from "./support/machine.ts";

const EVENTS = Number(process.env["BENCH_EVENTS"] ?? 120_000);
const ROUNDS = 5;
/** Events of one record: an appointment is made, moved and attended. */
const PER_RECORD = 3;
const LEAVING = 96;

printMachine();
await using server = await startBenchRedis();
await using api = await startApi({ address: { socketPath: server.socketPath }, prefix: "bench" });
const { base } = api;

const before = await usedMemory(server.redis);
for (let from = 0; from < EVENTS; from += 500) {
  await Promise.all(
    Array.from({ length: Math.min(500, EVENTS - from) }, async (_, at) => {
      const number = from + at;
      const id = `evt_${String(number).padStart(24, "0")}`;
      const subject = {
        type: "appointment",
        id: `13907262372986${String(number % (EVENTS / PER_RECORD)).padStart(5, "0")}`,
      };
      await base.log.append(eventOf({ id, subject }));
    }),
  );
}
const each = ((await usedMemory(server.redis)) - before) / EVENTS;
console.log(
  `${EVENTS.toLocaleString("en")} events, ${each.toFixed(0)} B each in Redis (bodies, log and index)\n`,
);

const RECORD = "1390726237298600007";
await time("unknown event id", "GET", "/v1/events/evt_unknown00000000000000001");
await time("the oldest event", "GET", `/v1/events/evt_${"0".repeat(24)}`);
await time("a record's timeline", "GET", `/v1/accounts/northside/records/appointment/${RECORD}/timeline`);
await time("an explanation", "GET", `/v1/accounts/northside/records/appointment/${RECORD}/explain`);
await time("a record's events", "GET", `/v1/events?subject=appointment&subject_id=${RECORD}`);
await time("a type that never was", "GET", "/v1/events?types=patient.merged");
await time("a dry run", "POST", "/v1/dry-run", { events: ["*"] });
await time("a dry run with a condition", "POST", "/v1/dry-run", {
  events: ["*"],
  when: [{ field: "starts_at" }],
});

// Those who leave at once, and what still goes on for them: commands that Redis is asked in the time after.
const leaving = Array.from({ length: LEAVING }, async () => await askAndLeave());
await Promise.all(leaving);
const left = performance.now();
let [asked, quietSince] = [await xreads(), performance.now()];
while (performance.now() - quietSince < 500) {
  await api.ask("GET", "/v1/me").catch(() => undefined);
  const now = await xreads();
  if (now !== asked) quietSince = performance.now();
  asked = now;
}
console.log(
  `\n${LEAVING} dry runs, all left after 50 ms: the last look at the log was ${((quietSince - left) / 1_000).toFixed(2)} s later`,
);

async function time(what: string, method: string, path: string, body?: unknown): Promise<void> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    await api.ask(method, path, body === undefined ? {} : { body });
    took.push(performance.now() - started);
  }
  console.log(`${what.padEnd(28)} ${median(took).toFixed(1).padStart(9)} ms`);
}

async function askAndLeave(): Promise<void> {
  await new Promise<void>((resolve) => {
    const sent = request(`${api.url}/v1/dry-run`, {
      method: "POST",
      headers: { authorization: `Bearer ${OPS_TOKEN}`, "content-type": "application/json" },
    });
    sent.on("error", () => resolve());
    sent.on("response", (response) => {
      response.resume();
      response.on("end", () => resolve());
      response.on("error", () => resolve());
    });
    sent.end(JSON.stringify({ events: ["*"] }));
    setTimeout(() => sent.destroy(), 50);
  });
}

async function xreads(): Promise<number> {
  const info = await server.redis.info("commandstats");
  return Number(/cmdstat_xrevrange:calls=(\d+)/.exec(info)?.[1] ?? 0);
}
