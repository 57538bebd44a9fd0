import { startApp } from "../../src/app/app.ts";
import { type Base, openBase } from "../../src/admin/base.ts";
import type { Config } from "../../src/config/config.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import type { Token } from "../../src/store/access/token-store.ts";
import { OPS_TOKEN, type TestSetup, testConfig } from "./test-config.ts";

export { OPS_TOKEN } from "./test-config.ts";

/** One answer, its body read. */
export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly text: string;
}

export interface Ask {
  /** Default: the operator's token. Null: none. */
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The service with its API, and no one it polls or delivers to. */
export interface ApiHarness extends AsyncDisposable {
  readonly url: string;
  readonly config: Config;
  /** What is kept, to make things that the API does not. */
  readonly base: Base;
  ask<Body = Record<string, unknown>>(method: string, path: string, ask?: Ask): Promise<Answer<Body>>;
  /** Makes a token and resolves to the whole of it. */
  token(given: Partial<Token> & Pick<Token, "role">): Promise<string>;
  readonly document: OpenApiDocument;
  /** What the operator was told of faults. */
  readonly faults: () => readonly string[];
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly webhooks: Readonly<Record<string, unknown>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly "x-roles": readonly string[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: unknown }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly example?: unknown }>> }>
  >;
}

/** Operations that were answered with 2xx, in all harnesses of this process. See test/integration/ops/api/api.test.ts. */
export const exercised = new Set<string>();

export interface ApiHarnessOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly setup?: Partial<TestSetup>;
  readonly roles?: readonly string[];
  readonly now?: () => number;
  /** Default: as the service finds it. */
  readonly docsFolder?: string;
  /** What `faults` has. Default: error. */
  readonly logLevel?: "error" | "warn";
}

const UNUSED = { key: "MS0xLWFiY2RlZg-au1", baseUrl: "http://127.0.0.1:9/v1" };

/** The same of every service of this release: a megabyte that takes longer to make than most tests take. */
let documentRead: Promise<OpenApiDocument> | undefined;

async function readDocument(url: string): Promise<OpenApiDocument> {
  return (await (await fetch(`${url}/v1/openapi.json`)).json()) as OpenApiDocument;
}

/** Every answer is held against the OpenAPI document: a status or media type that it does not name fails the test. */
export async function startApi(options: ApiHarnessOptions): Promise<ApiHarness> {
  const { address, prefix, setup, roles = ["ops"], now, docsFolder, logLevel = "error" } = options;
  const config = testConfig({
    accounts: { northside: UNUSED, southside: UNUSED, ...setup?.accounts },
    endpoints: { ...setup?.endpoints },
    settings: { ops: { port: 0, token: { env: "OPS_TOKEN" } }, roles, ...setup?.settings },
  });
  const faults: string[] = [];
  const logger = createLogger(logLevel, { write: (line) => void faults.push(line) });
  const stack = createReleaseStack();
  const clock = now ? { now } : {};
  const app = await startApp({ config, logger, redis: address, prefix, docsFolder, ...clock });
  stack.defer(async () => await app[Symbol.asyncDispose]());
  const base = await openBase(stack, { config, logger, prefix, ...clock }, address);
  const url = app.opsUrl ?? "";
  const document = await (documentRead ??= readDocument(url));

  return {
    url,
    config,
    base,
    document,
    faults: () => faults,
    async ask<Body = Record<string, unknown>>(
      method: string,
      path: string,
      { token = OPS_TOKEN, body, headers }: Ask = {},
    ): Promise<Answer<Body>> {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status >= 500) {
        throw new Error(`${method} ${path} answered ${response.status}\n${faults.join("")}`);
      }
      checkAnswer(document, method, path, response);
      const json = /\bjson\b/.test(response.headers.get("content-type") ?? "");
      const read = (json && text !== "" ? JSON.parse(text) : {}) as Body;
      return { status: response.status, headers: response.headers, body: read, text };
    },
    async token(given) {
      const named = { name: "a token", sensitive: false, ...given };
      return (await base.tokens.create(named)).secret;
    },
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
    },
  };
}

/** The operation of a path, and what it is called in the document. */
export function findOperation(
  document: OpenApiDocument,
  method: string,
  path: string,
): OpenApiOperation | undefined {
  const [asked = ""] = path.split("?");
  const found = Object.entries(document.paths)
    .filter(([template]) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(asked))
    // `/v1/things/new` before `/v1/things/{id}`.
    .toSorted(([left], [right]) => left.split("{").length - right.split("{").length);
  return found[0]?.[1][method.toLowerCase()];
}

function checkAnswer(document: OpenApiDocument, method: string, path: string, response: Response): void {
  const operation = findOperation(document, method, path);
  if (!operation) return;
  if (response.ok) exercised.add(operation.operationId);
  const declared = operation.responses[String(response.status)];
  const where = `${operation.operationId} answered ${response.status}`;
  if (!declared) throw new Error(`${where}, which the OpenAPI document does not name`);
  const media = response.headers.get("content-type")?.split(";")[0];
  const known = Object.keys(declared.content ?? {});
  if (media === undefined ? known.length > 0 : !known.includes(media)) {
    throw new Error(`${where} as ${media ?? "nothing"}, and the OpenAPI document has ${known.join(", ")}`);
  }
  if (response.headers.get("x-request-id") === null) throw new Error(`${where} without x-request-id`);
}
