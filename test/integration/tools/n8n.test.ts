import { generateKeyPairSync, sign } from "node:crypto";

import { expect } from "vitest";

import { verifyWebhook } from "../../../src/public/verify.ts";
import { V1, V1A } from "../../fixtures/signature-vectors.ts";
import { eventually } from "../../support/harness.ts";
import { type Received, startHttp } from "../../support/local-servers.ts";
import { test as base } from "../../support/redis-test.ts";
import { type ToolStage, setToolStage } from "../../support/tool-stage.ts";

interface Option {
  readonly value: string;
}

/** What n8n calls of a trigger node, with `this` as its context. */
interface Trigger {
  readonly webhookMethods: {
    readonly default: Readonly<
      Record<"checkExists" | "create" | "delete", (this: Context) => Promise<boolean>>
    >;
  };
  readonly methods: {
    readonly loadOptions: Readonly<Record<string, (this: Context) => Promise<readonly Option[]>>>;
  };
  readonly webhook: (this: Context) => Promise<{
    readonly noWebhookResponse?: boolean;
    readonly workflowData?: readonly (readonly { readonly json: { readonly id: string } }[])[];
  }>;
}

type Context = ReturnType<typeof contextOf>;

interface Request {
  readonly method: string;
  readonly url: string;
  readonly qs?: Readonly<Record<string, string | number>>;
  readonly body?: object;
}

const FOLDER = "n8n/nodes/ClinikoWebhooks";

