/*
 * The dashboard's home page in a real browser, over a small installation and a large one: what the first load costs, and
 * each refresh. See bench/README.md.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, BrowserContext, CDPSession } from "playwright-core";

import { startApp } from "../src/app/app.ts";
import type { Base } from "../src/admin/base.ts";
import { createLogger } from "../src/shared/logger.ts";
import { RESOURCE_NAMES } from "../src/resources/registry.ts";
import { createReleaseStack } from "../src/shared/release-stack.ts";
import { startHistoryRecorder } from "../src/store/history/history-recorder.ts";
import { launchChromium } from "../test/support/chromium.ts";
import { startBenchRedis } from "./support/bench-redis.ts";
import { openBench, writeConfig } from "./support/delivery-setup.ts";
import { median, spread } from "./support/figures.ts";
import { printMachine } from "./support/machine.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 9);
/** Long enough for several refreshes: the home page asks every 2.5 s. */
const WATCH_MS = 20_000;
/** `all`: every account reads everything. */
const SETTINGS = process.argv[2] === "all" ? { account: { resources: "all" } } : {};
const KINDS = process.argv[2] === "all" ? RESOURCE_NAMES.length : 4;
const WORLDS = [
  { name: "small", accounts: 2, endpoints: 4 },
  { name: "large", accounts: 1_000, endpoints: 200 },
];

/** Counts what a visitor feels: when the verdict and every card are there, and what kept the page from answering. */
const WATCHER = `
  window.watched = { contentMs: undefined, longTasks: [] };
  new PerformanceObserver((list) => {
    for (const { duration, startTime } of list.getEntries()) watched.longTasks.push({ duration, startTime });
  }).observe({ type: "longtask", buffered: true });
  new MutationObserver((_changes, observer) => {
    const main = document.querySelector("main");
    if (!main?.querySelector("h1") || !main.querySelector("h2") || /Reading [^…]* …/.test(main.innerText)) return;
    watched.contentMs = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true, characterData: true });
`;

interface Load {
  readonly contentMs: number;
  readonly requests: number;
  readonly bytes: number;
  readonly longTasks: readonly number[];
}

printMachine();
const folder = await mkdtemp(join(tmpdir(), "cw-dashboard-"));
execFileSync(process.execPath, ["scripts/build-dashboard.mjs", "--out", folder], { stdio: "inherit" });
const browser = await launchChromium();
console.log(`Chromium ${browser.version()}, ${ROUNDS} loads, median (least to most)`);
try {
  for (const world of WORLDS) await measureWorld(world);
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}

