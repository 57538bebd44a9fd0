import { expect } from "vitest";

import { initialCircuit } from "../../../../../src/dispatch/policy/circuit.ts";
import { formatWorkerState } from "../../../../../src/dispatch/worker/worker-state.ts";
import { ERROR_CLASSES } from "../../../../../src/dispatch/worker/outcome.ts";
import { tellStep } from "../../../../../src/dispatch/worker/tell-step.ts";
import { isRecord } from "../../../../../src/shared/is-record.ts";
import { commitAll, eventId, numbered } from "../../../../support/admin-setup.ts";
import { type ApiHarness, OPS_TOKEN, startApi } from "../../../../support/api-harness.ts";
import { operationsOf } from "../../../../support/api-world.ts";
import { startHttp } from "../../../../support/local-servers.ts";
import { outboxEventOf } from "../../../../support/outbox-setup.ts";
import { test } from "../../../../support/api-test.ts";

const OPS = { ops: { port: 0, token: { env: "OPS_TOKEN" } } };
const CRM = { role: "subscriber", subscriber: "crm", accounts: ["northside"] } as const;
const DETAIL = "10.99.88.77: ECONNREFUSED";

/** An endpoint of a subscriber's that fails so, as deliveries leave it behind. Its id. */
async function failingEndpoint(api: ApiHarness, token: string, errorClass: string): Promise<string> {
  const body = { url: "https://crm.example.com/hooks", events: ["*"] };
  const { id } = (await api.ask<{ id: string }>("POST", "/v1/endpoints", { token, body })).body;
  const now = api.base.now();
  await api.base.outbox.add(id, "northside", [outboxEventOf(eventId(1), { at: now - 1_000 })]);
  const worker = await api.base.outbox.openWorker(id);
  const claim = await api.base.outbox.claim(worker, now, { count: 1, late: 0 }, []);
  const [delivery] = claim === "lost" ? [] : claim.deliveries;
  if (!delivery) throw new Error("it is due");
  const attempt = {
    at: now,
    durationMs: 31,
    outcome: errorClass === "refused_by_guard" ? ("refused" as const) : ("own_fault" as const),
    errorClass,
    detail: DETAIL,
    trigger: "schedule" as const,
    counts: false,
  };
  await api.base.outbox.settle(
    worker,
    [{ delivery, attempts: [attempt], verdict: "failed", at: now, counted: 1 }],
    undefined,
  );
  const health = {
    step: "failing" as const,
    since: now,
    failingSince: now - 86_400_000,
    failedForMs: 86_400_000,
    lastFailureAt: now,
    reason: errorClass,
  };
  const state = { health, circuit: initialCircuit(8), told: 1, freshInRow: 0 };
  await api.base.outbox.writeHealth(id, formatWorkerState(state));
  const endpoint = await api.base.endpoints.read(id);
  if (!endpoint) throw new Error("it was made");
  const step = { news: "failing" as const, health, failingSince: health.failingSince, sequence: 1 };
  await tellStep({ ...api.base, onEvents: async () => undefined }, endpoint, step);
  return id;
}

/** What stands in an answer, without the names of its fields. */
function valuesOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(valuesOf);
  return isRecord(value) ? Object.values(value).flatMap(valuesOf) : [];
}

/** Everything that can be read with a token, of one endpoint and its event. */
async function readAll(api: ApiHarness, token: string, endpoint: string): Promise<string[]> {
  const said: string[] = [];
  for (const { method, template, operation } of operationsOf(api.document)) {
    // What types there are is the same for everybody.
    if (method !== "GET" || template.includes("/event-types")) continue;
    if (!operation["x-roles"].includes("subscriber")) continue;
    const path = template
      .replace("/v1/endpoints/{id}", `/v1/endpoints/${endpoint}`)
      .replace("{event}", eventId(1))
      .replace("{account}", "northside")
      .replace("{subject}", "appointment")
      .replace("{id}", "1")
      .replace("{recovery}", "none");
    const query = template.endsWith("/records") ? "?id=1" : "";
    const { status, body } = await api.ask(method, path + query, { token });
    if (status < 300) said.push(...valuesOf(body).map((value) => `${operation.operationId}: ${value}`));
  }
  return said;
}

