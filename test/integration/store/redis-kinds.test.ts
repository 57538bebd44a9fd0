import { join } from "node:path";

import { expect, test } from "vitest";

import type { RedisCredentials } from "../../../src/config/config.ts";
import { Secret } from "../../../src/config/secret.ts";
import { SetupError, toError } from "../../../src/shared/errors.ts";
import { type Redis, duplicateOf, nodesOf } from "../../../src/store/redis/client.ts";
import { aclRules, checkAccess } from "../../../src/store/redis/redis-access.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { closedPort } from "../../support/local-servers.ts";
import { startSentinel, startServer } from "../../support/redis-servers.ts";
import { pem } from "../../support/tls-servers.ts";

const FOLDER = join(import.meta.dirname, "../../fixtures/tls");
const OURS = { ca: pem("ca.pem"), certificate: pem("sender.pem"), key: pem("sender.key") };
const OPEN_MS = 30_000;
/** How long a connection is tried that cannot be made. */
const VAIN_MS = 2_000;

/** Settings of a server that speaks TLS alone, to those who show a certificate. */
function tlsSettings(port: number, name: "elsewhere" | "receiver"): Record<string, string> {
  return {
    "tls-port": String(port),
    "tls-cert-file": join(FOLDER, `${name}.pem`),
    "tls-key-file": join(FOLDER, `${name}.key`),
    "tls-ca-cert-file": join(FOLDER, "ca.pem"),
    "tls-auth-clients": "yes",
  };
}

async function ask(url: string, credentials: RedisCredentials, timeoutMs: number = OPEN_MS): Promise<string> {
  const redis = await connectRedis({ url, credentials }, timeoutMs);
  const answer = await redis.set("{a}", "1");
  redis.disconnect();
  return answer;
}

/** What is said in the end: a busy machine may not get as far as the fault in the time of one try. */
function refusalOf(work: () => Promise<unknown>): ReturnType<typeof expect.poll> {
  return expect.poll(
    async () =>
      await work().then(
        () => "it worked",
        (error: unknown) => toError(error).message,
      ),
  );
}

test("a server that wants a certificate of ours, and has one that is not for the address", async () => {
  const port = await closedPort();
  await using _server = await startServer(tlsSettings(port, "elsewhere"));
  const url = `rediss://127.0.0.1:${port}`;

  expect(await ask(url, { tls: { ...OURS, server_name: "elsewhere.test" } })).toBe("OK");
  await refusalOf(async () => await ask(url, { tls: OURS }, VAIN_MS)).toMatch(/altnames.*: see redis\.tls/i);
  const { ca } = OURS;
  await refusalOf(
    async () => await ask(url, { tls: { ca, server_name: "elsewhere.test" } }, VAIN_MS),
  ).toMatch(/cannot be used: .*certificate required/i);
  await refusalOf(async () => await ask(url, {}, VAIN_MS)).toMatch(/certificate.*: see redis\.tls/);
});

test("sentinels with a password of their own, over TLS as their server", async () => {
  const [port, sentinelPort] = [await closedPort(), await closedPort()];
  await using _server = await startServer({ ...tlsSettings(port, "receiver"), requirepass: "its" });
  await using _sentinel = await startSentinel(port, {
    ...tlsSettings(sentinelPort, "receiver"),
    port: "0",
    "tls-replication": "yes",
    "sentinel auth-pass": "mymaster its",
    requirepass: "theirs",
    "sentinel sentinel-pass": "theirs",
  });
  const url = (primary: string): string => `rediss+sentinel://:its@127.0.0.1:${sentinelPort}/${primary}/3`;
  const credentials = { tls: OURS, sentinel: { password: new Secret("theirs") } };

  expect(await ask(url("mymaster"), credentials)).toBe("OK");
  await refusalOf(async () => await ask(url("another"), credentials, VAIN_MS)).toMatch(
    /the sentinels know no primary called another$/,
  );
  const wrong = { ...credentials, sentinel: { password: new Secret("psst") } };
  await refusalOf(async () => await ask(url("mymaster"), wrong, VAIN_MS)).toMatch(/^(?!.*psst).*WRONGPASS/);
});

test("a cluster over TLS, whose nodes are known by address alone", async () => {
  const [port, bus] = [await closedPort(), await closedPort()];
  await using server = await startServer({
    ...tlsSettings(port, "elsewhere"),
    port: "0",
    "cluster-enabled": "yes",
    "cluster-port": String(bus),
    // One that has met no other does not know its address.
    "cluster-announce-ip": "127.0.0.1",
    "tls-cluster": "yes",
  });
  await server.redis.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  const url = `rediss+cluster://127.0.0.1:${port}`;
  const tls = { ...OURS, server_name: "elsewhere.test" };
  await expect
    .poll(async () => String(await server.redis.call("CLUSTER", "INFO")))
    .toContain("cluster_state:ok");

  expect(await ask(url, { tls })).toBe("OK");
  await refusalOf(async () => await ask(url, { tls: OURS }, VAIN_MS)).toMatch(/altnames/);
});