async function measureWorld({ name, accounts, endpoints }: (typeof WORLDS)[number]): Promise<void> {
  console.log(`\n${name}: ${accounts} accounts × ${KINDS} resources, ${endpoints} endpoints`);
  await using server = await startBenchRedis();
  await using stack = createReleaseStack();
  const names = Array.from({ length: accounts }, (_, index) => `clinic-${index}`);
  const ids = Array.from({ length: endpoints }, (_, index) => `endpoint-${index}`);
  const written = writeConfig(
    names,
    Object.fromEntries(ids.map((id) => [id, { url: `http://127.0.0.1:9/${id}` }])),
    SETTINGS,
  );
  const base = await openBench(stack, written, server.socketPath);
  await fill(base, names, ids);
  const config = { ...base.config, roles: ["ops"] as const, ops: { ...base.config.ops, port: 0 } };
  const redis = { socketPath: server.socketPath };
  const logger = createLogger("silent");
  await using app = await startApp({ config, logger, redis, dashboardFolder: folder });
  const { secret } = await base.tokens.create({ name: "bench", role: "viewer", sensitive: false });
  const url = app.opsUrl ?? "";

  await measureMetrics(url, secret);
  await measureLoad(url, secret); // not counted: the service's own first answers
  const first: Load[] = [];
  for (let round = 0; round < ROUNDS; round += 1) first.push(await measureLoad(url, secret));
  const again: Load[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    again.push(await measureLoad(url, secret, { isKnown: true }));
  printLoads("first load", first);
  printLoads("again, with the browser's cache", again);
  await measureRefresh(url, secret);
}

/** Everything is live, and the last two hours have something to plot: a third of the attempts failed. */
async function fill(
  { config, keys, redis }: Base,
  names: readonly string[],
  ids: readonly string[],
): Promise<void> {
  const now = Date.now();
  for (const { name, resources } of config.accounts) {
    const pipeline = redis.pipeline();
    for (const resource of resources) {
      pipeline.hset(keys.cursor(name, resource), "phase", "live", "watermark", Math.floor(now / 1_000));
    }
    const key = { state: "ok", since: 0, checkedAt: now, detail: "", keyHash: "0" };
    pipeline.hset(keys.connection(name), "key", JSON.stringify(key), "version", 1);
    await pipeline.exec();
  }
  for (let minute = 120; minute > 0; minute -= 1) {
    const at = now - minute * 60_000;
    await using recorder = startHistoryRecorder({ redis, keys, now: () => at, onTrouble: console.error });
    for (const [index, endpoint] of ids.entries()) {
      const account = names[index % names.length] ?? "";
      recorder.attemptEnded({
        endpoint,
        account,
        owned: false,
        delivered: index % 3 > 0,
        sinceHappenedMs: 9_000,
      });
    }
  }
}

async function openWindow(from: Browser, url: string, token: string): Promise<BrowserContext> {
  const context = await from.newContext({ viewport: { width: 1_440, height: 900 } });
  await context.addInitScript(WATCHER);
  const data = { token };
  const headers = { origin: url, "x-dashboard": "1" };
  const answer = await context.request.post(`${url}/ops/session`, { data, headers });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()}`);
  return context;
}

async function measureLoad(url: string, token: string, { isKnown = false } = {}): Promise<Load> {
  await using context = await openWindow(browser, url, token);
  const page = await context.newPage();
  if (isKnown) {
    await page.goto(`${url}/ops/`);
    await untilContent(async () => await page.evaluate<number | undefined>("watched.contentMs"));
    await page.goto("about:blank");
  }
  const wire = await countWire(await context.newCDPSession(page));
  await page.goto(`${url}/ops/`);
  const contentMs = await untilContent(
    async () => await page.evaluate<number | undefined>("watched.contentMs"),
  );
  const { requests, bytes } = wire();
  const longTasks = await page.evaluate<number[]>("watched.longTasks.map(({ duration }) => duration)");
  return { contentMs, requests, bytes, longTasks };
}

async function measureMetrics(url: string, token: string): Promise<void> {
  const takenMs: number[] = [];
  let text = "";
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
    takenMs.push(performance.now() - startedAt);
  }
  const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
  console.log(`  /metrics`);
  console.log(`    ${series} series, ${(text.length / 1_000).toFixed(0)} kB, ${spread(takenMs, 0)} ms`);
}

async function untilContent(look: () => Promise<number | undefined>): Promise<number> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
  }
}

async function countWire(session: CDPSession): Promise<() => Pick<Load, "requests" | "bytes">> {
  let requests = 0;
  let bytes = 0;
  session.on("Network.responseReceived", ({ response }) => {
    if (!response.fromDiskCache) requests += 1;
  });
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await session.send("Network.enable");
  return () => ({ requests, bytes });
}

function printLoads(what: string, loads: readonly Load[]): void {
  const bytes = median(loads.map((load) => load.bytes)) / 1_000;
  const requests = median(loads.map((load) => load.requests));
  const tasks = loads.map(({ longTasks }) => longTasks.reduce((sum, ms) => sum + ms, 0));
  console.log(`  ${what}`);
  console.log(
    `    to content   ${spread(
      loads.map(({ contentMs }) => contentMs),
      0,
    )} ms`,
  );
  console.log(`    on the wire  ${bytes.toFixed(0)} kB in ${requests} requests`);
  console.log(`    long tasks   ${spread(tasks, 0)} ms in all`);
}

/** An open page, left alone: what it asks, and what it keeps the browser busy with. */
async function measureRefresh(url: string, token: string): Promise<void> {
  await using context = await openWindow(browser, url, token);
  const page = await context.newPage();
  await page.goto(`${url}/ops/`);
  await untilContent(async () => await page.evaluate<number | undefined>("watched.contentMs"));
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable");
  const wire = await countWire(session);
  const answers: number[] = [];
  page.on("requestfinished", (request) => {
    if (request.url().endsWith("/v1/overview")) answers.push(request.timing().responseEnd);
  });
  const busyMs = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1_000;
  };
  const before = await busyMs();
  const from = await page.evaluate<number>("performance.now()");
  await new Promise((resolve) => {
    setTimeout(resolve, WATCH_MS);
  });
  const busy = (await busyMs()) - before;
  const longest = await page.evaluate<number>(
    `Math.max(0, ...watched.longTasks.filter(({ startTime }) => startTime > ${from}).map(({ duration }) => duration))`,
  );
  const { requests, bytes } = wire();
  console.log(`  left open, ${WATCH_MS / 1_000} s`);
  console.log(`    overview     ${answers.length} times, ${spread(answers, 0)} ms until its last byte`);
  console.log(`    on the wire  ${(bytes / 1_000).toFixed(0)} kB in ${requests} requests`);
  console.log(
    `    busy         ${((100 * busy) / WATCH_MS).toFixed(1)} % of the time, longest task ${longest.toFixed(0)} ms`,
  );
}
