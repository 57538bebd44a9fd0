import { expect } from "vitest";

import { type ApiHarness, OPS_TOKEN, startApi } from "../../support/api-harness.ts";
import { type BrowserAnswer, createBrowserRequests } from "../../support/browser-requests.ts";
import { test } from "../../support/api-test.ts";

const CRM = { role: "subscriber", subscriber: "crm", accounts: ["southside"] } as const;
const BOARD = ["/ops/queues", "/ops/queues/", "/ops/queues/api/queues"];
const NO_OPS_TOKEN = { settings: { ops: { port: 0 } } };

const bearer = (token: string): string => `Bearer ${token}`;
const basic = (token: string): string => `Basic ${Buffer.from(`whoever:${token}`).toString("base64")}`;

/** Who asks, and what the board and the metrics answer to them. Fresh things for each. */
interface Asker {
  readonly name: string;
  readonly board: number;
  readonly metrics: number;
  readonly ask: (api: ApiHarness, path: string) => Promise<BrowserAnswer>;
}

function byToken(role: "admin" | "viewer" | "subscriber", scheme: (token: string) => string): Asker["ask"] {
  return async (api, path) => {
    const token = await api.token(role === "subscriber" ? CRM : { role });
    return await createBrowserRequests(api.url).ask("GET", path, {
      headers: { authorization: scheme(token) },
    });
  };
}

function bySession(role: "admin" | "viewer" | "subscriber"): Asker["ask"] {
  return async (api, path) => {
    const browser = createBrowserRequests(api.url);
    await browser.signIn({ token: await api.token(role === "subscriber" ? CRM : { role }) });
    return await browser.go(path);
  };
}

const ASKERS: readonly Asker[] = [
  {
    name: "nobody",
    board: 401,
    metrics: 401,
    ask: async (api, path) => await createBrowserRequests(api.url).ask("GET", path),
  },
  {
    name: "a wrong token",
    board: 401,
    metrics: 401,
    ask: async (api, path) =>
      await createBrowserRequests(api.url).ask("GET", path, {
        headers: { authorization: bearer(`cwt_0123456789ab_${"x".repeat(43)}`) },
      }),
  },
  ...(["admin", "viewer", "subscriber"] as const).flatMap((role) => {
    const status = role === "subscriber" ? 403 : 200;
    return [
      { name: `${role} by bearer`, board: status, metrics: status, ask: byToken(role, bearer) },
      { name: `${role} by password`, board: status, metrics: status, ask: byToken(role, basic) },
      // A machine reads the metrics: it has a token.
      { name: `${role} signed in`, board: status, metrics: 401, ask: bySession(role) },
    ];
  }),
];

test.for(ASKERS)(
  "$name: the board answers $board, the metrics $metrics",
  async (asker, { address, prefix }) => {
    await using api = await startApi({ address, prefix, setup: NO_OPS_TOKEN });

    for (const path of BOARD) {
      const { status, text } = await asker.ask(api, path);
      expect([path, status]).toEqual([path, asker.board]);
      if (status === 403) expect(text).toContain("this page is for operators");
    }
    expect((await asker.ask(api, "/metrics")).status).toBe(asker.metrics);
  },
);

test("the ops token opens board and metrics as it did, and a session made with it the board", async ({
  api,
}) => {
  for (const path of [...BOARD, "/metrics"]) {
    for (const authorization of [bearer(OPS_TOKEN), basic(OPS_TOKEN)]) {
      const { status } = await createBrowserRequests(api.url).ask("GET", path, {
        headers: { authorization },
      });
      expect([path, status]).toEqual([path, 200]);
    }
  }
  const browser = createBrowserRequests(api.url);
  await browser.signIn({ token: OPS_TOKEN });
  expect((await browser.go("/ops/queues")).status).toBe(200);
});

test("a person who is not signed in is led to the sign-in, and a program is told so", async ({ api }) => {
  const person = await createBrowserRequests(api.url).go("/ops/queues/queue/deliver");
  expect([person.status, person.headers["location"]]).toEqual([302, "/ops/sign-in?then=/ops/queues"]);

  const program = await createBrowserRequests(api.url).ask("GET", "/ops/queues/api/queues");
  expect([program.status, program.headers["www-authenticate"]]).toEqual([
    401,
    expect.stringMatching(/^Basic realm=/),
  ]);
  // What was typed as a password is answered as one, not led elsewhere.
  const wrong = await createBrowserRequests(api.url).go("/ops/queues", {
    headers: { authorization: basic("wrong") },
  });
  expect(wrong.status).toBe(401);
});

test("when a session ends under an open board, the browser asks nobody for a password", async ({ api }) => {
  const browser = createBrowserRequests(api.url);
  await browser.signIn({ token: OPS_TOKEN });
  const headers = { cookie: browser.cookie };
  await browser.ask("DELETE", "/ops/session");
  const script = await createBrowserRequests(api.url).ask("GET", "/ops/queues/api/queues", { headers });
  const person = await createBrowserRequests(api.url).go("/ops/queues", { headers });

  expect([script.status, script.headers["www-authenticate"]]).toEqual([401, undefined]);
  expect(person.status).toBe(302);
});

test.for([
  ["PUT", "/ops/queues/api/queues/deliver/pause"],
  ["PUT", "/ops/queues/api/queues/deliver/empty"],
] as const)("a session changes nothing on the board: %s %s", async ([method, path], { api }) => {
  const browser = createBrowserRequests(api.url);
  await browser.signIn({ token: OPS_TOKEN });

  // As another site would send it, as the board's own script would, and with all that a page of ours adds.
  for (const headers of [{ "sec-fetch-site": "cross-site" }, { "x-dashboard": undefined }, {}]) {
    expect((await browser.ask(method, path, { headers })).status).toBeGreaterThanOrEqual(400);
  }
  expect(await api.base.queues.board.find(({ name }) => name === "deliver")?.isPaused()).toBe(false);
});

test("a page of another site cannot read the board with a person's session", async ({ api }) => {
  const browser = createBrowserRequests(api.url);
  await browser.signIn({ token: OPS_TOKEN });
  const read = async (headers: Record<string, string>) =>
    (await browser.ask("GET", "/ops/queues/api/queues", { headers })).status;

  expect(await read({ "sec-fetch-site": "cross-site" })).toBe(403);
  expect(await read({ origin: "https://evil.example" })).toBe(403);
  expect(await read({})).toBe(200);
});
