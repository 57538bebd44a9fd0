import { EventEmitter, once } from "node:events";
import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

import { expect } from "vitest";

import type { Verification } from "../../../src/public/verify.ts";
import { eventually } from "../../support/harness.ts";
import { startHttp } from "../../support/local-servers.ts";
import { test as base } from "../../support/redis-test.ts";
import { type ToolStage, setToolStage } from "../../support/tool-stage.ts";

interface Message {
  readonly topic: string;
  readonly payload: { readonly id: string; readonly subject: { readonly id: string } };
  readonly res?: { readonly _res: { readonly sendStatus: (status: number) => void } };
}

/** What a node of ours is to Node-RED's runtime. */
interface Deployed {
  readonly id: string;
  readonly sent: readonly Message[];
  readonly shown: () => { readonly fill?: string; readonly text?: string };
  readonly errors: readonly string[];
  /** Ends it, as the runtime does before it deploys anew (not removed), or for good. */
  close(removed: boolean): Promise<void>;
}

interface Runtime extends AsyncDisposable {
  readonly url: string;
  /** Statuses, as they went out. */
  readonly answered: readonly number[];
  deploy(id: string, config: object, onMessage?: (message: Message) => void): Deployed;
}

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** What Node-RED is made with, as far as it is needed here. It brings no types along. */
interface Express {
  (): RequestListener & { readonly use: (middleware: Middleware) => void };
  readonly json: () => Middleware;
}

const express = createRequire(import.meta.url)("express") as Express;

type RuntimeNode = EventEmitter & { id?: string; credentials?: { readonly token: string } };
type NodeRed = (red: object) => void;
type Constructor = (this: EventEmitter, config: object) => void;

const CONTEXTS = new Map<string, Map<string, unknown>>();

