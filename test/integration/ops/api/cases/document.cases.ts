import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect } from "vitest";

import { EVENT_TYPES } from "../../../../../src/diff/event-types.ts";
import { type OpenApiDocument } from "../../../../support/api-harness.ts";
import { operationsOf } from "../../../../support/api-world.ts";
import { test } from "../../../../support/api-test.ts";

/** What a public linter says of a document. */
async function lint(document: unknown): Promise<string[]> {
  const config = await createConfig({ extends: ["recommended"] });
  const source = JSON.stringify(document);
  const found = await lintFromString({ source, absoluteRef: "openapi.json", config });
  return found.map(
    ({ severity, ruleId, message, location }) =>
      `${severity} ${ruleId}: ${message} (${location.map(({ pointer }) => pointer ?? "").join(", ")})`,
  );
}

test("a public linter finds nothing to say about the document", async ({ api }) => {
  expect(await lint(api.document)).toEqual([]);
  // The twin: it would see it. Of one path: all of them take seconds once more.
  const [path = "", operations] = Object.entries(api.document.paths)[0] ?? [];
  const broken = JSON.stringify({ ...api.document, paths: { [path]: operations }, webhooks: {} }).replace(
    "#/components/schemas/Problem",
    "#/components/schemas/Gone",
  );
  const faults = await lint(JSON.parse(broken));
  expect(faults.some((line) => line.startsWith("error no-unresolved-refs"))).toBe(true);
});

test.for(["/v1/openapi.json", "/v1/asyncapi.json", "/v1/event-types/appointment.created"])(
  "%s is asked for again, and not sent again to who has it",
  async (path, { api }) => {
    const first = await api.ask("GET", path);
    const tag = first.headers.get("etag") ?? "";
    const again = await api.ask("GET", path, { headers: { "if-none-match": tag } });
    const other = await api.ask("GET", path, { headers: { "if-none-match": '"another"' } });

    expect([first.status, again.status, again.text, other.status]).toEqual([200, 304, "", 200]);
    expect([first.headers.get("cache-control"), other.text]).toEqual(["no-cache", first.text]);
  },
);

test("the callbacks are described for AsyncAPI too, each with its headers, its body and how it is signed", async ({
  api,
}) => {
  const { body, headers: sent } = await api.ask<AsyncApiDocument>("GET", "/v1/asyncapi.json", {
    token: null,
    headers: { "accept-encoding": "br" },
  });

  expect(await lint(body)).toEqual([]);
  expect([sent.get("content-encoding"), Number(sent.get("content-length")) < 100_000]).toEqual(["br", true]);
  const { messages } = body.channels.callbacks;
  expect(Object.keys(messages)).toEqual(Object.keys(api.document.webhooks));
  const [, moved] = Object.entries(messages).find(([type]) => type === "appointment.rescheduled") ?? [];
  const schema = moved?.payload.$ref.split("/").at(-1) ?? "";
  expect(Object.keys(body.components.schemas)).toContain(schema);
  const { headers } = body.components.messageTraits.callback;
  expect(headers.required).toEqual(["webhook-id", "webhook-timestamp", "webhook-signature"]);
  // The twin: what leads nowhere, and what is of another shape, is seen.
  const gone = JSON.stringify(body).replaceAll(
    `#/components/schemas/${schema}"`,
    '#/components/schemas/Gone"',
  );
  const broken = await lint(JSON.parse(gone.replace('"action":"send"', '"action":"shout"')));
  expect(broken.map((line) => line.split(":")[0])).toEqual(["error no-unresolved-refs", "error struct"]);
});

interface AsyncApiDocument {
  readonly channels: {
    readonly callbacks: {
      readonly messages: Readonly<Record<string, { readonly payload: { $ref: string } }>>;
    };
  };
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly messageTraits: {
      readonly callback: { readonly headers: { readonly required: readonly string[] } };
    };
  };
}

