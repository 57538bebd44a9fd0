/**
 * A clinic at work while something goes wrong with Redis or the service, on each kind of Redis: how long nothing was read and nothing
 * was told, and what was lost, invented or told again. See bench/README.md. Names of kinds choose some of them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import build from "../test/support/build.ts";
import { cataloguedEvent } from "../test/support/assert-catalogued.ts";
import { eventually } from "../test/support/harness.ts";
import { startHoldingProxy } from "../test/support/holding-proxy.ts";
import { closedPort } from "../test/support/local-servers.ts";
import {
  type Server,
  startCluster,
  startServer,
  startWatchedServers,
} from "../test/support/redis-servers.ts";
import { setStage } from "../test/support/service-process.ts";
import { startStage } from "../test/support/state-stage.ts";
import { OPS_TOKEN } from "../test/support/test-config.ts";
import { type Through, startWork } from "../test/support/under-trouble.ts";
import { type ReleaseStack, createReleaseStack } from "../src/shared/release-stack.ts";
import type { RedisNode } from "../src/store/redis/client.ts";
import { createKeys } from "../src/store/redis/keys.ts";
import type { RedisAddress } from "../src/store/redis/redis.ts";
import { printMachine } from "./support/machine.ts";

const PREFIX = "cliniko-webhooks";
const KEYS = createKeys(PREFIX);
const LOG = KEYS.log("northside");
const CUT_MS = 15_000;
const CERTIFICATES = join("test", "fixtures", "tls");

interface Trouble {
  readonly what: string;
  readonly happens: () => Promise<unknown>;
}

/** A kind of Redis that stands, and what can happen to it. */
interface Topology {
  readonly address: RedisAddress;
  readonly troubles: readonly Trouble[];
}

const TOPOLOGIES: Readonly<Record<string, (stack: ReleaseStack) => Promise<Topology>>> = {
  "one server": async (stack) => {
    const server = stack.use(await startServer({ appendfsync: "always" }));
    const way = stack.use(await startHoldingProxy());
    way.leadTo(server.port);
    return {
      address: { url: `redis://127.0.0.1:${way.port}` },
      troubles: [
        killed("it is killed, and started again", server),
        held("the way to it is cut for 15 s", (isHeld) => way.hold(isHeld)),
        held("it stands still for 15 s", (isHeld) => server.freeze(isHeld)),
        {
          what: "it is put back to a copy of 10 s before",
          happens: async () => {
            const putBack = server.copyDisk();
            await delay(10_000);
            await server.kill();
            putBack();
            await server.start();
          },
        },
      ],
    };
  },
  "TLS, certificates on both sides": async (stack) => {
    const port = await closedPort();
    const server = stack.use(
      await startServer({
        appendfsync: "always",
        "tls-port": String(port),
        "tls-cert-file": join(process.cwd(), CERTIFICATES, "receiver.pem"),
        "tls-key-file": join(process.cwd(), CERTIFICATES, "receiver.key"),
        "tls-ca-cert-file": join(process.cwd(), CERTIFICATES, "ca.pem"),
        "tls-auth-clients": "yes",
      }),
    );
    const [ca = "", certificate = "", key = ""] = ["ca.pem", "sender.pem", "sender.key"].map((name) =>
      readFileSync(join(CERTIFICATES, name), "utf8"),
    );
    return {
      address: { url: `rediss://127.0.0.1:${port}`, credentials: { tls: { ca, certificate, key } } },
      troubles: [killed("it is killed, and started again", server)],
    };
  },
  "Sentinel, 1 + 1 and three": async (stack) => {
    const watched = stack.use(await startWatchedServers());
    const moved = async (from: Server): Promise<void> =>
      await until(async () => (await watched.primary()).port !== from.port);
    return {
      address: { url: watched.url },
      troubles: [
        {
          what: "a planned failover",
          happens: async () => {
            const from = await watched.primary();
            await watched.sentinels[0]?.call("SENTINEL", "FAILOVER", "mymaster");
            await moved(from);
          },
        },
        {
          what: "the primary is killed",
          happens: async () => {
            const from = await watched.primary();
            const [other] = watched.servers.filter((server) => server !== from);
            // Where the failover before has not come to its end, there is nobody to take over.
            await until(
              async () =>
                (await other?.redis.info("replication"))?.includes("master_link_status:up") ?? false,
            );
            await from.kill();
            await moved(from);
          },
        },
      ],
    };
  },
  "Cluster, 3 + 3": async (stack) => {
    const cluster = stack.use(await startCluster());
    const moved = async (from: Server): Promise<void> =>
      await until(async () => (await cluster.ownerOf(LOG)).primary.port !== from.port);
    return {
      address: { url: cluster.url },
      troubles: [
        {
          what: "slots of a log, an outbox and the queue move",
          happens: async () => {
            const polls = `${PREFIX}:queue:{poll}:poll:wait`;
            for (const key of [LOG, KEYS.outbox("crm").heads, polls]) await cluster.moveSlot(key);
          },
        },
        {
          what: "a planned failover of the log's shard",
          happens: async () => {
            const { primary, replica } = await cluster.ownerOf(LOG);
            await replica.redis.call("CLUSTER", "FAILOVER");
            await moved(primary);
          },
        },
        {
          what: "the log's shard goes back to a copy of 10 s before",
          happens: async () => await goBack((await cluster.ownerOf(LOG)).primary.redis),
        },
        {
          what: "the primary of the log's shard is killed",
          happens: async () => {
            const { primary } = await cluster.ownerOf(LOG);
            await primary.kill();
            await moved(primary);
          },
        },
      ],
    };
  },
};

