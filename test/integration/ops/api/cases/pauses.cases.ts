import { expect } from "vitest";

import { initialCircuit } from "../../../../../src/dispatch/policy/circuit.ts";
import { formatWorkerState } from "../../../../../src/dispatch/worker/worker-state.ts";
import { type ApiHarness, OPS_TOKEN, startApi } from "../../../../support/api-harness.ts";
import { startSubscriber } from "../../../../support/answering-server.ts";
import { test } from "../../../../support/api-test.ts";

const CRM = { role: "subscriber", subscriber: "crm", accounts: ["southside"] } as const;
const URL_OF_CRM = "https://crm.example.com/hooks";

interface World {
  readonly api: ApiHarness;
  readonly subscriber: string;
  readonly id: string;
}

async function setUp(api: ApiHarness): Promise<World> {
  const subscriber = await api.token({ ...CRM, name: "CRM production" });
  const body = { url: URL_OF_CRM, events: ["*"] };
  const { body: made } = await api.ask<{ id: string }>("POST", "/v1/endpoints", { token: subscriber, body });
  return { api, subscriber, id: made.id };
}

async function pausedOf(world: World, token = OPS_TOKEN): Promise<unknown> {
  return (await world.api.ask("GET", `/v1/endpoints/${world.id}`, { token })).body["paused"];
}

/** Everything that a subscriber could do to bring what is paused into motion again. */
const WAYS = (id: string) =>
  [
    ["POST", `/v1/endpoints/${id}/enable`, undefined],
    ["POST", `/v1/endpoints/${id}/test`, undefined],
    ["DELETE", `/v1/endpoints/${id}`, undefined],
    ["PATCH", `/v1/endpoints/${id}`, { url: "https://elsewhere.example.com/hooks" }],
    ["PATCH", `/v1/endpoints/${id}`, { url: `${URL_OF_CRM}/2` }],
    ["POST", "/v1/endpoints", { url: URL_OF_CRM, events: ["*"] }],
    ["POST", "/v1/endpoints", { url: "https://CRM.example.com:8443/?again", events: ["patient.*"] }],
  ] as const;

test("what the operator has paused its subscriber does not bring into motion again, by no way", async ({
  api,
}) => {
  const world = await setUp(api);
  const { id, subscriber } = world;
  const other = await api.ask<{ id: string }>("POST", "/v1/endpoints", {
    token: subscriber,
    body: { url: "https://other.example.com/", events: ["*"] },
  });
  // It is the subscriber's own first, and becomes the operator's.
  await api.ask("POST", `/v1/endpoints/${id}/pause`, { token: subscriber });
  expect(await pausedOf(world)).toMatchObject({ by: "subscriber", name: "CRM production" });
  await api.ask("POST", `/v1/endpoints/${id}/pause`);
  const paused = await pausedOf(world);
  expect(paused).toMatchObject({ by: "operator", name: expect.stringMatching(/./) as string });

  const second = await api.token({ ...CRM, name: "CRM, another token" });
  for (const token of [subscriber, second]) {
    // Pausing it again does not make it the subscriber's.
    expect((await api.ask("POST", `/v1/endpoints/${id}/pause`, { token })).status).toBe(200);
    for (const [method, path, body] of WAYS(id)) {
      const answer = await api.ask(method, path, { token, body });
      expect([method, path, answer.status]).toEqual([method, path, 409]);
      expect(answer.text).toContain("the operator of this service has paused");
      expect(answer.text).toContain("ask the operator");
    }
    const moving = { url: URL_OF_CRM };
    const answer = await api.ask("PATCH", `/v1/endpoints/${other.body.id}`, { token, body: moving });
    expect(answer.status).toBe(409);
  }
  expect(await pausedOf(world)).toEqual(paused);
  // Which of the operator's people it was is not for subscribers.
  expect(await pausedOf(world, subscriber)).toMatchObject({ by: "operator", name: null });

  // What does not bring it into motion is the subscriber's as before.
  const quieter = { body: { payload: "ids" }, token: subscriber };
  expect((await api.ask("PATCH", `/v1/endpoints/${id}`, quieter)).status).toBe(200);
  // And the operator ends it.
  expect((await api.ask("POST", `/v1/endpoints/${id}/enable`)).body["paused"]).toBeNull();
  expect((await api.ask("DELETE", `/v1/endpoints/${id}`, { token: subscriber })).status).toBe(204);
});

test("a subscriber ends its own pause, by every way", async ({ address, prefix }) => {
  const setup = {
    settings: { ops: { port: 0, token: { env: "OPS_TOKEN" } }, delivery: { timeout: "1s" } },
  };
  await using api = await startApi({ address, prefix, setup });
  const world = await setUp(api);
  const { id, subscriber: token } = world;
  // Nothing of this test goes out: its address is one that is refused when it is called.
  await api.base.endpoints.update(id, ({ settings }) => ({
    settings: { ...settings, url: "https://10.0.0.1/" },
  }));
  await api.ask("POST", `/v1/endpoints/${id}/pause`, { token });
  const tested = await api.ask("POST", `/v1/endpoints/${id}/test`, { token });
  expect([tested.status, tested.body["result"]]).toEqual([200, "not_reached"]);
  for (const [method, path, body] of WAYS(id).toReversed()) {
    if (path.endsWith("/test")) continue;
    await api.ask("POST", `/v1/endpoints/${id}/pause`, { token });
    expect([method, path, (await api.ask(method, path, { token, body })).status]).toEqual([
      method,
      path,
      expect.toSatisfy((status: number) => status < 300),
    ]);
    if (method === "DELETE") return;
  }
});

test("the operator ends a subscriber's pause, and a pause from before its author was kept counts as the operator's", async ({
  api,
}) => {
  const world = await setUp(api);
  const { id, subscriber: token } = world;
  await api.ask("POST", `/v1/endpoints/${id}/pause`, { token });
  expect((await api.ask("POST", `/v1/endpoints/${id}/enable`)).body["paused"]).toBeNull();

  await api.base.endpoints.update(id, () => ({ pausedAt: 1_795_000_000_000 }));
  expect(await pausedOf(world)).toMatchObject({ by: "operator", name: null });
  expect((await api.ask("POST", `/v1/endpoints/${id}/enable`, { token })).status).toBe(409);
});

test("a passing test of the operator's leaves the operator's pause, and its subscriber may enable what only failing has disabled", async ({
  address,
  prefix,
}) => {
  await using receiver = await startSubscriber();
  await using api = await startApi({
    address,
    prefix,
    setup: { endpoints: { crm: { url: receiver.url } } },
  });
  await api.ask("POST", "/v1/endpoints/crm/pause");
  expect((await api.ask("POST", "/v1/endpoints/crm/test")).body).toMatchObject({ result: "delivered" });
  expect((await api.ask("GET", "/v1/endpoints/crm")).body["paused"]).toMatchObject({ by: "operator" });

  const { id, subscriber: token } = await setUp(api);
  const gone = {
    step: "disabled",
    since: 1,
    failedForMs: 0,
    failingSince: 1,
    reason: "status 410",
    disabledBy: "gone",
  } as const;
  const state = { health: gone, circuit: initialCircuit(8), told: 1, freshInRow: 0 };
  await api.base.outbox.writeHealth(id, formatWorkerState(state));
  const before = await api.ask<{ status: { state: string } }>("GET", `/v1/endpoints/${id}`, { token });
  expect(before.body.status.state).toBe("disabled");
  const after = await api.ask<{ status: { state: string } }>("POST", `/v1/endpoints/${id}/enable`, { token });
  expect([after.status, after.body.status.state]).toEqual([200, "healthy"]);
});
