import { Command } from "commander";

import { printable } from "../config/plain-text.ts";
import { ConfigError } from "../shared/errors.ts";
import { EXIT } from "../shared/exit-code.ts";
import { readVersion } from "../shared/version.ts";
import { refuseUnverifiedTls } from "./terminal/refuse-unverified-tls.ts";
import { parseCount, parsePort } from "./terminal/arguments.ts";
import { addAccessCommands } from "./access/access-commands.ts";
import { addDashboardCommand } from "./dashboard-command.ts";
import { addDeliveryCommands } from "./deliveries/delivery-commands.ts";
import { addEndpointCommands } from "./endpoints/endpoint-commands.ts";
import { addEventCommands } from "./events/event-commands.ts";
import { addForgetCommand } from "./privacy/forget-command.ts";
import { addGradeCommand } from "./grade/grade-command.ts";
import { addInitCommand } from "./init/init-command.ts";
import { groupCommands } from "./terminal/help-groups.ts";
import { addListenCommand } from "./trigger/listen-command.ts";
import { addClinicCommands, addKeyCommands, addServiceCommands } from "./accounts/operator-commands.ts";
import { createPaint } from "./terminal/paint.ts";
import { addDemoCommand } from "./demo/demo-command.ts";
import { addAuditCommands } from "./access/audit-commands.ts";
import { addTokenCommands } from "./access/token-commands.ts";
import { addTriggerCommand } from "./trigger/trigger-command.ts";
import { addNoticeCommands } from "./notices/notice-commands.ts";
import { onDemand } from "./terminal/on-demand.ts";

const { sandbox } = onDemand(async () => await import("./demo/sandbox.ts"));

const toStdout = (line: string): void => {
  process.stdout.write(`${printable(line)}\n`);
};

/** On a terminal the next line replaces it; elsewhere nobody watches. */
const progress = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${printable(line)}`);
};

/**
 * Every command there is. Nothing runs before it is parsed.
 * @param print a line for a person, or for a program
 * @param ctrlC see `Terminal`
 */
export function createProgram(
  env: NodeJS.ProcessEnv = process.env,
  print = toStdout,
  ctrlC = atCtrlC,
): Command {
  const program = new Command("cliniko-webhooks")
    .description(
      "Webhooks for Cliniko: watches a clinic through its API and calls your URL, signed, when something changes.",
    )
    .version(readVersion())
    .showHelpAfterError("(add --help for what can be said here)")
    .exitOverride()
    .addHelpText("after", HELP)
    .hook("preAction", () => {
      refuseUnverifiedTls(env);
    });
  const readSecret = (name: string): string => readSecretOf(env, name);
  const terminal = {
    env,
    print,
    progress,
    ctrlC,
    paint: createPaint(process.stdout, env),
  };
  addInitCommand(program, terminal);
  addServiceCommands(program, terminal);
  addClinicCommands(program, terminal);
  const endpoints = addEndpointCommands(program, env, print);
  addDeliveryCommands(program, endpoints, { env, print, progress, ctrlC });
  addEventCommands(program, terminal);
  addForgetCommand(program, { env, print, progress, ctrlC });
  addTokenCommands(program, env, print);
  addAccessCommands(program, env, print);
  addAuditCommands(program, env, print);
  addNoticeCommands(program, terminal);
  addDashboardCommand(program, terminal);
  addDemoCommand(program, terminal);
  addTryingCommands(program, print);
  addListenCommand(program, { env, readSecret, print, ctrlC });
  addTriggerCommand(program, { env, readSecret, print });
  addGradeCommand(program, { env, interactive: process.stdout.isTTY, readSecret, print });
  addKeyCommands(program, terminal);
  groupCommands(program);
  return program;
}

interface SandboxGiven {
  readonly port: number;
  readonly host: string;
  readonly acts: number;
  readonly seed: number;
  readonly apiKeyEnv?: string;
}

function addTryingCommands(program: Command, print: (line: string) => void): void {
  program
    .command("sandbox")
    .description("the simulated clinic alone, speaking Cliniko's API, to point your own code at")
    .option("--port <number>", "port to listen on, 0 for any", parsePort, 4010)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--acts <number>", "what the receptionist does in a minute, 0 for nothing", parseCount, 20)
    .option("--seed <number>", "another clinic", parseCount, 1)
    .option(
      "--api-key-env <name>",
      "environment variable with the key to know, MS…-au1 (default: one is made up)",
    )
    .action(async (given: SandboxGiven) => {
      const apiKey = given.apiKeyEnv === undefined ? undefined : process.env[given.apiKeyEnv];
      await sandbox({ ...given, apiKey, actsPerMinute: given.acts }, print);
    });
}

const HELP = `
Five minutes:
  $ cliniko-webhooks demo                     see it work, nothing to set up
  $ cliniko-webhooks init                     asks for your key and URL, tries them, writes notifier.yaml
  $ cliniko-webhooks start
  $ cliniko-webhooks status                   is anything wrong, where, since when

What messages call docs/operations.md is a page of the running service: http://127.0.0.1:8321/docs/operations.md

Exit codes: 0 fine · 1 failed · 2 the configuration or the command line is wrong · 3 something it needs cannot be reached`;

function readSecretOf(env: NodeJS.ProcessEnv, name: string): string {
  const secret = env[name]?.trim();
  if (secret) return secret;
  throw new ConfigError("the command line", [
    {
      path: "--secret-env",
      message: `the environment variable ${name} is not set`,
      remedy: "set it to the endpoint's whsec_… secret",
    },
  ]);
}

/** Fires at the first Ctrl-C (or SIGTERM, or when the terminal goes); the second one ends the process at once. */
function atCtrlC(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      controller.abort();
      process.once(signal, () => process.exit(EXIT.failure));
    });
  }
  return controller.signal;
}