test("why there was no answer is told the operator, and a subscriber by no route", async ({ api }) => {
  const token = await api.token(CRM);
  await commitAll(api.base, numbered(1));
  const causes = ERROR_CLASSES.filter((name) => name !== "status");
  const telling = new RegExp(`\\b(${causes.join("|")}|refused|own_fault)\\b|10\\.99`);
  for (const errorClass of causes) {
    const endpoint = await failingEndpoint(api, token, errorClass);
    const own = await readAll(api, token, endpoint);

    expect(own.filter((said) => telling.test(said.replace(/^\w+: /, "")))).toEqual([]);
    const saying = new Set(own.filter((said) => /no.answer/.test(said)).map((said) => said.split(":")[0]));
    // It was looked at where it would stand.
    for (const where of ["readEndpoint", "readDelivery", "readOverview"]) expect(saying).toContain(where);
    const operators = await readAll(api, OPS_TOKEN, endpoint);
    expect(operators.filter((said) => said.includes(errorClass)).length).toBeGreaterThan(2);
    expect(operators.some((said) => said.includes(DETAIL))).toBe(true);
  }
});

test("a range that the operator has opened is open to the operator, and to subscribers by name", async ({
  address,
  prefix,
}) => {
  await using receiver = await startHttp((_request, response) => response.writeHead(204).end());
  const delivery = {
    allow_http: true,
    allow_private: ["127.0.0.1/32"],
    allow_private_for: { crm: ["127.0.0.1/32"] },
  };
  await using api = await startApi({ address, prefix, setup: { settings: { ...OPS, delivery } } });
  const body = { url: `${receiver.url}/hooks`, events: ["*"] };
  const crm = await api.token(CRM);
  const other = await api.token({ ...CRM, subscriber: "other" });
  for (const token of [OPS_TOKEN, crm]) {
    const made = await api.ask<{ id: string }>("POST", "/v1/endpoints", { token, body });
    const tested = await api.ask("POST", `/v1/endpoints/${made.body.id}/test`, { token });
    expect(tested.body).toMatchObject({ result: "delivered" });
  }
  expect((await api.ask("POST", "/v1/endpoints", { token: other, body })).status).toBe(400);
  const localhost = { ...body, url: body.url.replace("127.0.0.1", "localhost") };
  expect((await api.ask("POST", "/v1/endpoints", { token: other, body: localhost })).status).toBe(400);
});

test("no endpoint leads to the service itself, whatever is opened", async ({ address, prefix }) => {
  await using receiver = await startHttp((_request, response) => response.writeHead(204).end());
  const ranges = ["127.0.0.0/8", "::1/128"];
  const delivery = {
    allow_http: true,
    timeout: "1s",
    allow_private: ranges,
    allow_private_for: { crm: ranges },
  };
  await using api = await startApi({ address, prefix, setup: { settings: { ...OPS, delivery } } });
  const { port } = new URL(api.url);
  const crm = await api.token(CRM);
  const made = async (token: string): Promise<string> => {
    const body = { url: `${receiver.url}/hooks`, events: ["*"] };
    return (await api.ask<{ id: string }>("POST", "/v1/endpoints", { token, body })).body.id;
  };
  for (const token of [OPS_TOKEN, crm]) {
    const id = await made(token);
    const tried = async (): Promise<unknown> =>
      (await api.ask("POST", `/v1/endpoints/${id}/test`, { token })).body["result"];
    expect(await tried()).toBe("delivered");
    for (const host of ["127.0.0.1", "127.0.0.2", "localhost", "[::ffff:127.0.0.1]", "[::1]"]) {
      // Whatever it was when it was made.
      const url = `http://${host}:${port}/health/live`;
      await api.base.endpoints.update(id, ({ settings }) => ({ settings: { ...settings, url } }));
      expect([host, await tried()]).toEqual([host, "not_reached"]);
    }
  }
});
