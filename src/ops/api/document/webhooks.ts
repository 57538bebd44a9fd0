import { eventCatalogue } from "../../../catalogue/event-catalogue.ts";

/** A part of the OpenAPI document. */
export type DocumentPart = Readonly<Record<string, unknown>>;

const HEADERS = [
  ["webhook-id", "Id of the event, the same for every attempt: drop what you have had."],
  ["webhook-timestamp", "When this attempt was made, unix seconds: refuse what is older than five minutes."],
  ["webhook-signature", "One or more signatures with blanks between them, each `v1,…` or `v1a,…`."],
] as const;

/** The callbacks, one for every event type, for the document's `webhooks`; with the schemas that they refer to. */
export function describeWebhooks(): DocumentPart {
  return Object.fromEntries(
    eventCatalogue.map(({ type, title, when, notWhen, schema, example }) => [
      type,
      {
        post: {
          operationId: type,
          tags: ["Callbacks"],
          summary: title,
          description: `Sent when ${when}.${notWhen === undefined ? "" : ` Not when: ${notWhen}.`}`,
          security: [],
          parameters: HEADERS.map(([name, description]) => ({
            name,
            in: "header",
            required: true,
            description,
            schema: { type: "string" },
          })),
          requestBody: {
            required: true,
            content: {
              // Of what is read, so that fields that are added later are no fault.
              "application/json": {
                schema: { $ref: `#/components/schemas/${schema.meta()?.id ?? type}Input` },
                example,
              },
            },
          },
          responses: RESPONSES,
        },
      },
    ]),
  );
}

const RESPONSES = {
  "2XX": { description: "You have it." },
  "410": {
    description: "You do not want any more: the endpoint is disabled at once, and its events are kept.",
  },
  "4XX": { description: "It is sent again, on a schedule that ends after three days." },
  "5XX": { description: "The same. `Retry-After` is heeded." },
};
