import { readFileSync } from "node:fs";

import { type Command, Option } from "commander";

import { onDemand } from "../terminal/on-demand.ts";
import { problemAt } from "../terminal/problem-at.ts";
import type { Terminal } from "../terminal/terminal.ts";

const { init } = onDemand(async () => await import("./init.ts"));
const { createAsker } = onDemand(async () => await import("./ask.ts"));

interface Given {
  readonly contactName?: string;
  readonly contactEmail?: string;
  readonly account?: string;
  readonly apiKeyEnv?: string;
  readonly apiKeyFile?: string;
  readonly baseUrl?: string;
  readonly url?: string;
  readonly opsHost?: string;
}

/** `init`: a new installation in the folder that one stands in. */
export function addInitCommand(program: Command, { env, print, paint }: Terminal): void {
  program
    .command("init")
    .summary("make a new installation here: asks, tries, writes notifier.yaml")
    .description(
      "make a new installation in this folder: asks for what is not given, tries each answer at once, and writes notifier.yaml and the secrets (0600); overwrites nothing",
    )
    .option("--contact-name <name>", "your practice or company: Cliniko demands it in every request")
    .option("--contact-email <address>", "where Cliniko reaches you")
    .option("--account <name>", "a short name for the clinic, as it stands in every event")
    .option("--api-key-env <name>", "environment variable that holds the API key")
    .option("--api-key-file <file>", "file that holds the API key")
    .option("--base-url <url>", "only for the sandbox: otherwise it follows from the key")
    .option("--url <url>", "where to call; left out, endpoints are made later")
    .addOption(
      new Option(
        "--ops-host <address>",
        "address of the dashboard and the API, when not for this machine alone",
      ).env("CLINIKO_WEBHOOKS_OPS_HOST"),
    )
    .action(async ({ apiKeyEnv, apiKeyFile, ...given }: Given) => {
      const asks = process.stdin.isTTY && process.stdout.isTTY;
      using asker = asks ? await createAsker(process.stdin, process.stdout) : undefined;
      const apiKey = readKey(env, apiKeyEnv, apiKeyFile);
      await init(
        { baseUrl: undefined, url: undefined, opsHost: undefined, ...given, apiKey },
        { folder: process.cwd(), env, asker, print, paint, now: Date.now },
      );
    });
}

/** A key never stands on a command line, where everybody on the machine can read it. */
function readKey(env: NodeJS.ProcessEnv, name?: string, file?: string): string | undefined {
  if (name !== undefined) {
    const key = env[name]?.trim();
    if (key) return key;
    throw problemAt("--api-key-env", `the environment variable ${name} is not set`, "set it to the API key");
  }
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw problemAt("--api-key-file", `the file ${file} cannot be read`, "put the API key into it");
  }
}
