import { expect } from "vitest";

import { eventually } from "../../support/harness.ts";
import { type Received, startHttp } from "../../support/local-servers.ts";
import { test as base } from "../../support/redis-test.ts";
import { type ToolStage, setToolStage } from "../../support/tool-stage.ts";

type Bundle = Readonly<Record<string, unknown>>;
type Perform = (z: object, bundle: Bundle) => Promise<unknown>;

interface Request {
  readonly url: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

interface ZapierApp {
  readonly authentication: { readonly test: { readonly url: string } };
  readonly beforeRequest: readonly ((request: object, z: object, bundle: Bundle) => Request)[];
  readonly afterResponse: readonly ((response: object, z: object) => object)[];
  readonly triggers: Readonly<Record<string, { readonly operation: Readonly<Record<string, Perform>> }>>;
}

class HaltedError extends Error {}

/** As much of Zapier's platform as the app asks of it: its requests go through the app's own middleware. */
function platform(app: ZapierApp, bundle: Bundle): object {
  let cursor: string | undefined;
  const z = {
    JSON,
    errors: { HaltedError, Error },
    cursor: { get: async () => cursor, set: async (text: string) => void (cursor = text) },
    async request(given: Request): Promise<object> {
      const request = app.beforeRequest.reduce<Request>((made, step) => step(made, z, bundle), {
        ...given,
        headers: {},
      });
      const url = new URL(request.url);
      for (const [name, value] of Object.entries(request.params ?? {}))
        url.searchParams.set(name, String(value));
      const response = await fetch(url, {
        method: request.method ?? "GET",
        headers: {
          ...request.headers,
          ...(request.body ? { "content-type": "application/json" } : {}),
        },
        ...(request.body ? { body: JSON.stringify(request.body) } : {}),
      });
      const content = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") ?? false;
      const answer = {
        request: { method: "GET", ...request },
        status: response.status,
        content,
        data: isJson ? (JSON.parse(content) as unknown) : undefined,
        throwForStatus: () => {
          throw new Error(`status ${response.status}`);
        },
      };
      return app.afterResponse.reduce<object>((made, step) => step(made, z), answer);
    },
  };
  return z;
}

const test = base.extend("stage", { scope: "file" }, async ({ address }, { onCleanup }) => {
  const stage = await setToolStage(address, "zapier");
  onCleanup(async () => await stage[Symbol.asyncDispose]());
  return stage;
});

/** Runs a part of the app as Zapier would. */
function runner({ load, service }: ToolStage, token = service.token) {
  const app = load("zapier/index.js") as ZapierApp;
  return async <Answer>(trigger: string, operation: string, more: Bundle = {}): Promise<Answer> => {
    const bundle = { authData: { url: service.url, token }, inputData: {}, meta: { page: 0 }, ...more };
    return (await app.triggers[trigger]?.operation[operation]?.(platform(app, bundle), bundle)) as Answer;
  };
}

/** A callback as Zapier hands it over: names of headers are written anew, and the body is there twice. */
function handedOver({ headers, body }: Received): Bundle {
  const named = Object.entries(headers).map(([name, value]) => [
    `Http-${name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())}`,
    value,
  ]);
  return {
    rawRequest: { method: "POST", content: body, headers: Object.fromEntries(named) },
    cleanedRequest: JSON.parse(body),
  };
}

test("a Zap subscribes when it is switched on, takes what is the service's alone, and unsubscribes", async ({
  stage,
}) => {
  const run = runner(stage);
  await using zapier = await startHttp((_request, response) => void response.writeHead(200).end());
  const targetUrl = `${zapier.url}/hooks/1`;
  const inputData = { events: ["appointment.rescheduled"], expand: ["patient"] };
  interface Subscribed extends Record<string, unknown> {
    readonly id: string;
  }
  const subscribeData = await run<Subscribed>("event", "performSubscribe", { targetUrl, inputData });
  expect(JSON.stringify(subscribeData)).not.toContain("whsec_");
  expect(await stage.endpointsAt(targetUrl)).toMatchObject([{ id: subscribeData.id, expand: ["patient"] }]);

  const visit = stage.moveVisit();
  const callback = await eventually(() => zapier.received[0]);
  const taken = await run("event", "perform", { inputData, subscribeData, ...handedOver(callback) });
  expect(taken).toMatchObject([
    { type: "appointment.rescheduled", subject: { id: visit }, data: { related: { patient: {} } } },
  ]);
  const forged = { ...callback, body: callback.body.replace("rescheduled", "cancelled") };
  await expect(run("event", "perform", { inputData, subscribeData, ...handedOver(forged) })).rejects.toThrow(
    HaltedError,
  );

  await stage.ask("POST", `/endpoints/${subscribeData.id}/rotate`, { overlap_seconds: 0 });
  await stage.ask("POST", `/endpoints/${subscribeData.id}/test`);
  const later = zapier.received.at(-1) ?? callback;
  expect(await run("event", "perform", { inputData, subscribeData, ...handedOver(later) })).toHaveLength(1);

  await run("event", "performUnsubscribe", { targetUrl, subscribeData });
  expect(await stage.endpointsAt(targetUrl)).toEqual([]);
  // Twice is no fault.
  await run("event", "performUnsubscribe", { targetUrl, subscribeData });
});

test("setting a Zap up shows what happened last or could, with what is to come along", async ({ stage }) => {
  const run = runner(stage);
  const inputData = {
    events: ["patient.merged", "appointment.cancelled"],
    expand: ["patient"],
    local_time: true,
  };
  const samples = await run<object[]>("event", "performList", { inputData });
  expect(samples).toMatchObject([
    { id: expect.any(String), type: "patient.merged" },
    { type: "appointment.cancelled", data: { related: { patient: {} }, local: {} } },
  ]);
});

test("what a Zap may be started by is listed a page at a time", async ({ stage }) => {
  const app = stage.load("zapier/index.js") as ZapierApp;
  const ids: string[] = [];
  const authData = stage.service;
  const z = platform(app, { authData });
  for (let page = 0, found = 1; found > 0; page++) {
    const bundle = { authData, inputData: {}, meta: { page } };
    const listed = (await app.triggers["event_type"]?.operation["perform"]?.(z, bundle)) as { id: string }[];
    ids.push(...listed.map(({ id }) => id));
    found = listed.length;
    expect(page).toBeLessThan(20);
  }
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain("appointment.rescheduled");
});

test("what the service refuses is told in its own words", async ({ stage }) => {
  const inputData = { events: ["appointment.resheduled"] };
  const refused = runner(stage)("event", "performSubscribe", { targetUrl: "http://127.0.0.1/", inputData });
  await expect(refused).rejects.toThrow(/events.*resheduled/);
  const unknown = runner(stage, "cwt_nobody")("event", "performList", { inputData });
  await expect(unknown).rejects.toThrow("does not know this token");
});
