import { z } from "zod";

import { createFixedAnswer } from "../../fixed-answer.ts";
import type { ApiScope } from "../api-scope.ts";
import { toAsyncApi } from "./asyncapi.ts";
import type { DocumentPart } from "./webhooks.ts";

interface Description {
  readonly url: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly what: string;
  readonly example: DocumentPart;
  readonly make: (openApi: DocumentPart) => DocumentPart;
}

const INFO = { title: "cliniko-webhooks", version: "1" };

/** Open to anyone: they say what can be asked and what is sent, and nothing of what would be answered. */
const DESCRIPTIONS: readonly Description[] = [
  {
    url: "/openapi.json",
    operationId: "readDescription",
    summary: "Read this description",
    description: "The OpenAPI 3.1 document of this very release. It needs no token.",
    what: "An OpenAPI document.",
    example: { openapi: "3.1.0", info: INFO },
    make: (openApi) => openApi,
  },
  {
    url: "/asyncapi.json",
    operationId: "readCallbackDescription",
    summary: "Read the description of the callbacks",
    description:
      "The AsyncAPI 3.0 document of this very release: what is sent to your endpoint, a message for each event type. It needs no token.",
    what: "An AsyncAPI document.",
    example: { asyncapi: "3.0.0", info: INFO },
    make: toAsyncApi,
  },
];

export function addDocumentRoutes(scope: ApiScope): void {
  for (const description of DESCRIPTIONS) addDocumentRoute(scope, description);
}

function addDocumentRoute(scope: ApiScope, description: Description): void {
  const { url, operationId, summary, what, example, make } = description;
  // Thousands of lines, for whoever asks: it is made once.
  const document = createFixedAnswer(() => make({ ...scope.swagger() }));
  scope.route({
    method: "GET",
    url,
    config: {
      operation: {
        roles: "anyone",
        answers: { 200: "The document.", 304: "You have it: `if-none-match` is its tag." },
        examples: { answer: example },
      },
    },
    schema: {
      operationId,
      tags: ["Service"],
      summary,
      description: description.description,
      response: {
        200: z.record(z.string(), z.unknown()).meta({ description: what }),
        304: z.undefined(),
      },
    },
    handler: async (request, reply) => await document.send(request, reply),
  });
}
