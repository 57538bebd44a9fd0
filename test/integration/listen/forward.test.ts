import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "vitest";

import { renderPayload } from "../../../src/diff/event.ts";
import { sensitiveFieldsOf } from "../../../src/resources/registry.ts";
import { type ReceiverOptions, startReceiver } from "../../../src/sandbox/http/receiver.ts";
import { commitAll, eventId, numbered } from "../../support/admin-setup.ts";
import { createFeedService } from "../../support/feed-service.ts";
import { eventually } from "../../support/harness.ts";
import { type Listener, startListener } from "../../support/listener.ts";
import { closedPort, startHttp } from "../../support/local-servers.ts";
import { test as base } from "../../support/redis-test.ts";
import { SECRET } from "../../support/test-config.ts";

const test = base
  .extend("folder", async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "cw-listen-"));
    onCleanup(async () => await rm(folder, { recursive: true, force: true }));
    return folder;
  })
  .extend("service", async ({ address, prefix }, { onCleanup }) => {
    const service = await createFeedService({ address, prefix });
    onCleanup(async () => await service[Symbol.asyncDispose]());
    await service.start();
    return service;
  })
  .extend("token", async ({ service }) => (await service.token()).text);

async function startWith(options: Partial<ReceiverOptions> = {}) {
  const receiver = await startReceiver({ secret: SECRET, ...options });
  const ids = (): string[] => receiver.callbacks.map(({ webhookId }) => webhookId);
  return { ...receiver, ids };
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => eventId(from + index));

async function stateIn(folder: string): Promise<Record<string, unknown>> {
  const path = join(folder, "state", "cliniko-webhooks");
  const [name = ""] = (await readdir(path)).filter((file) => file.endsWith(".json"));
  return JSON.parse(await readFile(join(path, name), "utf8")) as Record<string, unknown>;
}

async function forwarded(ids: () => string[], count: number, listener: Listener): Promise<string[]> {
  await eventually(() => ids().length >= count || undefined);
  expect(await listener.stop()).toEqual([]);
  return ids();
}

test("what is committed while it listens arrives, signed, with the bytes of a callback", async ({
  service,
  token,
  folder,
}) => {
  await using receiver = await startWith();
  await commitAll(service.base, numbered(1));
  const listener = startListener({ folder, forwardTo: receiver.url, server: service.url, token });
  await listener.said(/^ready: 0 events to come$/);
  const event = numbered(2);
  await commitAll(service.base, event);
  expect(await forwarded(receiver.ids, 1, listener)).toEqual([eventId(2)]);

  // The receiver has verified the signature, with the public library.
  expect(receiver.refused).toEqual([]);
  expect(receiver.callbacks[0]?.body).toBe(
    renderPayload(event, sensitiveFieldsOf("appointment"), "full", []),
  );
  expect(listener.lines).toContainEqual(
    expect.stringMatching(/^\d\d:\d\d:\d\d {2}.*appointment\.rescheduled.* → 204 after \d+ ms$/),
  );
  expect(listener.lines.at(-1)).toBe("\n1 forwarded; the same command goes on from here");
});

test("nothing personal is in what it prints and keeps", async ({ service, token, folder }) => {
  await using receiver = await startWith();
  const listener = startListener({ folder, forwardTo: receiver.url, server: service.url, token });
  await listener.said(/^ready/);
  await commitAll(service.base, numbered(1));
  await forwarded(receiver.ids, 1, listener);
  const { data } = JSON.parse(receiver.callbacks[0]?.body ?? "") as {
    data: { object: { patient_name: string } };
  };
  const kept = JSON.stringify(await stateIn(folder));
  expect(data.object.patient_name).not.toBe("");
  for (const text of [listener.lines.join("\n"), kept]) {
    expect(text).not.toContain(data.object.patient_name);
    expect(text).not.toContain("left knee");
    expect(text).not.toContain(token);
  }
});

