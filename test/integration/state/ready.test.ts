import { expect, test as base } from "vitest";

import { serverPid, startRedisServer } from "../../support/redis-process.ts";
import { changeArrives, startStage } from "../../support/state-stage.ts";

const test = base
  .extend("server", async ({}, { onCleanup }) => {
    const server = await startRedisServer({ save: "" });
    onCleanup(async () => await server[Symbol.asyncDispose]());
    return server;
  })
  .extend("stage", async ({ server }, { onCleanup }) => {
    const stage = await startStage(server.address, "ready");
    onCleanup(async () => await stage[Symbol.asyncDispose]());
    return stage;
  });

type Server = Awaited<ReturnType<typeof startRedisServer>>;

const TROUBLES: readonly {
  readonly what: string;
  readonly reason: RegExp;
  readonly begin: (server: Server) => Promise<unknown>;
  readonly end: (server: Server) => Promise<unknown>;
}[] = [
  {
    what: "is full",
    reason: /full/,
    begin: async ({ redis }) => await redis.config("SET", "maxmemory", "1"),
    end: async ({ redis }) => await redis.config("SET", "maxmemory", "0"),
  },
  {
    what: "misses its replicas",
    reason: /replicas/,
    begin: async ({ redis }) => await redis.config("SET", "min-replicas-to-write", "1"),
    end: async ({ redis }) => await redis.config("SET", "min-replicas-to-write", "0"),
  },
  {
    what: "is a replica",
    reason: /read-only/,
    begin: async ({ redis }) => await redis.replicaof("127.0.0.1", 1),
    end: async ({ redis }) => await redis.replicaof("NO", "ONE"),
  },
  {
    what: "lets no write through",
    reason: /does not answer/,
    begin: async ({ redis }) => await redis.client("PAUSE", 600_000, "WRITE"),
    end: async ({ redis }) => await redis.client("UNPAUSE"),
  },
];

for (const { what, reason, begin, end } of TROUBLES) {
  test(`a Redis that ${what}: not ready within seconds, and why; ready again when it is over`, async ({
    server,
    stage,
  }) => {
    expect(await stage.ready()).toMatchObject({ status: 200 });
    const begunAt = Date.now();

    await begin(server);
    await expect.poll(async () => (await stage.ready()).reason ?? "").toMatch(reason);

    expect(Date.now() - begunAt).toBeLessThan(60_000);
    expect(await stage.ready()).toMatchObject({ status: 503 });
    expect((await fetch(`${stage.app.opsUrl}/health/live`)).status).toBe(200);
    await end(server);
    await expect.poll(async () => (await stage.ready()).status).toBe(200);
    expect(await changeArrives(stage, "after it")).toBeLessThan(60_000);
    const ours = stage.log.messages().filter((message) => /redis (?:cannot|can) be written/.test(message));
    expect(ours).toEqual(["redis cannot be written, waiting for it", "redis can be written again"]);
  });
}

test("a frozen Redis: not ready within seconds though nothing returns, and the answer comes at once", async ({
  server,
  stage,
}) => {
  const pid = await serverPid(server.redis);
  process.kill(pid, "SIGSTOP");
  try {
    await expect.poll(async () => (await stage.ready()).status).toBe(503);
    const { reason, tookMs } = await stage.ready();
    expect(reason).toBe("Redis does not answer");
    expect(tookMs).toBeLessThan(10_000);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await expect.poll(async () => (await stage.ready()).status).toBe(200);
  expect(await changeArrives(stage, "thawed")).toBeLessThan(60_000);
});