/** As much of Node-RED's runtime as a node needs: real HTTP, its own context for each node. */
async function startRuntime(stage: ToolStage, service = stage.service): Promise<Runtime> {
  const app = express();
  const answered: number[] = [];
  app.use((_request, response, next) => {
    response.once("finish", () => void answered.push(response.statusCode));
    next();
  });
  const types = new Map<string, Constructor>();
  const known = new Map<string, object>();
  const settings = new WeakMap<object, object>();
  const create = (type: string, node: RuntimeNode, config: { id: string }): void => {
    settings.set(node, config);
    types.get(type)?.call(node, config);
    known.set(config.id, node);
  };
  // Node-RED itself parses JSON on its way to any route, unless that was done already.
  const parse = express.json();
  app.use((request: IncomingMessage & { _body?: boolean }, response, next) => {
    if (request._body === true) next();
    else parse(request, response, next);
  });
  const server = createServer(app);
  const red = {
    server,
    httpNode: app,
    httpAdmin: app,
    auth: { needsPermission: () => (_request: unknown, _response: unknown, next: () => void) => next() },
    nodes: {
      registerType: (type: string, made: Constructor) => void types.set(type, made),
      getNode: (id: string) => known.get(id),
      createNode: (node: RuntimeNode, config: { id: string }) => {
        node.id = config.id;
        node.credentials = { token: service.token };
      },
    },
  };
  (stage.load("node-red/cliniko-webhooks.js") as NodeRed)(red);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  create("cliniko-webhooks-service", new EventEmitter(), {
    id: "service",
    ...{ url: service.url, receiver: `${url}/` },
  });
  return {
    url,
    answered,
    deploy(id, config, onMessage) {
      const sent: Message[] = [];
      const errors: string[] = [];
      let shown = {};
      const context = CONTEXTS.get(id) ?? new Map<string, unknown>();
      CONTEXTS.set(id, context);
      const node = Object.assign(new EventEmitter(), {
        send: (message: Message) => {
          sent.push(message);
          onMessage?.(message);
        },
        status: (given: object) => void (shown = given),
        error: (problem: unknown) => void errors.push(String(problem)),
        context: () => ({
          get: (key: string) => context.get(key),
          set: (key: string, value: unknown) => void context.set(key, value),
        }),
      });
      const whole = { id, service: "service", name: "", ...config };
      create("cliniko-webhooks-in", node, whole);
      return {
        id,
        sent,
        errors,
        shown: () => shown,
        close: async (removed) => {
          await new Promise<void>((resolve, reject) => {
            node.emit("close", removed, (error?: Error) => (error ? reject(error) : resolve()));
          });
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const test = base.extend("stage", { scope: "file" }, async ({ address }, { onCleanup }) => {
  const stage = await setToolStage(address, "node-red");
  onCleanup(async () => await stage[Symbol.asyncDispose]());
  return stage;
});

const green = async ({ shown }: Deployed): Promise<void> => {
  await expect.poll(() => shown().fill).toBe("green");
};

test("a node subscribes when it is deployed, hands on what is verified once, and unsubscribes when it is removed", async ({
  stage,
}) => {
  await using runtime = await startRuntime(stage);
  const url = `${runtime.url}/cliniko-webhooks/visits`;
  const first = runtime.deploy("visits", { events: "appointment.*, patient.created", expand: "patient" });
  await green(first);
  const [endpoint] = await stage.endpointsAt(url);
  expect(endpoint).toMatchObject({ events: ["appointment.*", "patient.created"], expand: ["patient"] });

  const visit = stage.moveVisit();
  const message = await eventually(() => first.sent[0]);
  expect(message).toMatchObject({
    topic: "appointment.rescheduled",
    payload: { subject: { id: visit }, data: { related: { patient: { first_name: expect.any(String) } } } },
  });

  // Sent again: it has had it. Of anybody else: it is not the service's.
  const retry = `/endpoints/${endpoint?.id}/deliveries/${message.payload.id}/retry`;
  // Asked for while the answer is still being written down it is the attempt that is under way, and no other.
  await expect.poll(async () => await stage.ask("POST", retry)).toEqual({ state: "queued" });
  await expect.poll(() => runtime.answered).toEqual([204, 204]);
  const forged = { "webhook-id": "evt_x", "webhook-timestamp": `${Math.floor(Date.now() / 1_000)}` };
  for (const headers of [{}, { ...forged, "webhook-signature": `v1a,${"A".repeat(86)}==` }])
    expect((await fetch(url, { method: "POST", headers, body: "{}" })).status).toBe(401);
  expect((await fetch(`${url}-not`, { method: "POST", body: "{}" })).status).toBe(404);
  expect(first.sent).toHaveLength(1);

  // Deployed anew with other settings it is the same endpoint.
  await first.close(false);
  const second = runtime.deploy("visits", { events: "appointment.*", expand: "" });
  await green(second);
  expect(await stage.endpointsAt(url)).toMatchObject([
    { id: endpoint?.id, events: ["appointment.*"], expand: [] },
  ]);
  await second.close(true);
  expect(await stage.endpointsAt(url)).toEqual([]);
});

test("where the flow answers, what it did not finish comes again, also to the node that is deployed next", async ({
  stage,
}) => {
  await using runtime = await startRuntime(stage);
  const config = { events: "appointment.*", answer: "flow" };
  const first = runtime.deploy("careful", config, ({ res }) => void res?._res.sendStatus(500));
  await green(first);
  stage.moveVisit();
  await expect.poll(() => runtime.answered).toEqual([500]);
  await first.close(false);
  const second = runtime.deploy("careful", config, ({ res }) => void res?._res.sendStatus(204));
  await expect.poll(() => runtime.answered.at(-1)).toBe(204);
  expect(second.sent.map(({ payload }) => payload.id)).toEqual([first.sent[0]?.payload.id]);
  await second.close(true);
});

test("it waits for a service that refuses it, and says why", async ({ stage }) => {
  const token = await stage.ask<{ token: string }>("POST", "/tokens", { name: "a viewer", role: "viewer" });
  await using runtime = await startRuntime(stage, { ...stage.service, token: token.token });
  const node = runtime.deploy("viewer", { events: "appointment.*" });
  await expect.poll(() => node.errors.length).toBeGreaterThan(0);
  expect(node.shown()).toMatchObject({ fill: "red", text: "not subscribed" });
  expect(node.errors[0]).toContain("403");
  await node.close(false);
});

test("the editor's list has every type there is", async ({ stage }) => {
  await using runtime = await startRuntime(stage);
  const listed = await fetch(`${runtime.url}/cliniko-webhooks/event-types/service`);
  const types = (await listed.json()) as { type: string }[];
  expect(types.length).toBeGreaterThan(200);
  expect(types.map(({ type }) => type)).toContain("appointment.rescheduled");
  expect((await fetch(`${runtime.url}/cliniko-webhooks/event-types/nothing`)).status).toBe(404);
});

test("while the service refuses it, forged callbacks do not have it asked again and again", async ({
  stage,
}) => {
  const { createSubscription } = stage.load("node-red/subscription.js") as {
    createSubscription: (
      service: object,
      settings: object,
    ) => {
      readonly subscribe: () => Promise<unknown>;
      readonly verify: (headers: object, body: Buffer) => Promise<Verification>;
    };
  };
  await using refusing = await startHttp((_request, response) => void response.writeHead(401).end());
  const settings = { url: "https://flows.example.com/a", events: ["*"] };
  const { subscribe, verify } = createSubscription({ url: refusing.url, token: "x" }, settings);
  await expect(subscribe()).rejects.toThrow("401");
  const asked = refusing.received.length;
  const forged = { "webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1a,AA==" };
  for (let callback = 0; callback < 20; callback += 1)
    await expect(verify(forged, Buffer.from("{}"))).rejects.toThrow("not subscribed");
  expect(refusing.received).toHaveLength(asked);
});

test("a key that was replaced at the service is read again, before a callback is refused", async ({
  stage,
}) => {
  interface Subscription {
    readonly subscribe: () => Promise<{ readonly id: string }>;
    readonly verify: (headers: object, body: Buffer) => Promise<Verification>;
  }
  type Create = (service: object, settings: object, now: () => number) => Subscription;
  const { createSubscription } = stage.load("node-red/subscription.js") as {
    createSubscription: Create;
  };
  await using receiver = await startHttp((_request, response) => void response.writeHead(204).end());
  let later = 0;
  const subscription = createSubscription(
    stage.service,
    { url: `${receiver.url}/`, events: ["appointment.*"] },
    () => Date.now() + later,
  );
  const { id } = await subscription.subscribe();
  const verified = async (): Promise<string> => {
    const before = receiver.received.length;
    await stage.ask("POST", `/endpoints/${id}/test`);
    const { headers = {}, body = "" } = receiver.received[before] ?? {};
    return (await subscription.verify(headers, Buffer.from(body))).kind;
  };
  expect(await verified()).toBe("verified");
  await stage.ask("POST", `/endpoints/${id}/rotate`, { overlap_seconds: 0 });
  // Not at once: who forges does not decide how often the service is asked.
  expect(await verified()).toBe("refused");
  later = 11_000;
  expect(await verified()).toBe("verified");
  await stage.ask("DELETE", `/endpoints/${id}`);
});