test("the position is kept for its owner alone, and so is a secret that was made", async ({
  service,
  token,
  folder,
}) => {
  await using receiver = await startWith();
  const options = { folder, forwardTo: receiver.url, server: service.url, token, secret: undefined };
  const first = startListener(options);
  await first.said(/^ready/);
  await first.stop();
  const second = startListener(options);
  await second.said(/^ready/);
  await second.stop();
  const secretOf = ({ lines }: Listener): string | undefined =>
    lines.map((line) => /^secret +(whsec_\S+)/.exec(line)?.[1]).find(Boolean);
  expect(secretOf(first)).toMatch(/^whsec_/);
  expect(secretOf(second)).toBe(secretOf(first));
  expect(first.lines).toContainEqual(expect.stringContaining("(made now;"));
  expect(second.lines).toContainEqual(expect.stringContaining("(as before;"));
  const path = second.lines.map((line) => /^position +(\S+)$/.exec(line)?.[1]).find(Boolean) ?? "";
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("it goes on from where it was, and says how much waits", async ({ service, token, folder }) => {
  await using receiver = await startWith();
  const options = { folder, forwardTo: receiver.url, server: service.url, token };
  const first = startListener(options);
  await first.said(/^ready/);
  await commitAll(service.base, numbered(1));
  expect(await forwarded(receiver.ids, 1, first)).toHaveLength(1);
  const many = Array.from({ length: 230 }, (_, index) => numbered(index + 2));
  await commitAll(service.base, ...many);

  const second = startListener(options);
  await second.said(/^ready: resumed from the event brought at 20\S+Z, 230 events behind$/);
  expect(await forwarded(receiver.ids, 231, second)).toEqual(numbers(1, 231));
});

test("the position of one choice of events is not that of another", async ({ service, token, folder }) => {
  await using receiver = await startWith();
  const options = { folder, forwardTo: receiver.url, server: service.url, token };
  const all = startListener(options);
  await all.said(/^ready/);
  await all.stop();
  await commitAll(service.base, numbered(1), numbered(2, { type: "appointment.cancelled" }));
  const cancelled = startListener({ ...options, from: "oldest", filter: { types: "appointment.cancelled" } });
  expect(await forwarded(receiver.ids, 1, cancelled)).toEqual([eventId(2)]);
  expect(cancelled.lines).toContainEqual(expect.stringMatching(/^ready: 1 event to come$/));
  const again = startListener(options);
  expect((await forwarded(receiver.ids, 3, again)).slice(1)).toEqual([eventId(1), eventId(2)]);
});

test("what an endpoint is to get is forwarded as that endpoint would get it", async ({
  address,
  prefix,
  folder,
}) => {
  const settings = { events: ["appointment.cancelled"], accounts: ["northside"], payload: "ids" };
  const endpoints = { crm: { url: "http://127.0.0.1:9/hooks", settings } };
  await using crm = await createFeedService({ address, prefix: `${prefix}-crm` }, { endpoints });
  await crm.start();
  const { text: token } = await crm.token();
  await using receiver = await startWith();
  const filter = { endpoint: "crm" };
  const listener = startListener({ folder, forwardTo: receiver.url, server: crm.url, token, filter });
  await listener.said(/^ready/);
  const cancelled = numbered(2, { type: "appointment.cancelled" });
  await commitAll(crm.base, numbered(1), cancelled);
  expect(await forwarded(receiver.ids, 1, listener)).toEqual([eventId(2)]);
  expect(receiver.callbacks[0]?.body).toBe(renderPayload(cancelled, [], "ids", []));
});

test("what goes to an endpoint as a CloudEvent is forwarded as one, and said in a line like any other", async ({
  address,
  prefix,
  folder,
}) => {
  const endpoints = { crm: { url: "http://127.0.0.1:9/hooks", settings: { format: "cloudevents" } } };
  await using crm = await createFeedService({ address, prefix: `${prefix}-cloud` }, { endpoints });
  await crm.start();
  const { text: token } = await crm.token();
  const types: (string | undefined)[] = [];
  await using server = await startHttp((request, response) => {
    types.push(request.headers["content-type"]);
    response.writeHead(204).end();
  });
  const filter = { endpoint: "crm" };
  const listener = startListener({ folder, forwardTo: server.url, server: crm.url, token, filter });
  await listener.said(/^ready/);
  await commitAll(crm.base, numbered(1));
  await listener.said(/appointment\.rescheduled.*→/);
  await listener.stop();
  expect(types).toEqual(["application/cloudevents+json"]);
});

test("a receiver with another secret is asked about it", async ({ service, token, folder }) => {
  await using receiver = await startWith();
  const options = { folder, forwardTo: receiver.url, server: service.url, token };
  const listener = startListener({ ...options, secret: undefined });
  await listener.said(/^ready/);
  await commitAll(service.base, numbered(1));
  await listener.said(/does your receiver verify with the secret above\?/);
  await listener.stop();
  expect(await forwarded(receiver.ids, 1, startListener(options))).toEqual([eventId(1)]);
});

test("--from gives the kept position up, and says so", async ({ service, token, folder }) => {
  await using receiver = await startWith();
  const options = { folder, forwardTo: receiver.url, server: service.url, token };
  await commitAll(service.base, numbered(1), numbered(2));
  const first = startListener({ ...options, from: "oldest" });
  expect(await forwarded(receiver.ids, 2, first)).toEqual(numbers(1, 2));
  const second = startListener({ ...options, from: "2020-01-01T00:00:00Z" });
  const ids = await forwarded(receiver.ids, 4, second);
  expect(ids, second.lines.join("\n")).toEqual([...numbers(1, 2), ...numbers(1, 2)]);
  expect(second.lines).toContain("beginning at 2020-01-01T00:00:00Z: the kept position is given up");
});

test("a receiver that is away is waited for: nothing is lost, and the order stays", async ({
  service,
  token,
  folder,
}) => {
  const port = await closedPort();
  const forwardTo = `http://127.0.0.1:${port}/hooks`;
  const listener = startListener({ folder, forwardTo, server: service.url, token, skipFailed: true });
  await listener.said(/^ready/);
  await commitAll(service.base, ...[1, 2, 3].map((number) => numbered(number)));
  await listener.said(/→ no answer \(ECONNREFUSED\); again in 0\.02 s, the next ones wait$/);
  await using receiver = await startWith({ port });
  expect(await forwarded(receiver.ids, 3, listener)).toEqual(numbers(1, 3));
});

test("what the receiver does not take is tried until it is, before anything newer", async ({
  service,
  token,
  folder,
}) => {
  const refused: string[] = [];
  await using receiver = await startWith({
    answer: ({ webhookId }) => {
      if (webhookId !== eventId(2) || refused.length === 5) return 204;
      refused.push(webhookId);
      return 500;
    },
  });
  const listener = startListener({ folder, forwardTo: receiver.url, server: service.url, token });
  await listener.said(/^ready/);
  await commitAll(service.base, ...[1, 2, 3].map((number) => numbered(number)));
  expect(await forwarded(receiver.ids, 3, listener)).toEqual(numbers(1, 3));
  expect(refused).toHaveLength(5);
  const waits = listener.lines.map((line) => /→ 500 after .*; again in (\S+) s/.exec(line)?.[1]);
  expect(waits.filter(Boolean)).toEqual(["0.01", "0.02", "0.04", "0.05", "0.05"]);
  // Said once, and not for what is taken at the second try.
  expect(listener.lines.filter((line) => line.includes("--skip-failed"))).toEqual([
    "          --skip-failed passes over what your receiver never takes; Ctrl-C, and the same command with it",
  ]);
});

test("one refusal is no reason to pass over an event", async ({ service, token, folder }) => {
  let refused = 0;
  await using receiver = await startWith({ answer: () => (refused++ === 0 ? 500 : 204) });
  const listener = startListener({ folder, forwardTo: receiver.url, server: service.url, token });
  await listener.said(/^ready/);
  await commitAll(service.base, numbered(1), numbered(2));
  expect(await forwarded(receiver.ids, 2, listener)).toEqual(numbers(1, 2));
  expect(refused).toBe(3);
  expect(listener.lines.join("\n")).not.toContain("--skip-failed");
});

test("with --skip-failed it is passed over, and counted", async ({ service, token, folder }) => {
  await using receiver = await startWith({
    answer: ({ webhookId }) => (webhookId === eventId(2) ? 422 : 204),
  });
  const listener = startListener({
    folder,
    forwardTo: receiver.url,
    server: service.url,
    token,
    skipFailed: true,
  });
  await listener.said(/^ready/);
  await commitAll(service.base, ...[1, 2, 3].map((number) => numbered(number)));
  expect(await forwarded(receiver.ids, 2, listener)).toEqual([eventId(1), eventId(3)]);
  expect(listener.lines).toContainEqual(expect.stringMatching(/→ 422 after \d+ ms; passed over$/));
  expect(listener.lines.at(-1)).toMatch(/2 forwarded, 1 passed over/);
});

test("what was not taken when it ended is the first thing it brings the next time", async ({
  service,
  token,
  folder,
}) => {
  let broken = true;
  await using receiver = await startWith({
    answer: ({ webhookId }) => (broken && webhookId === eventId(2) ? 500 : 204),
  });
  const options = { folder, forwardTo: receiver.url, server: service.url, token };
  const first = startListener(options);
  await first.said(/^ready/);
  await commitAll(service.base, ...[1, 2, 3].map((number) => numbered(number)));
  await first.said(/→ 500/);
  await first.stop();
  expect(receiver.ids()).toEqual([eventId(1)]);
  broken = false;
  const second = startListener(options);
  await second.said(/^ready: resumed from .*, 2 events behind$/);
  // In one page with the others: what was done of it is not brought again.
  expect(await forwarded(receiver.ids, 3, second)).toEqual(numbers(1, 3));
});

test("it is ready only once the service has answered", async ({ service, token, folder }) => {
  await service.stop();
  await using receiver = await startWith();
  const listener = startListener({ folder, forwardTo: receiver.url, server: service.url, token });
  expect(await listener.said(/^not ready/)).toBe(
    "not ready: the feed cannot be read (ECONNREFUSED). Is it started, with its ops role, and is --server its address? Trying until it can.",
  );
  expect(listener.lines).not.toContainEqual(expect.stringMatching(/^ready/));
  await service.start();
  await listener.said(/^the service is back after \d+ s$/);
  await listener.said(/^ready: 0 events to come$/);
  await listener.stop();
});

test("a service that goes and comes again has told everything in the end", async ({
  service,
  token,
  folder,
}) => {
  await using receiver = await startWith();
  const listener = startListener({ folder, forwardTo: receiver.url, server: service.url, token });
  await listener.said(/^ready/);
  await commitAll(service.base, numbered(1));
  await eventually(() => receiver.ids().length === 1 || undefined);
  await service.stop();
  await listener.said(/^not ready: the feed cannot be read \(\w+\)\. Trying until it can\.$/);
  await commitAll(service.base, ...[2, 3, 4].map((number) => numbered(number)));
  await service.start();
  await listener.said(/^ready: resumed from the event brought at \S+, 3 events behind$/);
  expect(await forwarded(receiver.ids, 4, listener)).toEqual(numbers(1, 4));
  // Told once, however often it was tried.
  expect(listener.lines.filter((line) => line.startsWith("not ready"))).toHaveLength(1);
});

test("events that were removed before they were read are a gap, and the gap is said loudly", async ({
  service,
  token,
  folder,
}) => {
  await using receiver = await startWith();
  const options = { folder, forwardTo: receiver.url, server: service.url, token };
  const first = startListener(options);
  await first.said(/^ready/);
  await commitAll(service.base, numbered(1));
  await forwarded(receiver.ids, 1, first);
  await commitAll(service.base, ...[2, 3, 4].map((number) => numbered(number)));
  const { redis, keys } = service.base;
  const [one, two] = await redis.xrange(keys.log("northside"), "-", "+", "COUNT", 2);
  await redis.xdel(keys.log("northside"), one?.[0] ?? "", two?.[0] ?? "");

  const second = startListener(options);
  await second.said(
    /^GAP: Events of northside behind this position are not kept any more: it goes back to 20/,
  );
  expect(await forwarded(receiver.ids, 3, second)).toEqual([eventId(1), eventId(3), eventId(4)]);
  expect(second.lines.at(-1)).toMatch(/2 forwarded, 1 gap;/);

  const third = startListener(options);
  await third.said(/^ready: resumed from .*, 0 events behind$/);
  await third.stop();
  expect(third.lines).not.toContainEqual(expect.stringContaining("GAP"));
});

test("a token that is revoked ends it, and the position stays", async ({ service, folder }) => {
  await using receiver = await startWith();
  const { id, text } = await service.token();
  const options = { folder, forwardTo: receiver.url, server: service.url };
  const first = startListener({ ...options, token: text });
  await first.said(/^ready/);
  await commitAll(service.base, numbered(1));
  await eventually(() => receiver.ids().length === 1 || undefined);
  await service.base.tokens.revoke(id);
  expect(await first.ended).toEqual([
    expect.stringMatching(/^--token-env 127\.0\.0\.1:\d+ does not take this token/),
  ]);
  await commitAll(service.base, numbered(2));
  const second = startListener({ ...options, token: (await service.token()).text });
  await second.said(/^ready: resumed from .*, 1 event behind$/);
  expect(await forwarded(receiver.ids, 2, second)).toEqual(numbers(1, 2));
});
