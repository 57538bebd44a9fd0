import type {
  IDataObject,
  IHookFunctions,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from "n8n-workflow";
import { NodeConnectionTypes } from "n8n-workflow";

import { isSigned } from "./isSigned";
import { type Endpoint, ask, findEndpoint, getEventPatterns, pathOf, publicKeysOf } from "./service";

/** Forged callbacks would otherwise decide how often the service is asked. */
const KEYS_AGAIN_MS = 10_000;

const MOST_DESCRIPTION_CHARACTERS = 500;

/** What is kept between runs. The keys are public: the private halves never leave the service. */
interface Kept extends IDataObject {
  url?: string;
  publicKeys?: string[];
  readAt?: number;
}

export class ClinikoWebhooksTrigger implements INodeType {
  description: INodeTypeDescription = {
    displayName: "Cliniko Webhooks Trigger",
    name: "clinikoWebhooksTrigger",
    icon: { light: "file:clinikoWebhooks.svg", dark: "file:clinikoWebhooks.dark.svg" },
    group: ["trigger"],
    version: 1,
    subtitle: '={{$parameter["events"].join(", ")}}',
    description: "Starts the workflow when something happens in a Cliniko account",
    defaults: { name: "Cliniko Webhooks Trigger" },
    inputs: [],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: "clinikoWebhooksApi", required: true }],
    webhooks: [
      {
        name: "default",
        httpMethod: "POST",
        responseMode: '={{$parameter["respond"]}}',
        responseData: "noData",
        path: "webhook",
      },
    ],
    properties: [
      {
        displayName: "Event Names or IDs",
        name: "events",
        type: "multiOptions",
        typeOptions: { loadOptionsMethod: "getEventPatterns" },
        default: [],
        required: true,
        description:
          'What the workflow is started by. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
      },
      {
        displayName: "Bring Along",
        name: "expand",
        type: "multiOptions",
        options: [
          { name: "Appointment Type", value: "appointment_type" },
          { name: "Business", value: "business" },
          { name: "Patient", value: "patient", description: "Names, phone numbers, e-mail" },
          { name: "Practitioner", value: "practitioner" },
        ],
        default: [],
        description: "Linked records, as they were when it happened, in data.related",
      },
      {
        displayName: "Local Times",
        name: "localTime",
        type: "boolean",
        default: false,
        description: "Whether the times come by the clock of the business as well, in data.local",
      },
      {
        displayName: "Respond",
        name: "respond",
        type: "options",
        options: [
          {
            name: "Immediately",
            value: "onReceived",
            description: "The service is done with an event as soon as n8n has it",
          },
          {
            name: "When Last Node Finishes",
            value: "lastNode",
            description:
              "The service sends an event again that the workflow has not finished within 15 seconds, were n8n killed meanwhile",
          },
        ],
        default: "onReceived",
      },
    ],
  };

  methods = { loadOptions: { getEventPatterns } };

  webhookMethods = {
    default: {
      async checkExists(this: IHookFunctions): Promise<boolean> {
        const found = await findEndpoint(this, urlOf(this));
        if (!found || found.status.state === "disabled") return false;
        keep(this, found);
        return Object.keys(differing(found, settingsOf(this))).length === 0;
      },

      /** Makes the endpoint, or brings the one that calls this URL up to the settings: an answer may have got lost. */
      async create(this: IHookFunctions): Promise<boolean> {
        const settings = settingsOf(this);
        const found = await findEndpoint(this, settings.url);
        if (!found) {
          keep(
            this,
            await ask<Endpoint>(this, "POST", "/endpoints", { body: { ...settings, signature: "v1a" } }),
          );
          return true;
        }
        let known = found;
        const body = differing(found, settings);
        if (Object.keys(body).length > 0) known = await ask<Endpoint>(this, "PATCH", pathOf(found), { body });
        // n8n was away for so long that the service gave it up.
        if (known.status.state === "disabled")
          known = await ask<Endpoint>(this, "POST", `${pathOf(found)}/enable`);
        keep(this, known);
        return true;
      },

      async delete(this: IHookFunctions): Promise<boolean> {
        const found = await findEndpoint(this, urlOf(this));
        if (found) await ask(this, "DELETE", pathOf(found));
        return true;
      },
    },
  };

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    const request = this.getRequestObject();
    const nowMs = Date.now();
    const kept: Kept = this.getWorkflowStaticData("node");
    const body = await rawBodyOf(request);
    const fits = () => isSigned({ headers: request.headers, body, publicKeys: kept.publicKeys ?? [], nowMs });
    if (!fits() && nowMs - (kept.readAt ?? 0) >= KEYS_AGAIN_MS) {
      // The key may have been replaced since the workflow was activated.
      const found = await findEndpoint(this, kept.url ?? "");
      kept.readAt = nowMs;
      if (found) kept.publicKeys = publicKeysOf(found);
    }
    if (!fits()) {
      this.getResponseObject().status(401).end();
      return { noWebhookResponse: true };
    }
    return { workflowData: [this.helpers.returnJsonArray(this.getBodyData())] };
  }
}

interface WithRawBody {
  rawBody?: Buffer;
  readRawBody?: () => Promise<void>;
}

/** The bytes as they came: they are what is signed. */
async function rawBodyOf(request: WithRawBody): Promise<Buffer> {
  await request.readRawBody?.();
  return request.rawBody ?? Buffer.alloc(0);
}

function urlOf(context: IHookFunctions): string {
  return context.getNodeWebhookUrl("default") ?? "";
}

function settingsOf(context: IHookFunctions) {
  return {
    url: urlOf(context),
    events: context.getNodeParameter("events") as string[],
    description: `n8n: ${context.getWorkflow().name ?? ""}`.slice(0, MOST_DESCRIPTION_CHARACTERS),
    expand: context.getNodeParameter("expand", []) as string[],
    local_time: context.getNodeParameter("localTime", false) as boolean,
  };
}

function differing(found: Endpoint, settings: IDataObject): IDataObject {
  return Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => JSON.stringify(found[name]) !== JSON.stringify(value)),
  );
}

function keep(context: IHookFunctions, endpoint: Endpoint): void {
  const kept: Kept = context.getWorkflowStaticData("node");
  kept.url = urlOf(context);
  kept.publicKeys = publicKeysOf(endpoint);
  kept.readAt = Date.now();
}
