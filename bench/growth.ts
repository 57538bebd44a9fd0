/*
 * How much one hostile subscriber leaves behind in Redis, doing as often as it may whatever leaves something. See bench/README.md.
 */
import { setTimeout as delay } from "node:timers/promises";

import { MOST_KEPT_BYTES } from "../src/store/access/kept-bytes.ts";
import { type Answer, startApi } from "../test/support/api-harness.ts";
import { startBenchRedis, usedMemory } from "./support/bench-redis.ts";
import { printMachine } from "./support/machine.ts";

const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 60);
const AT_ONCE = 16;
const MB = 1_000_000;
const HOUR_SECONDS = 3_600;
/** As large as settings may be. */
const HOOK = {
  url: "https://crm.example.com/hooks",
  events: ["*"],
  accounts: ["northside"],
  description: "x".repeat(200),
};

printMachine();
await using server = await startBenchRedis();
await using api = await startApi({ address: { socketPath: server.socketPath }, prefix: "bench" });
const { secret, token } = await api.base.tokens.create({
  ...{ name: "a hostile one", role: "subscriber", subscriber: "crm" },
  ...{ accounts: ["northside"], sensitive: false },
});
const kept = String((await ask("POST", "/v1/endpoints", HOOK)).body["id"]);
/** Every way of leaving something: tests say that there is no other (test/integration/ops/kept-bytes.test.ts). */
const acts: readonly ((n: number) => Promise<readonly Answer[]>)[] = [
  async (n) => {
    const made = await ask("POST", "/v1/endpoints", HOOK, `create-${n}`);
    return [made, await ask("DELETE", `/v1/endpoints/${String(made.body["id"])}`)];
  },
  async (n) => [
    await ask("PATCH", `/v1/endpoints/${kept}`, { payload: n % 2 === 0 ? "ids" : "full" }, `change-${n}`),
  ],
  async () => [
    await ask("POST", `/v1/endpoints/${kept}/pause`),
    await ask("POST", `/v1/endpoints/${kept}/enable`),
  ],
  async (n) => [await ask("POST", `/v1/endpoints/${kept}/rotate`, { overlap_seconds: 3_600 }, `rotate-${n}`)],
  async (n) => [
    await ask(
      "POST",
      `/v1/endpoints/${kept}/recoveries`,
      { types: Array.from({ length: 100 }, () => "patient.created") },
      `recover-${n}`,
    ),
  ],
  async () => [await ask("POST", "/v1/sign-in-links")],
];
const before = await usedMemory(server.redis);
const statuses = new Map<number, number>();
const until = performance.now() + SECONDS * 1_000;
let n = 0;
const run = async (): Promise<void> => {
  while (performance.now() < until) {
    n += 1;
    for (const { status } of (await acts[n % acts.length]?.(n)) ?? [])
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, run));
await delay(1_000);
const grown = (await usedMemory(server.redis)) - before;
const hours = await server.redis.hvals(api.base.keys.kept(token.id));
const charged = hours.reduce((sum, bytes) => sum + Number(bytes), 0);
const rate = (grown / SECONDS) * HOUR_SECONDS;
// What is charged ends at its limit; what it takes in Redis is as much for each byte that is charged.
const most = (grown / charged) * MOST_KEPT_BYTES;
console.log(`${SECONDS} s, ${AT_ONCE} at once`);
console.log(
  `  ${[...statuses]
    .toSorted(([left], [right]) => left - right)
    .map(([status, count]) => `${count} × ${status}`)
    .join(", ")}`,
);
console.log(
  `  Redis grew by ${(grown / MB).toFixed(2)} MB; charged to the token ${(charged / MB).toFixed(2)} MB of ${(MOST_KEPT_BYTES / MB).toFixed(2)}`,
);
console.log(
  `  in an hour, and in a day: ${(Math.min(rate, most) / MB).toFixed(1)} MB (${(rate / MB).toFixed(1)} MB if nothing held it), ${(most / MB).toFixed(1)} MB`,
);

async function ask(method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
  return await api.ask(method, path, {
    token: secret,
    ...(body === undefined ? {} : { body }),
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
}
