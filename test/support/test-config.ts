import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { NAMEABLE } from "../../src/admin/nameable.ts";
import type { Config } from "../../src/config/config.ts";
import type { ConfigSources } from "../../src/config/config-fields.ts";
import { parseConfig } from "../../src/config/parse-config.ts";

/** Standard Webhooks secret used by tests. */
export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

export function sources(env: Record<string, string | undefined> = {}): ConfigSources {
  return {
    env,
    readFile: () => {
      throw new Error("no files in tests");
    },
    ...NAMEABLE,
  };
}

/** The operator's token, where the settings name it: `{ env: OPS_TOKEN }`. */
export const OPS_TOKEN = "an-operators-own-long-word";

export interface TestSetup {
  readonly accounts: Readonly<
    Record<string, { readonly key: string; readonly baseUrl: string; readonly resources?: readonly string[] }>
  >;
  readonly endpoints: Readonly<Record<string, { readonly url: string; readonly settings?: object }>>;
  readonly settings?: object;
}

let folder: string | undefined;

/** One for all that a test file starts: what it starts twice has the same erasure key. */
export function keysFolder(): string {
  folder ??= makeFolder();
  return folder;
}

function makeFolder(): string {
  const made = mkdtempSync(join(tmpdir(), "cliniko-webhooks-keys-"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A configuration as an operator would write it, through the real parser. */
export function testConfig(setup: TestSetup, encryptionKey = randomBytes(32).toString("base64")): Config {
  const env: Record<string, string> = { ENCRYPTION_KEY: encryptionKey, SECRET, OPS_TOKEN };
  for (const [name, { key }] of Object.entries(setup.accounts)) env[`KEY_${name}`] = key;
  const file = {
    contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
    encryption: [{ id: "k1", key: { env: "ENCRYPTION_KEY" } }],
    accounts: Object.fromEntries(
      Object.entries(setup.accounts).map(([name, { baseUrl, key: _key, ...more }]) => [
        name,
        { api_key: { env: `KEY_${name}` }, base_url: baseUrl, ...more },
      ]),
    ),
    endpoints: Object.fromEntries(
      Object.entries(setup.endpoints).map(([name, { url, settings }]) => [
        name,
        { url, secret: { env: "SECRET" }, events: ["*"], ...settings },
      ]),
    ),
    polling: { interval: "1s", requests_per_minute: 6_000, budget_share: 1 },
    delivery: { allow_http: true, allow_private: ["127.0.0.1/32"] },
    roles: ["poll", "dispatch"],
    log_level: "silent",
    keys_folder: keysFolder(),
    ...setup.settings,
  };
  return parseConfig(JSON.stringify(file), "test.yaml", sources(env));
}