test("every operation has an example of its body and of every answer that has one", async ({ api }) => {
  const missing: string[] = [];
  for (const { operation } of operationsOf(api.document)) {
    const { operationId, requestBody, responses } = operation;
    const holders = { body: requestBody as Responses[string] | undefined, ...responses };
    for (const [what, holder] of Object.entries(holders)) {
      for (const media of Object.values(holder?.content ?? {})) {
        if (media.example === undefined) missing.push(`${operationId} ${what}`);
      }
    }
  }

  expect(missing).toEqual([]);
});

type Responses = OpenApiDocument["paths"][string][string]["responses"];

test("every operation says what may go wrong", async ({ api }) => {
  for (const { operation } of operationsOf(api.document)) {
    const open = operation["x-roles"].length === 0;
    const statuses = Object.keys(operation.responses);
    for (const status of ["400", "429", "500", "503", ...(open ? [] : ["401", "403"])]) {
      expect([operation.operationId, statuses]).toEqual([
        operation.operationId,
        expect.arrayContaining([status]) as string[],
      ]);
    }
  }
});

test("the webhooks are those that are sent, each with an example", async ({ api }) => {
  expect(Object.keys(api.document.webhooks).toSorted()).toEqual([...EVENT_TYPES, "endpoint.test"].toSorted());
});

test("no schema goes by a name that is only the machine's", async ({ api }) => {
  const names = Object.keys(api.document.components.schemas);

  expect(names.filter((name) => /^(__|def-)|schema\d/.test(name))).toEqual([]);
  expect(names).toEqual(expect.arrayContaining(["Problem", "Endpoint", "NewEndpoint", "Token"]));
});

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null;

/** Where a schema lets in as much as anybody likes to send. */
function endless(schema: unknown, components: Readonly<Record<string, unknown>>, at: string): string[] {
  if (!isSchema(schema)) return [];
  const inside = (value: unknown, place: string): string[] => endless(value, components, place);
  const { $ref, type, properties, additionalProperties, items, enum: values } = schema;
  if (typeof $ref === "string") return inside(components[$ref.split("/").at(-1) ?? ""], at);
  const choices = [schema["anyOf"], schema["oneOf"], schema["allOf"]].flatMap((list) => list ?? []);
  const found = choices.flatMap((choice) => inside(choice, at));
  if (isSchema(properties)) {
    found.push(...Object.entries(properties).flatMap(([name, value]) => inside(value, `${at}.${name}`)));
  }
  const types = [type].flat();
  if (types.includes("string") && !values && !("const" in schema) && !("maxLength" in schema)) found.push(at);
  if (types.includes("array") && !("maxItems" in schema)) found.push(at);
  if (isSchema(additionalProperties) && !("maxProperties" in schema)) found.push(at);
  return [...found, ...inside(items, `${at}[]`), ...inside(additionalProperties, `${at}.*`)];
}

test("every value that an operation takes has an end: refusing costs no more than accepting", async ({
  api,
}) => {
  const { schemas } = api.document.components;
  const walked: string[] = [];
  const found = operationsOf(api.document).flatMap(({ operation }) => {
    const { operationId, parameters = [], requestBody } = operation;
    const given = parameters.map((parameter) => [`${parameter.in}.${parameter.name}`, parameter.schema]);
    const bodies = Object.values(
      (requestBody as { content?: Record<string, { schema: unknown }> })?.content ?? {},
    );
    const parts = [...given, ...bodies.map(({ schema }) => ["body", schema])];
    return parts.flatMap(([place, schema]) => {
      walked.push(`${operationId} ${String(place)}`);
      return endless(schema, schemas, `${operationId} ${String(place)}`);
    });
  });

  expect(found.join("\n")).toBe("");
  expect(walked.length).toBeGreaterThan(60);
  // The twin: what has no end is seen, wherever it stands.
  const open = {
    type: "object",
    properties: { name: { type: "string" }, list: { type: "array", items: {} } },
  };
  expect(endless({ anyOf: [{ $ref: "#/x/Open" }] }, { Open: open }, "body")).toEqual([
    "body.name",
    "body.list",
  ]);
});
