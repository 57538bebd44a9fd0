import { type Server, createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

import { fastify } from "fastify";
import { expect, test } from "vitest";

import { limitConcurrency, patienceOf } from "../../../src/ops/api/limit-concurrency.ts";
import type { Patience } from "../../../src/store/events/patience.ts";
import { eventually } from "../../support/harness.ts";

interface Work {
  readonly patience: Patience;
  readonly end: () => void;
}

interface World extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What was begun and goes on until it is told to end, in the order of its beginning. */
  readonly works: readonly Work[];
  /** Errors that were to be answered. */
  readonly told: readonly unknown[];
}

const MOST = 2;
const CALLER = { id: "t1", name: "a program", role: "viewer" } as const;

/** A server whose work ends when the test says so, whoever has left. */
async function startWorld(begins: "stubborn" | "listening" = "stubborn"): Promise<World> {
  const works: Work[] = [];
  const told: unknown[] = [];
  const server = fastify({
    forceCloseConnections: true,
    serverFactory: (handler): Server => createServer(handler),
  });
  server.decorateRequest("caller", undefined);
  server.setErrorHandler(async (error, _request, reply) => {
    told.push(error);
    const code = error instanceof Error && "status" in error ? Number(error.status) : 500;
    return await reply.code(code).send({});
  });
  server.addHook("onRequest", async (request) => {
    request.caller = CALLER;
  });
  limitConcurrency(server, () => "t1", MOST);
  server.route({
    method: ["GET", "POST"],
    url: "/work",
    handler: async (request) => {
      const patience = patienceOf(request);
      await new Promise<void>((resolve) => {
        works.push({ patience, end: resolve });
        if (begins === "listening") patience.signal.addEventListener("abort", () => resolve());
      });
      patience.signal.throwIfAborted();
      return { done: true };
    },
  });
  server.get("/at-once", async () => ({}));
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    works,
    told,
    [Symbol.asyncDispose]: async () => {
      for (const { end } of works) end();
      await server.close();
    },
  };
}

async function begin(
  world: World,
  init: RequestInit = {},
): Promise<{ leave: () => Promise<void>; answer: Promise<number> }> {
  const before = world.works.length;
  const leaving = new AbortController();
  const answer = fetch(`${world.url}/work`, { ...init, signal: leaving.signal }).then(
    async (response) => {
      await response.text();
      return response.status;
    },
    () => 0,
  );
  await eventually(() => world.works.length > before || undefined);
  return {
    answer,
    leave: async () => {
      leaving.abort();
      await answer;
    },
  };
}

async function status(world: World): Promise<number> {
  return (await fetch(`${world.url}/at-once`)).status;
}

test.each([
  ["GET", {}],
  [
    "POST with a body that was read",
    { method: "POST", body: "{}", headers: { "content-type": "application/json" } },
  ],
])("leaving a %s tells the work, and frees its place only when the work ends", async (_what, init) => {
  await using world = await startWorld();
  const asked = [await begin(world, init), await begin(world, init)];
  for (const { leave } of asked) await leave();
  await eventually(() => world.works.every(({ patience }) => patience.signal.aborted) || undefined);

  expect(await status(world)).toBe(429);

  world.works[0]?.end();
  await eventually(async () => (await status(world)) === 200 || undefined);
  // Given up because nobody waits: nothing is wrong, and nothing is written down.
  expect(world.told.map((error) => (error instanceof Error ? error.name : ""))).not.toContain("AbortError");
});

test("while whoever asked stays, nothing fires, and the place is free once it is answered", async () => {
  await using world = await startWorld();
  const asked = [await begin(world), await begin(world)];
  expect(await status(world)).toBe(429);
  for (const { end } of world.works) end();

  for (const { answer } of asked) expect(await answer).toBe(200);
  await eventually(async () => (await status(world)) === 200 || undefined);
  expect(world.works.map(({ patience }) => patience.signal.aborted)).toEqual([false, false]);
});

test("work that heeds the signal is over as soon as its client has left", async () => {
  await using world = await startWorld("listening");
  for (let round = 0; round < 5; round += 1) {
    const asked = [await begin(world), await begin(world)];
    for (const { leave } of asked) await leave();
    await eventually(async () => (await status(world)) === 200 || undefined);
  }
  expect(world.works).toHaveLength(10);
});

test("requests that queue on one connection are told when it closes, too", async () => {
  await using world = await startWorld();
  const socket = connect(world.port, "127.0.0.1");
  socket.write("GET /work HTTP/1.1\r\nhost: a\r\n\r\nGET /work HTTP/1.1\r\nhost: a\r\n\r\n");
  await eventually(() => world.works.length === 2 || undefined);
  expect(await status(world)).toBe(429);

  socket.destroy();
  await eventually(() => world.works.every(({ patience }) => patience.signal.aborted) || undefined);
  expect(await status(world)).toBe(429);
  for (const { end } of world.works) end();
  await eventually(async () => (await status(world)) === 200 || undefined);
});
