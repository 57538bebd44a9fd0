import { inspect } from "node:util";

import type { Config } from "../../src/config/config.ts";
import type { ConfigSources } from "../../src/config/config-fields.ts";
import { createConfigParser } from "../../src/config/parse-config.ts";
import { ConfigError, type Problem } from "../../src/shared/errors.ts";
import { SECRET, sources } from "./test-config.ts";

/** The environment that goes with `FILE`. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
  NORTHSIDE_KEY: "MS4xLTEyMzQ1Njc4OTAtYWJjZGVmZ2g-au2",
  CRM_SECRET: SECRET,
  OPS_TOKEN: "a-long-random-word-of-ours",
};

/** A file with every setting in it, as an operator would write it. Tests spoil one thing at a time. */
export const FILE = `contact:
  name: Northside IT
  email: it@northside.example
encryption:
  - id: k1
    key: { env: ENCRYPTION_KEY }
accounts:
  northside:
    api_key: { env: NORTHSIDE_KEY }
    base_url: https://proxy.example/v1/
    resources: [patients]
endpoints:
  crm:
    url: https://crm.example.com/hooks/cliniko?team=7
    secret: { env: CRM_SECRET }
    events: ["appointment.*", patient.merged]
    accounts: [northside]
    payload: changes
    include: [medicare]
polling:
  interval: 20s
  overlap: 5m
  requests_per_minute: 100
  budget_share: 0.5
  timeout: 10s
delivery:
  timeout: 12s
  allow_private: [10.20.0.0/16]
  allow_http: false
ops:
  host: 0.0.0.0
  port: 9000
  token: { env: OPS_TOKEN }
roles: [poll, ops]
data_folder: /var/lib/notifier/data
log_level: warn
keys_folder: /var/lib/notifier/keys
`;

/** `FILE` with one part of it replaced. */
export function fileWith(part: string, replacement: string): string {
  if (!FILE.includes(part)) throw new Error(`the file has no ${inspect(part)}`);
  return FILE.replace(part, () => replacement);
}

const parseUsual = createConfigParser(sources(ENVIRONMENT));

export function parseFile(
  text: string,
  env: Readonly<Record<string, string | undefined>> = ENVIRONMENT,
  readFile?: ConfigSources["readFile"],
): Config {
  const parse =
    env === ENVIRONMENT && !readFile
      ? parseUsual
      : createConfigParser({ ...sources(env), ...(readFile ? { readFile } : {}) });
  return parse(text, "notifier.yaml");
}

/** What parsing says is wrong; empty when nothing is. */
export function problemsOf(...input: Parameters<typeof parseFile>): readonly Problem[] {
  return errorOf(...input)?.problems ?? [];
}

export function errorOf(...input: Parameters<typeof parseFile>): ConfigError | undefined {
  try {
    parseFile(...input);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
