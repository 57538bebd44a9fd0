import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { createFeedClient } from "../../../src/cli/forward/feed-client.ts";
import { createFeedService } from "../../support/feed-service.ts";
import { startListener } from "../../support/listener.ts";
import { startHttp } from "../../support/local-servers.ts";
import { test as base } from "../../support/redis-test.ts";
import { startTlsReceiver } from "../../support/tls-servers.ts";

const NOWHERE = "http://127.0.0.1:9/hooks";

const test = base.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "cw-listen-"));
  onCleanup(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
});

describe("a running service says what is wrong", () => {
  test("with the token, the endpoint, the filter and the position", async ({ address, prefix, folder }) => {
    await using service = await createFeedService({ address, prefix });
    await service.start();
    const token = (await service.token()).text;
    const why = async (options: Partial<Parameters<typeof startListener>[0]>): Promise<readonly string[]> =>
      await startListener({ folder, forwardTo: NOWHERE, server: service.url, token, ...options }).ended;

    expect(await why({ token: "cwt_guessed" })).toEqual([
      expect.stringMatching(
        /^--token-env 127\.0\.0\.1:\d+ does not take this token: This token is unknown, revoked or expired\. → make one .*tokens create/,
      ),
    ]);
    expect(await why({ filter: { endpoint: "crn" } })).toEqual([
      '--endpoint There is no endpoint "crn". → name one that this token may see, or say --events instead',
    ]);
    expect(await why({ filter: { types: "appointment.canceled", accounts: "nortside" } })).toEqual([
      '--events there is no event type "appointment.canceled" → did you mean "appointment.cancelled"?',
    ]);
    expect(await why({ filter: { accounts: "nortside" } })).toEqual([
      '--accounts there is no account "nortside" → did you mean "northside"?',
    ]);
    const stateFile = join(folder, "position.json");
    const state = { version: 1, server: service.url, filter: {}, place: { after: "nowhere" }, done: [] };
    await writeFile(stateFile, JSON.stringify(state));
    expect(await why({ stateFile })).toEqual([
      "the kept position is not a position of this feed → begin again: --from now, --from oldest or --from 2h",
    ]);
  });

  test("and nothing where nothing is wrong", async ({ address, prefix, folder }) => {
    await using service = await createFeedService({ address, prefix });
    await service.start();
    const { text: token } = await service.token();
    const filter = { types: "appointment.cancelled,patient.*", accounts: "northside", payload: "ids" };
    const listener = startListener({ folder, forwardTo: NOWHERE, server: service.url, token, filter });
    await listener.said(/^ready/);
    expect(await listener.stop()).toEqual([]);
  });
});

