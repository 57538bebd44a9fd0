import type { Socket } from "node:net";

import { describe, expect, test } from "vitest";

import { sendPost } from "../../../src/cli/grade/send-post.ts";
import { startConnectProxy } from "../../support/connect-proxy.ts";
import { startTcp } from "../../support/local-servers.ts";
import { type AnswerPart, TAKEN_BY_ONE, TAKEN_BY_OTHERS, play } from "../../support/odd-answers.ts";
import { BODY, HEADERS, createSender, targetOf } from "../../support/sender-setup.ts";
import { pem, startTlsSpeaker } from "../../support/tls-servers.ts";

const TAKEN = [...Object.entries(TAKEN_BY_OTHERS), ...Object.entries(TAKEN_BY_ONE)];

/** Answers each request on any connection by playing the parts. */
function playing(parts: readonly AnswerPart[], onRequest: () => void = () => undefined) {
  return (socket: Socket): void => {
    socket.on("data", () => {
      onRequest();
      void play(socket, parts);
    });
  };
}

test.each(TAKEN)(
  "%s is a delivery, and the connection of what is in doubt is not used again",
  async (what, { status, parts }) => {
    let connections = 0;
    await using server = await startTcp((socket) => {
      connections += 1;
      playing(parts)(socket);
    });
    await using sender = createSender();

    for (const _ of [1, 2]) {
      expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
        kind: "delivered",
        status,
      });
    }
    expect(REGULAR.has(what) || connections === 2).toBe(true);
    expect(await sendPost(server.url, { headers: HEADERS, body: BODY })).toMatchObject({
      kind: "answered",
      status,
    });
  },
);

/** Not usual, but nothing that leaves a doubt where the answer ends. */
const REGULAR = new Set([
  "205 with length 0",
  "trailers",
  "a chunk with an extension",
  "an empty reason",
  "no reason",
  "a reason of other bytes",
  "two spaces before the status",
  "a status that nobody knows",
  "no space after a colon",
  "odd casing",
  "letters beyond ASCII",
  "an upgrade that nobody wants",
  "a head of 40 KiB",
  "a reset after the head of 204",
  "a reset after the whole",
  "more than its length, later",
]);

test("after a regular answer the connection is used again", async () => {
  let connections = 0;
  await using server = await startTcp((socket) => {
    connections += 1;
    playing(["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"])(socket);
  });
  await using sender = createSender();
  for (const _ of [1, 2]) await sender.send(targetOf(server.url), HEADERS, BODY);

  expect(connections).toBe(1);
});

test.each([
  [
    "100 then 500",
    500,
    ["HTTP/1.1 100 Continue\r\n\r\n", "later", "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"],
  ],
  ["101", 101, ["HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"]],
  ["302 with a length and none of it", 302, ["HTTP/1.1 302 Found\nlocation: /x\n\n", "end"]],
  ["304 with a length", 304, ["HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n"]],
  [
    "500 before 200",
    500,
    ["HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
  ],
  ["600", 600, ["HTTP/1.1 600 Odd\r\ncontent-length: 0\r\n\r\n"]],
] as const)("%s is no delivery: status %i", async (_what, status, parts) => {
  await using server = await startTcp(playing(parts));
  await using sender = createSender();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ kind: "rejected", status });
  expect(await sendPost(server.url, { headers: HEADERS, body: BODY })).toMatchObject({
    kind: "answered",
    status,
  });
});

test.each([
  ["100 alone", "broken_off", ["HTTP/1.1 100 Continue\r\n\r\n", "end"]],
  ["100 without end", "bad_answer", ["HTTP/1.1 100 Continue\r\n\r\n".repeat(4_000)]],
  ["a body that is not whole", "broken_off", ["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", "end"]],
  ["a reset in the body", "broken_off", ["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", "later", "reset"]],
  ["a reset in the head", "broken_off", ["HTTP/1.1 200 OK\r\n", "later", "reset"]],
  ["an end in the status line", "broken_off", ["HTTP/1.1 200 OK", "end"]],
  [
    "an end in a chunk",
    "broken_off",
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nok", "end"],
  ],
  ["no status", "bad_answer", ["HTTP/1.1 OK\r\n\r\n"]],
  ["a status of nothing", "bad_answer", ["HTTP/1.1 000 OK\r\n\r\n"]],
  ["a status of four digits", "bad_answer", ["HTTP/1.1 2000 OK\r\n\r\n"]],
  ["something else than HTTP", "bad_answer", ["220 mail.test ESMTP\r\n"]],
  ["one byte of something else", "bad_answer", ["\u0000"]],
  ["HTTP/0.9", "bad_answer", ["ok", "end"]],
] as const)("%s is no answer: %s", async (_what, errorClass, parts) => {
  await using server = await startTcp(playing(parts));
  await using sender = createSender({ timeoutMs: 2_000 });

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
    kind: "unreachable",
    errorClass,
  });
  expect(await sendPost(server.url, { headers: HEADERS, body: BODY }, 2_000)).toMatchObject({
    kind: "unreachable",
  });
});

test("what a receiver says between two requests is not the answer to the second", async () => {
  let connections = 0;
  let requests = 0;
  await using server = await startTcp((socket) => {
    connections += 1;
    socket.on("data", () => {
      requests += 1;
      if (requests > 1) socket.write("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n");
      else
        void play(socket, [
          // Only what is said makes an end of it.
          "HTTP/1.1 200 OK\r\nkeep-alive: timeout=600\r\ncontent-length: 0\r\n\r\n",
          "later",
          "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        ]);
    });
  });
  await using sender = createSender();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ status: 200 });
  await expect.poll(() => server.openSockets()).toBe(0);
  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ status: 500 });
  expect(connections).toBe(2);
});

test("a connection lies idle no longer than its receiver says", async () => {
  await using server = await startTcp(
    playing(["HTTP/1.1 200 OK\r\nkeep-alive: timeout=2.1, max=9\r\ncontent-length: 0\r\n\r\n"]),
  );
  await using patient = await startTcp(
    playing(["HTTP/1.1 200 OK\r\nkeep-alive: timeout=9\r\ncontent-length: 0\r\n\r\n"]),
  );
  await using sender = createSender();
  await sender.send(targetOf(patient.url, { id: "patient" }), HEADERS, BODY);
  await sender.send(targetOf(server.url), HEADERS, BODY);

  await expect.poll(() => server.openSockets()).toBe(0);
  expect(patient.openSockets()).toBe(1);
});

describe("it is the same", () => {
  const SOME = ["100 then 200", "204 with a length", "line feeds alone", "a reset after the head of 204"].map(
    (what) => [what, TAKEN_BY_OTHERS[what]?.parts ?? []] as const,
  );

  test.each(SOME)("behind TLS, with a certificate of the endpoint's own: %s", async (_what, parts) => {
    const demand = { requestCert: true, rejectUnauthorized: true, ca: pem("ca.pem") };
    await using server = await startTlsSpeaker("receiver", playing(parts), demand);
    await using sender = createSender();
    const tls = { ca: pem("ca.pem"), certificate: pem("sender.pem"), key: pem("sender.key") };
    const target = targetOf(`https://127.0.0.1:${server.port}/`, { tls });

    expect(await sender.send(target, HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  });

  test.each(SOME)("through a proxy: %s", async (_what, parts) => {
    await using server = await startTcp(playing(parts));
    await using proxy = await startConnectProxy();
    await using sender = createSender({ proxy: `http://127.0.0.1:${proxy.port}` });

    expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ kind: "delivered" });
    expect(proxy.asked).toHaveLength(1);
  });
});
