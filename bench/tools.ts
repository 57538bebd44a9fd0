/**
 * The tools that people already use, as they install them: our part from its tarball, deployed or activated, called while a
 * receptionist works, and killed (SIGKILL) at random moments. What the service told must have been worked off by the tool, each event
 * once at least. Installs the tool from npm into a folder, which it leaves there for the next run (BENCH_FOLDER).
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { setToolStage, type ToolStage } from "../test/support/tool-stage.ts";
import { closedPort } from "../test/support/local-servers.ts";
import { startBenchRedis } from "./support/bench-redis.ts";
import { printMachine } from "./support/machine.ts";
import { n8n } from "./support/n8n.ts";
import { nodeRed } from "./support/node-red.ts";
import { proveZapier } from "./support/zapier.ts";
import { npm } from "./support/tool-processes.ts";
import type { Tarballs, ToolPlace, ToolUnderTest } from "./support/tool-under-test.ts";

const TOOLS = { "node-red": nodeRed, n8n };
const MOVES = Number(process.env["BENCH_MOVES"] ?? 300);
const KILLS = Number(process.env["BENCH_KILLS"] ?? 3);
const FOLDER = process.env["BENCH_FOLDER"] ?? join(tmpdir(), "cliniko-webhooks-tools");
/** Each event is read by itself when the clinic is read between two moves. */
const BETWEEN_MOVES_MS = 120;
/** The third attempt is made after five minutes. */
const PATIENCE_MS = 600_000;
const FORGED = 10;
/** As the parts' own pages say. */
const SUBSCRIBER = { name: "tool", role: "subscriber", subscriber: "tool", accounts: ["northside"] };
const WITHDRAWN_MS = 60_000;

interface Page<Item> {
  readonly data: readonly Item[];
  readonly next: string | null;
}

interface Subscribed {
  readonly id: string;
  readonly url: string;
}

interface Told {
  readonly event: string;
  readonly state: string;
  readonly attempts: readonly { readonly status: number | null }[];
}

function pack(): Tarballs {
  const into = join(FOLDER, "tarballs");
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  npm(process.cwd(), ["pack", "--pack-destination", into]);
  npm(join(process.cwd(), "integrations/node-red"), ["pack", "--ignore-scripts", "--pack-destination", into]);
  const named = (prefix: string): string => {
    const file = readdirSync(into).find((name) => name.startsWith(prefix));
    if (!file) throw new Error(`npm pack made no ${prefix}…`);
    return join(into, file);
  };
  return {
    service: named("cliniko-webhooks-"),
    nodeRed: named("node-red-contrib-"),
  };
}

