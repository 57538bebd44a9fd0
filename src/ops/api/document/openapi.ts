import swagger from "@fastify/swagger";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { OpenAPIV3_1 } from "openapi-types";

import { once } from "../../../shared/once.ts";
import type { ApiScope } from "../api-scope.ts";
import type { DeclaredRoute } from "./declared-routes.ts";
import { completeDocument } from "./complete-document.ts";
import { describeWebhooks } from "./webhooks.ts";

/** What each tag is about. A route with another tag fails the linter. */
const TAGS = [
  { name: "Overview", description: "Whether all is well, and what happened through time." },
  { name: "Endpoints", description: "Who is called, for what, and signed how." },
  { name: "Events", description: "What has happened: to read on in, to look up, and what there can be." },
  { name: "Deliveries", description: "What became of an event at an endpoint, and sending it again." },
  { name: "Records", description: "What is known of the records behind the events." },
  { name: "Accounts", description: "The clinics, and how far each has been read." },
  { name: "Access", description: "Tokens, and who changed what." },
  { name: "Callbacks", description: "What we send to you." },
  { name: "Service", description: "The API itself." },
];

const VERSION = "3.1.0";
const INFO: OpenAPIV3_1.InfoObject = {
  title: "cliniko-webhooks",
  version: "1",
  description: `Webhooks for Cliniko: endpoints, events, deliveries, and what is known of the records behind them.

Every error is \`application/problem+json\` (RFC 9457) and names the fields that are wrong. Lists come in pages: follow \`next\` until it is null. Times are ISO 8601, UTC.`,
  license: { name: "Apache-2.0", identifier: "Apache-2.0" },
};

/** What is the same in every document of this release, and takes longer to make than all else in it. */
const gathered = once(() => {
  // First: it makes the schemas that are gathered then.
  const webhooks = describeWebhooks();
  const empty: OpenAPIV3_1.Document = { openapi: VERSION, info: INFO, paths: {} };
  const described = createJsonSchemaTransformObject({})({ openapiObject: empty });
  const schemas = "components" in described ? described.components?.schemas : {};
  return { schemas: schemas ?? {}, webhooks };
});

/** Makes the OpenAPI 3.1 document from the routes that are added after this. `scope.swagger()` is the document. `below`: see `pathBefore`. */
export async function describeApi(
  scope: ApiScope,
  routes: readonly DeclaredRoute[],
  { below }: { readonly below: string },
): Promise<void> {
  await scope.register(swagger, {
    openapi: {
      openapi: VERSION,
      info: INFO,
      servers: [{ url: `${below}/`, description: "This installation." }],
      tags: TAGS,
      security: [{ token: [] }],
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "A token: cwt_…" },
        },
      },
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (input) => {
      if (!("openapiObject" in input)) throw new TypeError("not an OpenAPI document");
      const { schemas, webhooks } = gathered();
      const { openapiObject } = input;
      const components = { ...openapiObject.components, schemas };
      return { ...completeDocument({ ...openapiObject, components }, routes, webhooks) };
    },
  });
}