/** As much of n8n as the node asks of it: HTTP with the credentials, parameters, and what a workflow keeps between runs. */
function contextOf(
  { service }: ToolStage,
  given: {
    readonly url: string;
    readonly kept: Record<string, unknown>;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly received?: Received;
  },
) {
  const answered: number[] = [];
  return {
    answered,
    getCredentials: async () => service,
    getNodeParameter: (name: string, otherwise: unknown) => given.parameters[name] ?? otherwise,
    getNode: () => ({ name: "Cliniko Webhooks Trigger" }),
    getNodeWebhookUrl: () => given.url,
    getWorkflow: () => ({ name: "Visits" }),
    getWorkflowStaticData: () => given.kept,
    getRequestObject: () => ({
      headers: given.received?.headers ?? {},
      rawBody: Buffer.from(given.received?.body ?? ""),
    }),
    getBodyData: () => JSON.parse(given.received?.body ?? "{}") as object,
    getResponseObject: () => ({
      status: (code: number) => ({ end: () => void answered.push(code) }),
    }),
    helpers: {
      returnJsonArray: (json: object) => [{ json }],
      async httpRequestWithAuthentication(_credentials: string, { method, url, qs = {}, body }: Request) {
        const target = new URL(url);
        for (const [name, value] of Object.entries(qs)) target.searchParams.set(name, String(value));
        const response = await fetch(target, {
          method,
          headers: {
            authorization: `Bearer ${service.token}`,
            ...(body ? { "content-type": "application/json" } : {}),
          },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        const text = await response.text();
        return { statusCode: response.status, body: text === "" ? "" : (JSON.parse(text) as unknown) };
      },
    },
  };
}

const test = base.extend("stage", { scope: "file" }, async ({ address }, { onCleanup }) => {
  const stage = await setToolStage(address, "n8n");
  onCleanup(async () => await stage[Symbol.asyncDispose]());
  return stage;
});

async function triggerOf(stage: ToolStage): Promise<new () => Trigger> {
  const module = await stage.loadTypeScript(`${FOLDER}/ClinikoWebhooksTrigger.node.ts`);
  return (module as { ClinikoWebhooksTrigger: new () => Trigger }).ClinikoWebhooksTrigger;
}

test("the trigger subscribes once, takes what is the service's alone, and unsubscribes", async ({
  stage,
}) => {
  const Node = await triggerOf(stage);
  const node = new Node();
  await using n8n = await startHttp((_request, response) => void response.writeHead(200).end());
  const url = `${n8n.url}/webhook/1/webhook`;
  const kept: Record<string, unknown> = {};
  const parameters: Record<string, unknown> = { events: ["appointment.*"], expand: ["patient"] };
  const context = (received?: Received): Context =>
    contextOf(stage, { url, kept, parameters, ...(received && { received }) });
  const { checkExists, create, delete: remove } = node.webhookMethods.default;

  expect(await checkExists.call(context())).toBe(false);
  await create.call(context());
  expect(await checkExists.call(context())).toBe(true);
  // Were the answer lost, it would make it again: there is one all the same.
  await create.call(context());
  const [endpoint, ...more] = await stage.endpointsAt(url);
  expect(more).toEqual([]);
  expect(endpoint).toMatchObject({ events: ["appointment.*"], expand: ["patient"] });
  expect(JSON.stringify(kept)).not.toContain("whsec_");

  const visit = stage.moveVisit();
  const callback = await eventually(() => n8n.received[0]);
  const taken = await node.webhook.call(context(callback));
  expect(taken.workflowData).toMatchObject([
    [{ json: { type: "appointment.rescheduled", subject: { id: visit } } }],
  ]);
  const forged = context({ ...callback, body: `${callback.body} ` });
  expect(await node.webhook.call(forged)).toEqual({ noWebhookResponse: true });
  expect(forged.answered).toEqual([401]);

  // Restarted with nothing kept but its URL, or with a key that was replaced since: it reads the key again.
  for (const key of Object.keys(kept)) if (key !== "url") delete kept[key];
  expect((await node.webhook.call(context(callback))).workflowData).toBeDefined();
  await stage.ask("POST", `/endpoints/${endpoint?.id}/rotate`, { overlap_seconds: 0 });
  await stage.ask("POST", `/endpoints/${endpoint?.id}/test`);
  const withNewKey = n8n.received.at(-1);
  kept["readAt"] = 0;
  expect((await node.webhook.call(context(withNewKey))).workflowData).toBeDefined();

  // Other settings: it is the same endpoint.
  parameters["events"] = ["patient.created"];
  expect(await checkExists.call(context())).toBe(false);
  await create.call(context());
  expect(await stage.endpointsAt(url)).toMatchObject([{ id: endpoint?.id, events: ["patient.created"] }]);

  await remove.call(context());
  expect(await stage.endpointsAt(url)).toEqual([]);
  // Twice is no fault.
  expect(await remove.call(context())).toBe(true);
});

test("what the service refuses is said in its own words", async ({ stage }) => {
  const Node = await triggerOf(stage);
  const { create } = new Node().webhookMethods.default;
  const subscribe = async (service: ToolStage["service"], url: string): Promise<unknown> => {
    const parameters = { events: ["appointment.*"] };
    return await create.call(contextOf({ ...stage, service }, { url, kept: {}, parameters }));
  };
  await expect(subscribe(stage.service, "http://10.20.30.40/webhook")).rejects.toThrow(
    /^The service answered 400: url may not be called: .*: give a public address, or open /,
  );
  const wrong = { ...stage.service, token: `cwt_000000000000_${"x".repeat(43)}` };
  await expect(subscribe(wrong, "https://n8n.example.com/webhook")).rejects.toThrow(
    /^The service answered 401: .*token/i,
  );
});

test("what can be chosen is every event type, and all of one kind of record", async ({ stage }) => {
  const Node = await triggerOf(stage);
  const context = contextOf(stage, { url: "", kept: {}, parameters: {} });
  const options = await new Node().methods.loadOptions["getEventPatterns"]?.call(context);
  const values = options?.map(({ value }) => value) ?? [];
  expect(values).toEqual(expect.arrayContaining(["appointment.*", "appointment.rescheduled"]));
  expect(values.length).toBeGreaterThan(200);
});

test("its own verification says what ours says", async ({ stage }) => {
  type IsSigned = (callback: {
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: Buffer;
    readonly publicKeys: readonly string[];
    readonly nowMs: number;
  }) => boolean;
  const { isSigned } = (await stage.loadTypeScript(`${FOLDER}/isSigned.ts`)) as { isSigned: IsSigned };
  const nowMs = V1A.timestamp * 1_000;
  const headers = {
    "webhook-id": V1A.id,
    "webhook-timestamp": String(V1A.timestamp),
    "webhook-signature": V1A.signature,
  };
  const good = { headers, body: V1A.body, keys: [V1A.publicKey], nowMs };
  const withHeader = (name: string, value: string) => ({ ...good, headers: { ...headers, [name]: value } });
  const fitting = [
    good,
    { ...good, nowMs: nowMs + 300_000 },
    { ...good, nowMs: nowMs - 300_000 },
    withHeader("webhook-signature", `${V1.signature} v1a,nonsense ${V1A.signature} v2,later`),
    { ...good, keys: [`whpk_${Buffer.alloc(32, 1).toString("base64")}`, V1A.publicKey] },
  ];
  const foreign: { headers: Record<string, string>; body: string; keys: string[]; nowMs: number }[] = [
    { ...good, body: `${V1A.body} ` },
    { ...good, nowMs: nowMs + 301_000 },
    { ...good, nowMs: nowMs - 301_000 },
    withHeader("webhook-id", "msg_other"),
    withHeader("webhook-id", ""),
    withHeader("webhook-id", `${V1A.id}.${V1A.timestamp}`),
    withHeader("webhook-timestamp", String(V1A.timestamp + 1)),
    withHeader("webhook-timestamp", "soon"),
    withHeader("webhook-signature", V1.signature),
    withHeader("webhook-signature", V1A.signature.replace("v1a,", "v1,")),
    withHeader("webhook-signature", ""),
    { ...good, headers: {} },
    { ...good, keys: [] },
    { ...good, keys: [`whpk_${Buffer.alloc(32, 1).toString("base64")}`] },
    { ...good, keys: ["whpk_"] },
  ];
  // Cut in another place, the same signed bytes are another id, time and body.
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const bytes = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const signature = sign(null, Buffer.from(`msg.1.${V1A.timestamp}.{}`), privateKey);
  foreign.push({
    ...good,
    headers: {
      ...headers,
      "webhook-id": "msg.1",
      "webhook-signature": `v1a,${signature.toString("base64")}`,
    },
    body: "{}",
    keys: [`whpk_${bytes.toString("base64")}`],
  });
  for (const [cases, fits] of [
    [fitting, true],
    [foreign, false],
  ] as const) {
    for (const { keys, body, ...callback } of cases) {
      const said = isSigned({ ...callback, publicKeys: keys, body: Buffer.from(body) });
      const ours = verifyWebhook({ ...callback, secrets: keys, body }).kind;
      expect([said, ours], JSON.stringify(callback)).toEqual([fits, fits ? "verified" : "refused"]);
    }
  }
});