test("a server of another kind than the URL says is told as such, with the remedy", async () => {
  await using plain = await startServer();
  await using node = await startServer({
    "cluster-enabled": "yes",
    "cluster-port": String(await closedPort()),
  });
  await node.redis.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");

  await refusalOf(
    async () => await connectRedis({ url: `redis+cluster://127.0.0.1:${plain.port}` }, VAIN_MS),
  ).toMatch(/cluster support disabled.*write redis:\/\/host:6379\/0/);
  const redis = await connectRedis({ url: `redis://127.0.0.1:${node.port}` }, OPEN_MS);
  const refusal = checkAccess(redis, "here", "x");
  await expect(refusal).rejects.toThrow(SetupError);
  await expect(refusal).rejects.toThrow("write redis+cluster:// instead of redis://");
});

/** A cluster of one node, which has every slot. */
async function startWholeCluster(): ReturnType<typeof startServer> {
  const node = await startServer({
    "cluster-enabled": "yes",
    "cluster-port": String(await closedPort()),
    "cluster-announce-ip": "127.0.0.1",
  });
  await node.redis.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  await expect
    .poll(async () => String(await node.redis.call("CLUSTER", "INFO")))
    .toContain("cluster_state:ok");
  return node;
}

test("a node of a cluster that hangs is told of, and that it answers again", async () => {
  await using node = await startWholeCluster();
  const told: string[] = [];
  const redis = await connectRedis({ url: `redis+cluster://127.0.0.1:${node.port}` }, OPEN_MS, {
    onOutage: ({ detail }) => void told.push(detail),
  });
  await redis.set("a", "1");
  expect(told).toEqual([]);

  node.freeze(true);
  await expect.poll(() => told).toEqual([`no answer (127.0.0.1:${node.port})`]);
  node.freeze(false);
  await expect.poll(() => told.at(-1)).toBe("every slot is served again");
  redis.disconnect();
});

test.each([
  ["a server", "gone", "redis://", "reconnecting"],
  ["a server", "hanging", "redis://", "connect"],
  ["a cluster", "gone", "redis+cluster://", "reconnecting"],
  ["a cluster", "hanging", "redis+cluster://", "connecting"],
])("ended while %s is %s, a client leaves nobody waiting", async (kind, trouble, scheme, status) => {
  await using node = kind === "a cluster" ? await startWholeCluster() : await startServer();
  const redis = await connectRedis({ url: `${scheme}127.0.0.1:${node.port}` }, OPEN_MS);
  const copy = duplicateOf(redis).on("error", () => undefined);
  await copy.set("a", "1");
  const clients = [redis, copy];
  const ended = clients.map(async (client) => await new Promise((resolve) => client.once("end", resolve)));
  // What is under way when the server goes away, and what comes after.
  const waiting = clients.map(async (client) => await client.blpop("nothing", 0).catch(toError));
  if (trouble === "hanging") node.freeze(true);
  if (trouble === "gone") await node.kill();
  else for (const { stream } of clients.flatMap(nodesOf)) stream.destroy();
  await expect.poll(() => clients.map((client) => client.status)).toEqual([status, status]);
  waiting.push(...clients.map(async (client) => await client.blpop("nothing", 0).catch(toError)));
  for (const client of clients) client.disconnect();

  for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(Error);
  await Promise.all(ended);
});

test("who waits for a cluster that is not ready is told when it is, and when the client has ended", async () => {
  await using node = await startWholeCluster();
  const redis = await connectRedis({ url: `redis+cluster://127.0.0.1:${node.port}` }, OPEN_MS);
  const end = async (client: Redis): Promise<void> => {
    const ended = new Promise((resolve) => client.once("end", resolve));
    client.disconnect();
    await ended;
  };
  const refuse = async (client: Redis): Promise<{ readonly connecting: Promise<void> }> => {
    const refused = new Promise((resolve) => client.once("reconnecting", resolve));
    const connecting = client.connect();
    await refused;
    return { connecting };
  };
  await end(redis);
  await node.redis.call("CLUSTER", "DELSLOTS", "0");
  await expect
    .poll(async () => String(await node.redis.call("CLUSTER", "INFO")))
    .toContain("cluster_state:fail");

  const first = await refuse(redis);
  await node.redis.call("CLUSTER", "ADDSLOTS", "0");
  await first.connecting;
  expect(await redis.set("a", "1")).toBe("OK");

  await end(redis);
  await node.redis.call("CLUSTER", "DELSLOTS", "0");
  const second = await refuse(redis);
  const failed = second.connecting.catch(toError);
  await end(redis);
  expect(await failed).toMatchObject({ message: "Connection is closed." });
});

test("a user who may do what docs/deployment.md permits is enough for the client of a cluster", async () => {
  await using node = await startWholeCluster();
  const url = `redis+cluster://notifier:pw@127.0.0.1:${node.port}`;
  const permit = async (rules: string): Promise<unknown> =>
    await node.redis.call("ACL", "SETUSER", "notifier", "reset", "on", ">pw", ...rules.split(" "));
  await permit(aclRules("x"));

  const redis = await connectRedis({ url }, OPEN_MS);
  await redis.set("x:{a}", "1");
  expect(await checkAccess(redis, "here", "x")).toEqual({ tells: true });
  expect(await node.redis.call("ACL", "LOG")).toEqual([]);

  await permit(`${aclRules("x")} -asking -zmscore`);
  const refused = checkAccess(await connectRedis({ url }, OPEN_MS), "here", "x");
  await expect(refused).rejects.toThrow("run zmscore, asking: ACL SETUSER notifier +zmscore +asking");
});
