/*
 * What it costs the service when callers without a token ask for its largest open answer as often as they can and read
 * nothing. Exit code 1 when 200 such sockets take more than 64 MB. See bench/README.md.
 */
import { setTimeout as delay } from "node:timers/promises";

import { openUnread, requestLine } from "../test/support/unread-socket.ts";
import { startBenchRedis } from "./support/bench-redis.ts";
import { startChild } from "./support/child.ts";
import { printMachine } from "./support/machine.ts";
import type { OpsAnswer, OpsRequest } from "./support/ops-process.ts";

const MB = 1_000_000;
const GOAL_BYTES = 64 * MB;
/** Longer than the service waits for a reader. */
const WATCHED_MS = 30_000;
/** As many as may be sent ahead, and more: what ends a connection at once. */
const AHEAD = [32, 120, 1_000];

printMachine();
await using redis = await startBenchRedis();
await using service = startChild<OpsRequest, OpsAnswer>("ops-process");
const { url } = await service.ask({ kind: "start", socketPath: redis.socketPath });
// Made once, in each form, before it is measured.
const sizes = await Promise.all(["identity", "gzip", "br"].map(sizeOf));
console.log(`the document: ${sizes.join(" · ")}\n`);
console.log("unread sockets  requests each       before   at most    grown");
let worst = 0;
for (const ahead of AHEAD) {
  for (const count of [10, 200]) {
    await delay(1_000);
    const before = (await service.ask({ kind: "look" }), await service.ask({ kind: "look" })).rssBytes;
    const callers = Array.from({ length: count }, () => openUnread(url));
    for (const { socket } of callers) socket.write(requestLine("GET", "/v1/openapi.json").repeat(ahead));
    await delay(WATCHED_MS);
    const { rssBytes } = await service.ask({ kind: "look" });
    for (const caller of callers) caller[Symbol.dispose]();
    const grown = rssBytes - before;
    worst = Math.max(worst, grown);
    const figures = [before, rssBytes, grown].map((bytes) => `${(bytes / MB).toFixed(1)} MB`.padStart(9));
    console.log(`${String(count).padStart(14)}  ${String(ahead).padStart(13)}    ${figures.join(" ")}`);
  }
}
console.log(`\nworst ≤ ${GOAL_BYTES / MB} MB: ${worst <= GOAL_BYTES ? "met" : "missed"}`);
process.exitCode = worst <= GOAL_BYTES ? 0 : 1;

async function sizeOf(encoding: string): Promise<string> {
  const { headers } = await fetch(`${url}/v1/openapi.json`, { headers: { "accept-encoding": encoding } });
  return `${encoding} ${headers.get("content-length")} B`;
}
