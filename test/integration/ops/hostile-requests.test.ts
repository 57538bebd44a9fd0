import { once } from "node:events";
import { connect } from "node:net";

import { expect } from "vitest";

import { startOpsServer } from "../../../src/ops/ops-server.ts";
import { OPS_TOKEN } from "../../support/api-harness.ts";
import { createBrowserRequests } from "../../support/browser-requests.ts";
import { createQueueSetup } from "../../support/queue-setup.ts";
import { test } from "../../support/api-test.ts";

const CRM = { role: "subscriber", subscriber: "crm", accounts: ["southside"] } as const;

/** What a server answers to these very bytes, until it closes the connection. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (part: Buffer) => void (answer += part.toString("latin1")));
  socket.write(bytes, "latin1");
  await once(socket, "close");
  return answer;
}

test("no answer can be taken for a page, framed, or read by another site, whatever was asked for", async ({
  api,
}) => {
  const browser = createBrowserRequests(api.url);
  const paths = [
    "/health/live",
    "/health/ready",
    "/nowhere/<script>",
    "/%zz",
    "/v1/nowhere",
    "/v1/me",
    "/v1/openapi.json",
    "/docs",
    "/docs/",
    "/docs/nowhere",
    "/llms.txt",
    "/ops/session",
    "/ops/assets/none.js",
    "/ops/queues",
    "/metrics",
    "/",
  ];
  for (const path of paths) {
    const { headers } = await browser.go(path);
    expect([path, headers]).toMatchObject([
      path,
      {
        "content-security-policy": expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'/),
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      },
    ]);
  }
  const noise = await exchange(api.url, "this is not HTTP\r\n\r\n");
  expect(noise).toMatch(/^HTTP\/1.1 400 [^]*\r\nx-content-type-options: nosniff\r\n/);
});

const UNCLEAR = [
  ["GET /v1/openapi.json HTTP/1.1\r\nhost: a.example\r\nhost: b.example\r\n\r\n", "Host"],
  ["GET /nowhere HTTP/1.1\r\nhost: a.example\r\nHOST: a.example\r\n\r\n", "Host"],
  ["GET /health/live HTTP/1.1\r\nhost: user@a.example\r\n\r\n", "Host"],
  ["GET /ops/ HTTP/1.1\r\nhost: a.example/b\r\naccept: text/html\r\n\r\n", "Host"],
  ["GET /metrics HTTP/1.1\r\nhost: a.example, b.example\r\n\r\n", "Host"],
  ["GET /ops/queues HTTP/1.1\r\nhost: a.example:80:80\r\n\r\n", "Host"],
  ["GET /ops/session HTTP/1.1\r\nhost: \r\n\r\n", "Host"],
  ["GET http://b.example/v1/me HTTP/1.1\r\nhost: a.example\r\n\r\n", "Host"],
  ["GET http://x@a.example/v1/me HTTP/1.1\r\nhost: a.example\r\n\r\n", "Host"],
  [
    "GET /v1/me HTTP/1.1\r\nhost: a.example\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n",
    "Authorization",
  ],
  [
    "GET /v1/me HTTP/1.1\r\nhost: a.example\r\norigin: http://a.example\r\norigin: http://b.example\r\n\r\n",
    "Origin",
  ],
  ["GET /v1/me HTTP/1.1\r\nhost: a.example\r\nx-request-id: a\r\nx-request-id: b\r\n\r\n", "X-Request-Id"],
] as const;

test("a request names its host, and whatever else decides, once and plainly", async ({ api }) => {
  for (const [bytes, header] of UNCLEAR) {
    const answer = await exchange(api.url, bytes);

    expect([bytes, answer]).toEqual([bytes, expect.stringMatching(/^HTTP\/1.1 400 /)]);
    expect([bytes, answer]).toEqual([bytes, expect.stringContaining(`The header ${header} `)]);
    expect(answer).toMatch(/connection: close/i);
  }
});

test("a request for a host as browsers and proxies write it is answered", async ({ api }) => {
  const hosts = ["a.example", "A.example:8321", "127.0.0.1", "[::1]", "[::1]:8321", "under_score.example"];
  for (const host of hosts) {
    const answer = await exchange(
      api.url,
      `GET /health/live HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
    );
    expect([host, answer.slice(0, 15)]).toEqual([host, "HTTP/1.1 200 OK"]);
  }
  // HTTP/1.0 knew no Host; 1.1 does not go without.
  expect(await exchange(api.url, "GET /health/live HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1.1 200/);
  expect(await exchange(api.url, "GET /health/live HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
});

test("a request id is taken over where it can stand in a log as it is", async ({ api }) => {
  for (const given of ["a".repeat(65), "two words", "<script>", "jane@clinic.example", "a\u00e9", ""]) {
    const head = `GET /v1/openapi.json HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\nx-request-id: ${given}\r\n\r\n`;
    const answer = await exchange(api.url, head);
    const [, id = ""] = /\r\nx-request-id: (.*)\r\n/.exec(answer) ?? [];
    expect([given, id]).toEqual([
      given,
      expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    ]);
  }
  // The twin.
  const sound = await api.ask("GET", "/v1/me", { headers: { "x-request-id": "4bf92f3577b34da6-1.a_b" } });
  expect(sound.headers.get("x-request-id")).toBe("4bf92f3577b34da6-1.a_b");
});

test("who sends a request byte by byte keeps no connection", async ({ redis, prefix }) => {
  const { queues, ...setup } = createQueueSetup(redis, prefix);
  await using _setup = setup;
  const metrics = { render: async () => "", signInFailed: () => undefined };
  const common = { host: "127.0.0.1", port: 0, token: undefined, metrics, queues, api: undefined };
  let answerReady = (): void => undefined;
  const ready = new Promise<undefined>((resolve) => {
    answerReady = () => resolve(undefined);
  });
  await using server = await startOpsServer({
    ...common,
    requestTimeoutMs: 100,
    now: Date.now,
    notReady: async () => await ready,
  });
  // The twin: what has come whole may wait for its answer as long as it takes.
  const waiting = fetch(`${server.url}/health/ready`);

  const head = "POST /ops/session HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\n";
  const headless = "GET /health/live HTTP/1.1\r\nhost: 127.0";
  for (const begun of [`${head}{`, headless, ""]) await exchange(server.url, begun);
  answerReady();
  expect((await waiting).status).toBe(200);
});

test("a browser in which somebody planted a second session is in neither, and is told why", async ({
  api,
}) => {
  const [own, planted] = [createBrowserRequests(api.url), createBrowserRequests(api.url)];
  await own.signIn({ token: OPS_TOKEN });
  await planted.signIn({ token: await api.token(CRM) });
  const both = { headers: { cookie: `${planted.cookie}; ${own.cookie}` } };

  expect((await own.ask("GET", "/v1/me", both)).status).toBe(401);
  expect((await own.go("/ops/queues", both)).status).toBe(302);
  const again = await own.ask("POST", "/ops/session", { ...both, body: { token: OPS_TOKEN } });
  expect([again.status, again.text]).toEqual([403, expect.stringContaining("Delete its cookies")]);
  // The twin: one alone opens, and takes another's place.
  expect((await own.ask("GET", "/v1/me")).status).toBe(200);
  expect((await own.signIn({ token: OPS_TOKEN })).status).toBe(204);
});

test("links cannot be made without end: each is kept in the audit log for ever", async ({ api }) => {
  const token = await api.token(CRM);
  const make = async (by: string) => await api.ask("POST", "/v1/sign-in-links", { token: by });
  for (let count = 0; count < 60; count += 1) expect((await make(token)).status).toBe(201);

  const refused = await make(token);
  expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([429, expect.any(Number)]);
  expect((await make(OPS_TOKEN)).status).toBe(201);
});
