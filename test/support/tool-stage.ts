import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { createReleaseStack } from "../../src/shared/release-stack.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { type Harness, startHarness } from "./harness.ts";
import { temporaryFolder } from "./redis-process.ts";
import { OPS_TOKEN } from "./test-config.ts";

const OWN_RANGES = ["127.0.0.1/32"];
const ROOT = join(import.meta.dirname, "../..");

const N8N_WORKFLOW = `exports.NodeConnectionTypes = { Main: "main" };
exports.NodeOperationError = class extends Error {
  constructor(node, message) {
    super(message);
    this.node = node;
  }
};`;

/** A clinic and its service with the API, which calls a subscriber `tool` on this machine, and the folders of integrations/ as they are once installed. */
export interface ToolStage extends AsyncDisposable {
  readonly harness: Harness;
  /** What a person gives a tool. */
  readonly service: { readonly url: string; readonly token: string };
  /** Loads a CommonJS module of a tool, in which `cliniko-webhooks` can be required. */
  readonly load: (path: string) => unknown;
  /** The same of a module in TypeScript, in which there is as much of `n8n-workflow` as is not only types. */
  readonly loadTypeScript: (path: string) => Promise<unknown>;
  /** Asks the API as the operator. */
  ask<Answer>(method: string, path: string, body?: object): Promise<Answer>;
  /** Endpoints that call this URL. */
  endpointsAt(url: string): Promise<readonly ToolEndpoint[]>;
  /** Somebody moves a visit by an hour: the n-th of those that are on. Returns its id. */
  moveVisit(n?: number): string;
}

export interface ToolEndpoint {
  readonly id: string;
  readonly events: readonly string[];
  readonly expand: readonly string[];
  readonly signing_keys: readonly { readonly public_key: string | null }[];
}

export async function setToolStage(address: RedisAddress, prefix: string): Promise<ToolStage> {
  const stack = createReleaseStack();
  const harness = stack.use(
    await startHarness({
      address,
      prefix,
      setup: {
        settings: {
          ops: { port: 0, token: { env: "OPS_TOKEN" } },
          roles: ["poll", "dispatch", "ops"],
          delivery: { allow_http: true, allow_private: OWN_RANGES, allow_private_for: { tool: OWN_RANGES } },
        },
      },
    }),
  );
  const url = harness.app.opsUrl ?? "";
  let installedAt: string | undefined;
  const installed = (): string => {
    const { path, [Symbol.dispose]: remove } = temporaryFolder();
    stack.defer(async () => remove());
    cpSync(join(ROOT, "integrations"), path, { recursive: true });
    const packages = join(path, "node_modules");
    mkdirSync(join(packages, "n8n-workflow"), { recursive: true });
    symlinkSync(ROOT, join(packages, "cliniko-webhooks"));
    writeFileSync(join(packages, "n8n-workflow/index.js"), N8N_WORKFLOW);
    return path;
  };

  const ask = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${OPS_TOKEN}`,
        ...(body ? { "content-type": "application/json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  };
  return {
    harness,
    service: { url, token: OPS_TOKEN },
    load: (path) => createRequire(join((installedAt ??= installed()), "of-a-tool.js"))(`./${path}`),
    loadTypeScript: async (path) =>
      await import(/* @vite-ignore */ pathToFileURL(join((installedAt ??= installed()), path)).href),
    ask,
    endpointsAt: async (called) =>
      (await ask<{ data: ToolEndpoint[] }>("GET", `/endpoints?url=${encodeURIComponent(called)}`)).data,
    moveVisit: (n = 0) => {
      const { desk } = harness.clinic;
      const visits = desk
        .appointments()
        .filter((row) => row.cancelled_at === null && row.archived_at === null);
      const visit = visits[n % visits.length];
      if (!visit) throw new Error("the seeded clinic has a visit");
      desk.move(visit.id, visit.starts_at + 3_600);
      return visit.id;
    },
    [Symbol.asyncDispose]: async () => await stack[Symbol.asyncDispose](),
  };
}
