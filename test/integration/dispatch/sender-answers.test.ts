import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";

import { startHttp, startTcp } from "../../support/local-servers.ts";
import { BODY, HEADERS, createSender, targetOf } from "../../support/sender-setup.ts";

test.each([
  [200, "delivered"],
  [500, "rejected"],
] as const)(
  "of an answer of %i with 1 GB little is read, and it counts by its status",
  async (status, kind) => {
    const chunk = Buffer.alloc(65_536, "x");
    const chunks = 16_384;
    let sent = 0;
    await using server = await startTcp((socket) => {
      socket.once("data", () => {
        socket.write(`HTTP/1.1 ${status} OK\r\ncontent-length: ${chunks * chunk.length}\r\n\r\n`);
        const pump = (): void => {
          while (!socket.destroyed && sent < chunks) {
            sent += 1;
            if (!socket.write(chunk)) return;
          }
        };
        socket.on("drain", pump);
        pump();
      });
    });
    await using sender = createSender();

    expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual(
      expect.objectContaining({ kind, status, excerpt: "x".repeat(1_000) }),
    );
    await expect.poll(() => server.openSockets()).toBe(0);
    // What the kernel's buffers on both sides of the loopback hold; the rest was never asked for.
    expect(sent * chunk.length).toBeLessThan(16 * 1_024 * 1_024);
  },
);

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
] as const)("an answer that is a bomb (%s) is unpacked no further than the limit", async (encoding, pack) => {
  const bomb = pack(Buffer.alloc(8 * 1_024 * 1_024, "boom "));
  expect(bomb.length).toBeLessThan(16_384);
  await using server = await startHttp((_request, response) => {
    response.writeHead(200, { "content-encoding": encoding, "content-length": bomb.length }).end(bomb);
  });
  await using sender = createSender();
  const before = process.memoryUsage().arrayBuffers;

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual({
    kind: "delivered",
    status: 200,
    excerpt: "boom ".repeat(200),
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1_024 * 1_024);
  await expect.poll(() => server.openSockets()).toBe(0);
});

test.each([
  ["identity", (text: string) => Buffer.from(text), "not today"],
  ["gzip", (text: string) => gzipSync(text), "not today"],
  ["GZIP", (text: string) => gzipSync(text), "not today"],
  ["deflate", (text: string) => deflateSync(text), "not today"],
  ["br", (text: string) => brotliCompressSync(text), "not today"],
  ["gzip", (text: string) => Buffer.from(text), ""],
  ["gzip", () => Buffer.alloc(0), ""],
  ["zstd, gzip", (text: string) => gzipSync(text), ""],
])(
  "an answer in %s is read as far as it can be, and the connection is kept",
  async (encoding, pack, excerpt) => {
    await using server = await startHttp((_request, response) => {
      response.writeHead(422, { "content-encoding": encoding }).end(pack("not today"));
    });
    await using sender = createSender();

    expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ status: 422, excerpt });
    expect(server.openSockets()).toBe(1);
  },
);

test.each([
  ["hangs", 0],
  ["drips", 50],
])("an answer whose body %s is too slow, whatever its status", async (_how, everyMs) => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(200).write("x");
    const timer = everyMs > 0 ? setInterval(() => response.write("x"), everyMs) : undefined;
    response.on("close", () => clearInterval(timer));
  });
  await using sender = createSender({ timeoutMs: 300 });
  const before = performance.now();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
    kind: "unreachable",
    errorClass: "body_too_slow",
  });
  expect(performance.now() - before).toBeLessThan(9_000);
  await expect.poll(() => server.openSockets()).toBe(0);
});

test("an answer whose head drips is a timeout", async () => {
  await using server = await startTcp((socket) => {
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const timer = setInterval(() => socket.write("x-a: b\r\n"), 50);
      socket.on("close", () => clearInterval(timer));
    });
  });
  await using sender = createSender({ timeoutMs: 300 });

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ errorClass: "timeout" });
  await expect.poll(() => server.openSockets()).toBe(0);
});

test.each([
  ["exactly the limit", 16_384, 1],
  ["one byte more", 16_385, 0],
])("a connection is kept after an answer of %s: %i bytes, %i connections", async (_what, size, left) => {
  await using server = await startHttp((_request, response) => response.writeHead(200).end("x".repeat(size)));
  await using sender = createSender();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  await expect.poll(() => server.openSockets()).toBe(left);
});

test("an answer that ends with its connection is whole", async () => {
  await using server = await startTcp((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 202 Accepted\r\n\r\nthanks"));
  });
  await using sender = createSender();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual({
    kind: "delivered",
    status: 202,
    excerpt: "thanks",
  });
});

test("an answer before the answer is passed over", async () => {
  await using server = await startTcp((socket) => {
    socket.on("data", () => {
      socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
    });
  });
  await using sender = createSender();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
    kind: "delivered",
    status: 204,
  });
});

test("an answer before the answer is not the head that decides between a timeout and a slow body", async () => {
  await using server = await startTcp((socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"));
  });
  await using sender = createSender({ timeoutMs: 300 });

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ errorClass: "timeout" });
});
