import { expect } from "vitest";

import { createReceptionist } from "../../../../src/sandbox/staff/receptionist.ts";
import { eventually, startHarness } from "../../../support/harness.ts";
import { OPS_TOKEN } from "../../../support/test-config.ts";
import { test } from "../../../support/redis-test.ts";

const HOURS = 8;
const ACTS_AN_HOUR = 30;

test("a subscriber that was away for a day catches up by feed and by recover: the same events, byte for byte, none missing", async ({
  address,
  prefix,
}) => {
  let away = false;
  await using harness = await startHarness({
    address,
    prefix,
    seed: { patients: 60, appointments: 200 },
    // The host of one that has been taken down answers "gone": that disables an endpoint at once.
    receiver: { answer: () => (away ? 410 : 204) },
    setup: {
      settings: { roles: ["poll", "dispatch", "ops"], ops: { port: 0, token: { env: "OPS_TOKEN" } } },
    },
  });
  const ask = async (
    method: string,
    path: string,
    body?: object,
    accept = "application/json",
  ): Promise<Response> =>
    await fetch(`${harness.app.opsUrl ?? ""}/v1${path}`, {
      method,
      headers: {
        accept,
        authorization: `Bearer ${OPS_TOKEN}`,
        ...(body ? { "content-type": "application/json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const readOn = async (after: string): Promise<{ lines: string[]; next: string }> => {
    const path = `/feed?endpoint=crm&limit=50&${after}`;
    const response = await ask("GET", path, undefined, "application/x-ndjson");
    expect(response.status).toBe(200);
    const lines = (await response.text()).split("\n").filter(Boolean);
    return { lines, next: response.headers.get("x-next-position") ?? "" };
  };
  // What the first sync has to tell is told, to the end: it is no part of what the subscriber is to miss.
  const resources = (await harness.app.status()).length;
  await eventually(() => harness.connectionEvents().length === resources || undefined);
  const before = await readOn("from=now");
  const had = harness.receiver.callbacks.length;

  away = true;
  const receptionist = createReceptionist({ clinic: harness.clinic, seed: 5 });
  for (let hour = 0; hour < HOURS; hour += 1) {
    for (let act = 0; act < ACTS_AN_HOUR; act += 1) receptionist.step();
    await harness.settled();
  }
  away = false;

  const fed: string[] = [];
  for (let after = before.next; ;) {
    const page = await readOn(`after=${after}`);
    fed.push(...page.lines);
    if (page.lines.length === 0) break;
    after = page.next;
  }
  expect(fed.length).toBeGreaterThan(100);
  expect(harness.receiver.callbacks).toHaveLength(had);

  // All of it has been handed to the endpoint, and is parked there.
  await eventually(async () => {
    const preview = await ask("POST", "/endpoints/crm/recoveries/preview", {});
    const { total } = (await preview.json()) as { total: number };
    return total >= fed.length ? true : undefined;
  });
  expect((await (await ask("POST", "/endpoints/crm/test")).json()) as object).toMatchObject({
    result: "delivered",
  });
  expect((await ask("POST", "/endpoints/crm/recoveries", {})).status).toBe(202);
  const recovered = (): string[] =>
    harness.receiver.callbacks
      .slice(had)
      .map(({ body }) => body)
      .filter((body) => !body.includes('"type":"endpoint.test"'));
  await eventually(() => (new Set(recovered()).size >= fed.length ? true : undefined));

  expect(new Set(recovered())).toEqual(new Set(fed));
  expect(new Set(fed).size).toBe(fed.length);
});