async function told(stage: ToolStage, endpoint: string): Promise<Told[]> {
  const all: Told[] = [];
  for (let cursor = ""; ;) {
    const page = await stage.ask<Page<Told>>("GET", `/endpoints/${endpoint}/deliveries?limit=100${cursor}`);
    all.push(...page.data);
    if (page.next === null) return all;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

async function prove(name: string, tool: ToolUnderTest, tarballs: Tarballs): Promise<boolean> {
  const folder = join(FOLDER, name);
  let startedAt = Date.now();
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    tool.install(folder);
    console.log(`${tool.name}: installed in ${seconds(startedAt)} s`);
  }
  tool.add(folder, tarballs);
  startedAt = Date.now();
  await using redis = await startBenchRedis();
  await using stage = await setToolStage({ socketPath: redis.socketPath }, "tools");
  const { token } = await stage.ask<{ token: string }>("POST", "/tokens", SUBSCRIBER);
  const service = { ...stage.service, token };
  const place: ToolPlace = { folder, port: await closedPort(), service };
  await using running = await tool.start(place);
  const subscribed = async (): Promise<Subscribed | undefined> =>
    (await stage.ask<Page<Subscribed>>("GET", "/endpoints")).data.find(({ url }) =>
      url.startsWith(running.url),
    );
  let endpoint: Subscribed | undefined;
  while (endpoint === undefined) {
    endpoint = await subscribed();
    await delay(200);
  }

  let kills = 0;
  const every = Math.floor(MOVES / (KILLS + 1));
  let crashing = Promise.resolve();
  for (let move = 1; move <= MOVES; move++) {
    stage.moveVisit(move);
    if (kills < KILLS && move % every === 0) {
      kills += 1;
      crashing = crashing.then(async () => await running.crash());
    }
    await delay(BETWEEN_MOVES_MS);
  }
  await crashing;
  await stage.harness.settled();
  let deliveries = await told(stage, endpoint.id);
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (deliveries.some(({ state }) => state !== "delivered") && Date.now() < giveUpAt) {
    await delay(1_000);
    deliveries = await told(stage, endpoint.id);
  }

  const offered = await running.offered();
  const forgedRefused = await forge(endpoint.url);
  await running.withdraw();
  const left = await endpointsLeft(stage, endpoint.url);
  const worked = tool.worked(place);
  const wanted = new Set(deliveries.map(({ event }) => event));
  const lost = [...wanted].filter((id) => !worked.includes(id));
  const invented = [...new Set(worked)].filter((id) => !wanted.has(id));
  const statuses = deliveries.flatMap(({ attempts }) => attempts.map(({ status }) => status));
  const refused = statuses.filter((status) => status === 401).length;
  console.log(
    `${tool.name}: ${MOVES} moves, ${wanted.size} events, ${kills} kills, ${statuses.length} callbacks sent in ${seconds(startedAt)} s`,
  );
  console.log(
    `  taken ${wanted.size}, refused as not verified ${refused}, worked off ${worked.length}, more than once ${worked.length - new Set(worked).size}, lost ${lost.length}, invented ${invented.length}`,
  );
  console.log(
    `  event types offered ${offered.length}, ${forgedRefused} of ${FORGED} forged refused, withdrawn: endpoints left ${left}`,
  );
  const isKept = lost.length === 0 && invented.length === 0 && refused === 0 && wanted.size > 0;
  return isKept && offered.includes("appointment.rescheduled") && forgedRefused === FORGED && left === 0;
}

/** n8n answers first and unpublishes then. */
async function endpointsLeft(stage: ToolStage, url: string): Promise<number> {
  const giveUpAt = Date.now() + WITHDRAWN_MS;
  for (;;) {
    const { length } = await stage.endpointsAt(url);
    if (length === 0 || Date.now() > giveUpAt) return length;
    await delay(200);
  }
}

/** Callbacks that anybody could have sent. Resolves to how many were answered with 401. */
async function forge(url: string): Promise<number> {
  let refused = 0;
  for (let turn = 0; turn < FORGED; turn += 1) {
    const id = `evt_forged${turn}`;
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(Date.now() / 1_000)),
      "webhook-signature": `v1a,${Buffer.alloc(64, turn).toString("base64")}`,
    };
    const body = JSON.stringify({ type: "appointment.cancelled", id });
    const { status } = await fetch(url, { method: "POST", headers, body });
    if (status === 401) refused += 1;
  }
  return refused;
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1_000).toFixed(0);
}

printMachine();
const [wanted] = process.argv.slice(2);
const tarballs = pack();
let isGood = true;
for (const [name, tool] of Object.entries(TOOLS)) {
  if (wanted === undefined || wanted === name) isGood = (await prove(name, tool, tarballs)) && isGood;
}
if (wanted === undefined || wanted === "zapier") {
  await using redis = await startBenchRedis();
  await using stage = await setToolStage({ socketPath: redis.socketPath }, "zapier");
  isGood = (await proveZapier(join(FOLDER, "zapier"), tarballs, stage, MOVES)) && isGood;
}
console.log(isGood ? "goal met" : "goal missed");
if (!isGood) process.exitCode = 1;
