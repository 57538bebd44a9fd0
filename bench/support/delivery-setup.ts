import { randomBytes } from "node:crypto";

import { type Base, openBase } from "../../src/admin/base.ts";
import { NAMEABLE } from "../../src/admin/nameable.ts";
import type { Config } from "../../src/config/config.ts";
import { benchKeysFolder } from "./bench-keyring.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import { createLogger } from "../../src/shared/logger.ts";
import type { ReleaseStack } from "../../src/shared/release-stack.ts";
import { syncFileEndpoints } from "../../src/store/outbox/endpoint-file.ts";

/** A configuration as an operator writes it, to be read by several processes. */
export interface WrittenConfig {
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface WrittenEndpoint {
  readonly url: string;
  readonly concurrency?: number;
  readonly accounts?: readonly string[];
  /** Default: all. */
  readonly events?: readonly string[];
}

interface MoreSettings {
  readonly account?: object | ((name: string) => object);
  readonly file?: object;
  readonly env?: Readonly<Record<string, string>>;
}

export function writeConfig(
  accounts: readonly string[],
  endpoints: Readonly<Record<string, WrittenEndpoint>>,
  /** Settings over those of a bench: of every account, of the file, and its secrets. */
  { account = {}, file: more = {}, env: secrets = {} }: MoreSettings = {},
): WrittenConfig {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const file = {
    contact: { name: "cliniko-webhooks benches", email: "benches@example.com" },
    encryption: [{ id: "k1", key: { env: "ENCRYPTION_KEY" } }],
    accounts: Object.fromEntries(
      // Nothing is polled here: the address is never called.
      accounts.map((name) => [
        name,
        {
          api_key: { env: "API_KEY" },
          base_url: "http://127.0.0.1:9/v1/",
          ...(typeof account === "function" ? account(name) : account),
        },
      ]),
    ),
    endpoints: Object.fromEntries(
      Object.entries(endpoints).map(([name, written]) => [
        name,
        { events: ["*"], ...written, secret: { env: "SECRET" } },
      ]),
    ),
    delivery: { allow_http: true, allow_private: ["127.0.0.1/32"] },
    roles: ["dispatch"],
    keys_folder: benchKeysFolder(),
    ...more,
  };
  const env = {
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    API_KEY: "MS4xLTEyMzQ1Njc4OTAtYWJjZGVmZ2g-au2",
    SECRET: secret,
    ...secrets,
  };
  return { text: JSON.stringify(file), env };
}

export function readWritten({ text, env }: WrittenConfig): Config {
  const readFile = (path: string): string => {
    throw new Error(`${path} is not part of a bench`);
  };
  return parseConfig(text, "bench.yaml", { env, readFile, ...NAMEABLE });
}

/** What the service keeps, opened, with the endpoints brought in: events from now on are for them. */
export async function openBench(
  stack: ReleaseStack,
  written: WrittenConfig,
  socketPath: string,
  logLevel: "silent" | "info" = "silent",
): Promise<Base> {
  const config = readWritten(written);
  const base = await openBase(stack, { config, logger: createLogger(logLevel) }, { socketPath });
  await syncFileEndpoints(base.endpoints, config.endpoints, base.now);
  return base;
}
