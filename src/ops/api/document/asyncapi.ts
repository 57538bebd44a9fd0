import { isRecord } from "../../../shared/is-record.ts";
import { keepUsedComponents } from "./used-components.ts";
import type { DocumentPart } from "./webhooks.ts";

const CHANNEL = "callbacks";
const MESSAGES = `#/channels/${CHANNEL}/messages`;
const SIGNATURE = "webhook-signature";

/**
 * The callbacks once more, as an AsyncAPI 3.0 document: one channel, one message for each event type. It is made of the OpenAPI
 * document, whose `webhooks` say the same: what is in one of them is in both.
 */
export function toAsyncApi(openApi: DocumentPart): DocumentPart {
  const items = partOf(openApi, "webhooks");
  const webhooks = Object.keys(items).map((type) => [type, partOf(partOf(items, type), "post")] as const);
  const { title, version } = partOf(openApi, "info");
  return keepUsedComponents({
    asyncapi: "3.0.0",
    info: { title: `${String(title)}: callbacks`, version, description: DESCRIPTION, license: LICENSE },
    defaultContentType: "application/json",
    servers: { receiver: RECEIVER },
    channels: {
      [CHANNEL]: {
        address: "/",
        title: "Callbacks",
        description: "The address of an endpoint: every event that it asks for arrives there.",
        messages: Object.fromEntries(webhooks.map(([type, post]) => [type, toMessage(type, post)])),
      },
    },
    operations: {
      sendCallback: {
        action: "send",
        channel: { $ref: `#/channels/${CHANNEL}` },
        title: "Send a callback",
        summary: "One event, to one endpoint. It is sent again until it is answered with 2xx.",
        security: [{ $ref: "#/components/securitySchemes/signature" }],
        messages: webhooks.map(([type]) => ({ $ref: `${MESSAGES}/${type}` })),
        bindings: { http: { method: "POST", bindingVersion: "0.3.0" } },
      },
    },
    components: {
      schemas: wrapRefs(partOf(partOf(openApi, "components"), "schemas")),
      messageTraits: { callback: { headers: headersOf(webhooks[0]?.[1]) } },
      securitySchemes: {
        signature: {
          type: "httpApiKey",
          in: "header",
          name: SIGNATURE,
          description:
            "Standard Webhooks: over `webhook-id`, `webhook-timestamp` and the body. `v1` is HMAC-SHA256 with the endpoint's secret, `v1a` ed25519, with its public key at /.well-known/jwks.json.",
        },
      },
    },
  });
}

const DESCRIPTION =
  "What is sent to your endpoint, signed as Standard Webhooks has it. The API with which endpoints are made is described by /v1/openapi.json.";

const LICENSE = { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" };

const RECEIVER = {
  host: "{host}",
  protocol: "https",
  description: "Where your endpoint is.",
  variables: { host: { default: "crm.example.com", description: "Your host." } },
};

function toMessage(type: string, post: DocumentPart): DocumentPart {
  const media = partOf(partOf(partOf(post, "requestBody"), "content"), "application/json");
  return {
    name: type,
    title: post["summary"],
    summary: post["description"],
    contentType: "application/json",
    payload: media["schema"],
    traits: [{ $ref: "#/components/messageTraits/callback" }],
    examples: [{ name: "full", summary: "At payload level `full`.", payload: media["example"] }],
  };
}

/** AsyncAPI's schemas are of a draft in which nothing counts that stands beside a `$ref`: descriptions would be lost. */
function wrapRefs(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(wrapRefs);
  if (!isRecord(node)) return node;
  const { $ref, ...others } = Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, wrapRefs(value)]),
  );
  if ($ref === undefined) return others;
  return Object.keys(others).length === 0 ? { $ref } : { ...others, allOf: [{ $ref }] };
}

/** The headers of a webhook of the OpenAPI document, as one schema. */
function headersOf(post: DocumentPart = {}): DocumentPart {
  const { parameters } = post;
  const headers = Array.isArray(parameters) ? parameters.filter(isRecord) : [];
  return {
    type: "object",
    required: headers.map(({ name }) => String(name)),
    properties: Object.fromEntries(
      headers.map(({ name, description, schema }) => [
        String(name),
        { ...(isRecord(schema) ? schema : {}), description },
      ]),
    ),
  };
}

function partOf(whole: DocumentPart, name: string): DocumentPart {
  const part = whole[name];
  if (isRecord(part)) return part;
  throw new TypeError(`the OpenAPI document has no ${name}`);
}