describe("another server is told from the service", () => {
  test.each([
    [
      "a page",
      200,
      { "content-type": "text/html" },
      "answers (200), but it has no feed: it is not cliniko-webhooks",
    ],
    ["an older release", 404, { "content-type": "application/json" }, "or an older release of it"],
    [
      "a redirect",
      308,
      { location: "https://other.example/v1/feed" },
      "name the address itself: https://other",
    ],
    ["a guard", 401, { "www-authenticate": "Basic" }, "something stands before the service"],
  ])("%s", async (_name, status, headers, words) => {
    const folder = await mkdtemp(join(tmpdir(), "cw-listen-"));
    await using server = await startHttp((_request, response) => {
      response.writeHead(status, headers).end("{}\n");
    });
    const { ended, lines } = startListener({
      folder,
      forwardTo: NOWHERE,
      server: server.url,
      token: "cwt_x",
    });
    expect((await ended).join()).toContain(words);
    expect((await ended).join()).toMatch(/^--server /);
    expect(lines.join("\n")).not.toMatch(/^ready/m);
    await rm(folder, { recursive: true, force: true });
  });

  test("one whose certificate nobody vouches for is waited for, and the variable that names its authority is said", async ({
    folder,
  }) => {
    await using server = await startTlsReceiver("receiver");
    await using clear = await startHttp((_request, response) => void response.writeHead(204).end());
    const secure = startListener({
      folder,
      forwardTo: NOWHERE,
      server: `https://127.0.0.1:${server.port}`,
      token: "cwt_x",
    });
    expect(await secure.said(/^not ready/)).toMatch(
      /\(UNABLE_TO_VERIFY_LEAF_SIGNATURE: .*NODE_EXTRA_CA_CERTS=\/path\/to\/ca\.pem\)/,
    );
    expect(await secure.stop()).toEqual([]);
    // What spoke no TLS at all is not mended by an authority.
    const plain = startListener({
      folder,
      forwardTo: NOWHERE,
      server: clear.url.replace("http:", "https:"),
      token: "cwt_x",
    });
    expect(await plain.said(/^not ready/)).not.toContain("NODE_EXTRA_CA_CERTS");
    expect(await plain.stop()).toEqual([]);
    expect(server.hosts).toEqual([]);
  });

  test("but once the service has answered, what stands before it is waited out", async ({ folder }) => {
    let asked = 0;
    await using server = await startHttp((_request, response) => {
      asked += 1;
      if (asked === 2) response.writeHead(404, { "content-type": "text/html" }).end("starting");
      else {
        const headers = { "content-type": "application/x-ndjson", "x-next-position": `p${asked}` };
        response.writeHead(200, headers).end();
      }
    });
    const listener = startListener({ folder, forwardTo: NOWHERE, server: server.url, token: "cwt_x" });
    await listener.said(/^not ready: the feed cannot be read \(127\.0\.0\.1:\d+ answers \(404\)/);
    await listener.said(/^ready: resumed from/);
    expect(await listener.stop()).toEqual([]);
  });

  test("the service may be behind a path of a proxy, and one that does not wait is not asked without end", async ({
    folder,
  }) => {
    await using server = await startHttp((_request, response) => {
      const headers = { "content-type": "application/x-ndjson", "x-next-position": "p" };
      response.writeHead(200, headers).end();
    });
    const url = `${server.url}/notifier/`;
    const listener = startListener({ folder, forwardTo: NOWHERE, server: url, token: "cwt_x" });
    await listener.said(/^ready/);
    const startedAt = performance.now();
    await expect.poll(() => server.received.length).toBeGreaterThan(5);
    // Tries are 10 ms apart in tests.
    expect(performance.now() - startedAt).toBeGreaterThan(30);
    await listener.stop();
    expect(server.received[0]?.url).toBe("/notifier/v1/feed?from=now&limit=100&wait=0ms");
    expect(server.received[1]?.url).toBe("/notifier/v1/feed?after=p&limit=100&wait=2000ms");
  });

  test("an answer that breaks off is asked for again, whole", async ({ folder }) => {
    let asked = 0;
    await using server = await startHttp((_request, response) => {
      asked += 1;
      const headers = { "content-type": "application/x-ndjson", "x-next-position": "p" };
      response.writeHead(200, headers).end(asked === 1 ? '{"id":"evt_1"' : "");
    });
    const listener = startListener({ folder, forwardTo: NOWHERE, server: server.url, token: "cwt_x" });
    await listener.said(/^not ready: the feed cannot be read \(broken off\)/);
    await listener.said(/^ready/);
    expect(await listener.stop()).toEqual([]);
  });
});

test.each([
  ["in a line", '{"id":"evt_1"', "1"],
  ["between two lines", '{"id":"evt_1"}\n', "2"],
  ["before the first", "", "2"],
])("an answer of the feed that breaks off %s is no page", async (_where, body, sent) => {
  await using server = await startHttp((_request, response) => {
    const headers = {
      "content-type": "application/x-ndjson",
      "x-next-position": "p",
      "x-event-count": sent,
    };
    response.writeHead(200, headers).end(body);
  });
  const feed = createFeedClient({
    server: new URL(server.url),
    token: "cwt_x",
    filter: {},
    patienceMs: 10_000,
  });
  const asked = { limit: 2, waitMs: 0 };
  expect(await feed.read({ from: "oldest" }, asked, new AbortController().signal)).toMatchObject({
    kind: "unavailable",
    detail: "broken off",
  });
});

describe("the file of the position", () => {
  const options = { forwardTo: NOWHERE, server: "http://127.0.0.1:9", token: "cwt_x" };

  test("is not taken from a listener that lives, and is from one that was killed", async ({ folder }) => {
    const stateFile = join(folder, "deep", "position.json");
    const first = startListener({ ...options, folder, stateFile });
    await first.said(/^not ready/);
    await first.stop();
    await writeFile(`${stateFile}.lock`, String(process.ppid));
    expect(await startListener({ ...options, folder, stateFile }).ended).toEqual([
      `--state process ${process.ppid} is listening with ${stateFile} → end it, or keep another position: --state FILE; if there is no such process, remove ${stateFile}.lock`,
    ]);
    // As a process that was killed leaves it.
    await writeFile(`${stateFile}.lock`, "999999999");
    const third = startListener({ ...options, folder, stateFile });
    await third.said(/^not ready/);
    expect(await third.stop()).toEqual([]);
  });

  test("is refused when it is another listener's, and is left as it is", async ({ folder }) => {
    const stateFile = join(folder, "position.json");
    const first = startListener({ ...options, folder, stateFile, filter: { accounts: "northside" } });
    await first.said(/^not ready/);
    await first.stop();
    const before = await readFile(stateFile, "utf8");
    expect(await startListener({ ...options, folder, stateFile }).ended).toEqual([
      `--state ${stateFile} is the place of another listener, of http://127.0.0.1:9, accounts northside → name another file, or none`,
    ]);
    expect(await readFile(stateFile, "utf8")).toBe(before);
  });

  test.each(["", "{", '{"version":2}', "[]"])(
    "is refused when it holds %j: `now` would lose events",
    async (text) => {
      const folder = await mkdtemp(join(tmpdir(), "cw-listen-"));
      const stateFile = join(folder, "position.json");
      await writeFile(stateFile, text);
      expect(await startListener({ ...options, folder, stateFile }).ended).toEqual([
        expect.stringContaining(
          "is not a position that this release can read → remove it, and say where to begin",
        ),
      ]);
      await rm(folder, { recursive: true, force: true });
    },
  );

  test.each(["in a file", "where nothing can be made", "whose draft cannot be made"])(
    "is refused where it cannot be written: %s",
    async (where) => {
      const folder = await mkdtemp(join(tmpdir(), "cw-listen-"));
      await writeFile(join(folder, "file"), "");
      // As of a full disk: the lock is there, and the next file is refused.
      await mkdir(join(folder, `.position.json.${process.pid}`));
      const places: Record<string, string> = {
        "in a file": join(folder, "file"),
        "where nothing can be made": "/proc/cliniko-webhooks/deep",
      };
      const stateFile = join(places[where] ?? folder, "position.json");
      expect(await startListener({ ...options, folder, stateFile }).ended).toEqual([
        expect.stringMatching(
          /^--state .* cannot be kept: E[A-Z]+ → name a file that you may write: --state FILE$/,
        ),
      ]);
      await rm(folder, { recursive: true, force: true });
    },
  );
});

test("what cannot be an address, or cannot sign, is said before anything is asked", async ({ folder }) => {
  const good = { folder, forwardTo: NOWHERE, server: "http://127.0.0.1:9", token: "cwt_x" };
  const path = async (more: object): Promise<string[]> =>
    (await startListener({ ...good, ...more }).ended).map((problem) => problem.split(" ")[0] ?? "");
  expect(await path({ server: "127.0.0.1:8321" })).toEqual(["--server"]);
  expect(await path({ forwardTo: "localhost" })).toEqual(["--forward-to"]);
  expect(await path({ secret: "whsec_c2hvcnQ=" })).toEqual(["--secret-env"]);
});

test("what would travel in clear over a network is said", async ({ folder }) => {
  // Nobody asks this receiver anything: the service does not answer.
  const options = { folder, server: "http://127.0.0.1:9", token: "cwt_x" };
  const listener = startListener({ ...options, forwardTo: "http://crm.example/hooks" });
  await listener.said(/^careful: crm\.example is not this machine and has no https/);
  await listener.stop();
  const safe = startListener({ ...options, forwardTo: "http://localhost:3000/hooks" });
  await safe.said(/^not ready/);
  await safe.stop();
  expect(safe.lines.join("\n")).not.toContain("careful");
});