function killed(what: string, server: Server): Trouble {
  return {
    what,
    happens: async () => {
      await server.kill();
      await server.start();
    },
  };
}

function held(what: string, hold: (isHeld: boolean) => void): Trouble {
  return {
    what,
    happens: async () => {
      hold(true);
      await delay(CUT_MS);
      hold(false);
    },
  };
}

/** What it has ten seconds from now is as if it had never been, in the midst of work: keys of many slots, one after the other. */
async function goBack(redis: RedisNode): Promise<void> {
  const keys = await redis.keys("*");
  const copies = await Promise.all(keys.map(async (key) => await redis.dumpBuffer(key)));
  await delay(10_000);
  const back = redis.pipeline();
  for (const key of await redis.keys("*")) if (!keys.includes(key)) back.unlink(key);
  for (const [at, key] of keys.entries()) {
    const copy = copies[at];
    if (copy) back.restore(key, 0, copy, "REPLACE");
  }
  await back.exec();
}

async function until(look: () => Promise<boolean>): Promise<void> {
  await eventually(async () => (await look()) || undefined);
}

const wanted = process.argv.slice(2);
const isWanted = (row: string): boolean => wanted.length === 0 || wanted.some((word) => row.includes(word));

build();
printMachine();
console.log(
  "                                                                    gap, s                    told\n" +
    "                                                              reading  callbacks   told  again   lost  invented",
);
let bad = 0;
for (const [name, start] of Object.entries(TOPOLOGIES)) {
  if (!isWanted(name)) continue;
  {
    await using stack = createReleaseStack();
    const { address, troubles } = await start(stack);
    await using stage = await startStage(address, PREFIX);
    const work = startWork(stage);
    print(name, "nothing", await work.through(async () => await delay(CUT_MS)), []);
    for (const { happens, what } of troubles) {
      const before = stage.log.messages(40).length;
      const through = await work.through(happens);
      print(name, what, through, stage.log.messages(40).slice(before));
    }
  }
  {
    await using stack = createReleaseStack();
    const { address } = await start(stack);
    if (!("url" in address) || address.credentials) continue;
    await withProcesses(name, address.url);
  }
}
if (bad > 0) process.exitCode = 1;

/** Two processes of the real program, one of which is killed, and started again when the other has gone on. */
async function withProcesses(name: string, url: string): Promise<void> {
  await using stage = await setStage({ keys_folder: "none" });
  const file = JSON.parse(readFileSync(stage.configFile, "utf8")) as { endpoints: { crm: object } };
  // An audit cannot tell two states of one second apart without them.
  Object.assign(file.endpoints.crm, { include: ["notes", "cancellation_note"] });
  writeFileSync(stage.configFile, JSON.stringify(file));
  const [first, second] = [stage.start({ REDIS_URL: url }), stage.start({ REDIS_URL: url })];
  const { opsUrl = "" } = await second.says("service started");
  await first.says("service started");
  const { clinic, receiver } = stage;
  const readUpTo = async (): Promise<number> => {
    const answer = await fetch(`${opsUrl}/v1/accounts/northside`, {
      headers: { authorization: `Bearer ${OPS_TOKEN}` },
    }).catch(() => undefined);
    const account = answer?.ok ? ((await answer.json()) as Account) : { resources: [] };
    const live = account.resources.map(({ complete_up_to: upTo }) => Date.parse(upTo ?? ""));
    return live.length === 0 || live.some(Number.isNaN) ? 0 : Math.min(...live);
  };
  await until(async () => (await readUpTo()) > 0);
  const work = startWork({
    clinic,
    receiver,
    events: () =>
      receiver.callbacks.map(cataloguedEvent).filter(({ subject }) => subject.type !== "connection"),
    settled: async () => {
      const from = Math.ceil(Date.now() / 1_000) * 1_000;
      await until(async () => (await readUpTo()) >= from);
    },
  });
  const before = second.lines().filter(({ level }) => level >= 40).length;
  const through = await work.through(async () => {
    first.child.kill("SIGKILL");
    await first.ended;
    await delay(CUT_MS);
    await stage.start({ REDIS_URL: url }).says("service started");
  });
  const told = second.lines().filter(({ level }) => level >= 40);
  print(
    name,
    "one of two processes is killed, and started 15 s later",
    through,
    told.slice(before).map(({ msg }) => msg),
  );
}

interface Account {
  readonly resources: readonly { readonly complete_up_to: string | null }[];
}

function print(name: string, what: string, through: Through, told: readonly string[]): void {
  const { callbackGapMs, identityFaults, invented, lost, readingGapMs, repeated, strange } = through;
  bad += lost + invented + identityFaults + strange.length;
  const seconds = [readingGapMs, callbackGapMs].map((ms) => (ms / 1_000).toFixed(1).padStart(9));
  const counts = [through.told, repeated, lost, invented].map((count) => String(count).padStart(7));
  console.log(`${`${name}: ${what}`.padEnd(62)}${seconds.join("")}${counts.join("")}`);
  for (const line of new Set(told)) console.log(`      says: ${line}`);
  for (const fault of strange) console.log(`      wrong: ${fault}`);
  if (identityFaults > 0) console.log(`      ${identityFaults} ids with other bytes, or sequences twice`);
}
