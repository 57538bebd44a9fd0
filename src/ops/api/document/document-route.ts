import { z } from "zod";

import { createFixedAnswer } from "../../fixed-answer.ts";
import type { ApiScope } from "../api-scope.ts";

/** Open to anyone: it says what can be asked, and nothing of what would be answered. */
export function addDocumentRoute(scope: ApiScope): void {
  // Thousands of lines, for whoever asks: it is made once.
  const document = createFixedAnswer(() => scope.swagger());
  scope.route({
    method: "GET",
    url: "/openapi.json",
    config: {
      operation: {
        roles: "anyone",
        answers: { 200: "The document.", 304: "You have it: `if-none-match` is its tag." },
        examples: { answer: { openapi: "3.1.0", info: { title: "cliniko-webhooks", version: "1" } } },
      },
    },
    schema: {
      operationId: "readDescription",
      tags: ["Service"],
      summary: "Read this description",
      description: "The OpenAPI 3.1 document of this very release. It needs no token.",
      response: {
        200: z.record(z.string(), z.unknown()).meta({ description: "An OpenAPI document." }),
        304: z.undefined(),
      },
    },
    handler: async (request, reply) => await document.send(request, reply),
  });
}
