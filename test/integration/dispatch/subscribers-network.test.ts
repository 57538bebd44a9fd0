import { expect, test } from "vitest";

import { startHttp } from "../../support/local-servers.ts";
import { BODY, HEADERS, createSender, targetOf } from "../../support/sender-setup.ts";
import { cidrs } from "../../support/cidrs.ts";

const CLOSED = "http://127.0.0.1:9/";
const FAILURES = [
  ["a name that does not exist", "http://nowhere.example/"],
  ["a closed port", CLOSED],
  ["an address that is refused", "http://10.0.0.1/"],
  ["a port that is refused", "http://127.0.0.1:6379/"],
  ["no TLS", "https://127.0.0.1:9/"],
] as const;

test.for(FAILURES)("%s takes a subscriber's attempt the whole deadline", async ([, url]) => {
  const timeoutMs = 400;
  await using sender = createSender({ timeoutMs });
  const startedAt = performance.now();
  const outcome = await sender.send(targetOf(url, { owner: "crm" }), HEADERS, BODY);

  expect(outcome.kind).not.toMatch(/delivered|rejected/);
  // A timer may be a millisecond early.
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(timeoutMs - 5);
});

test.for(FAILURES)("%s is told the operator at once", async ([, url]) => {
  // Nobody could wait so long.
  await using sender = createSender({ timeoutMs: 3_600_000 });

  expect((await sender.send(targetOf(url), HEADERS, BODY)).kind).not.toMatch(/delivered|rejected/);
});

test("an answer is told a subscriber at once, whatever it is", async () => {
  let status = 204;
  await using receiver = await startHttp((_request, response) => response.writeHead(status).end());
  await using sender = createSender({ timeoutMs: 3_600_000 });
  const target = targetOf(receiver.url, { owner: "crm" });

  expect((await sender.send(target, HEADERS, BODY)).kind).toBe("delivered");
  status = 503;
  expect((await sender.send(target, HEADERS, BODY)).kind).toBe("rejected");
});

test("who waits for the deadline is let go when the service stops", async () => {
  const sender = createSender({ timeoutMs: 3_600_000 });
  const sent = sender.send(targetOf("http://10.0.0.1/", { owner: "crm" }), HEADERS, BODY);
  await sender[Symbol.asyncDispose]();

  expect((await sent).kind).not.toMatch(/delivered|rejected/);
});

test("a range is open to whom it was opened", async () => {
  await using receiver = await startHttp((_request, response) => response.writeHead(204).end());
  const open = { allowHttp: true, allowedRanges: cidrs("127.0.0.1/32") };
  const shut = { allowHttp: true, allowedRanges: [] };
  await using sender = createSender({
    timeoutMs: 400,
    policyOf: (owner) => (owner === "other" ? shut : open),
  });
  const kindFor = async (owner: string | undefined): Promise<string> =>
    (await sender.send(targetOf(receiver.url, { owner }), HEADERS, BODY)).kind;

  expect(await kindFor(undefined)).toBe("delivered");
  // Over no connection that was opened for somebody else, though it is called by the same name.
  expect(await kindFor("other")).toBe("refused");
  expect(await kindFor("crm")).toBe("delivered");
  expect(receiver.received).toHaveLength(2);
});
