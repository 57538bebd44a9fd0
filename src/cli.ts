#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Command, CommanderError, InvalidArgumentError } from "commander";

import { check } from "./cli/check.ts";
import { demo } from "./cli/demo.ts";
import { listen } from "./cli/listen.ts";
import { backfill, pollNow, release, rotateEncryption, status } from "./cli/operate.ts";
import { formatProblems } from "./cli/print-problems.ts";
import { sandbox } from "./cli/sandbox.ts";
import { parseDurationMs } from "./config/config-fields.ts";
import { ConfigError, RedisUnavailableError, toError } from "./errors.ts";
import { EXIT, readConfig, runService } from "./main.ts";

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const CONFIG_OPTION = ["-c, --config <file>", "configuration file", "notifier.yaml"] as const;

function createProgram(): Command {
  const program = new Command("cliniko-webhooks")
    .description(
      "Webhooks for Cliniko: watches a clinic through its API and calls your URL, signed, when something changes.",
    )
    .version(readVersion())
    .showHelpAfterError("(add --help for what can be said here)")
    .exitOverride()
    .addHelpText("after", HELP);
  addServiceCommands(program);
  addOperatorCommands(program);
  addDemoCommand(program);
  addTryingCommands(program);
  return program;
}

function addServiceCommands(program: Command): void {
  program
    .command("start")
    .description("run the service until SIGTERM or Ctrl-C")
    .option(...CONFIG_OPTION)
    .action(async ({ config }: { config: string }) => {
      process.exitCode = await runService(readConfig(config, process.env));
    });

  program
    .command("check")
    .description(
      "try everything the configuration names (Redis, keys, endpoints) and say what works; changes nothing",
    )
    .option(...CONFIG_OPTION)
    .action(async ({ config }: { config: string }) => {
      const works = await check(readConfig(config, process.env), process.env, print);
      process.exitCode = works ? EXIT.ok : EXIT.unavailable;
    });
}

function addOperatorCommands(program: Command): void {
  program
    .command("status")
    .description("how far each resource of each account has been read, and what is wrong")
    .option(...CONFIG_OPTION)
    .option("--json", "for machines", false)
    .action(async ({ config, json }: { config: string; json: boolean }) => {
      const well = await status(readConfig(config, process.env), json, print);
      process.exitCode = well ? EXIT.ok : EXIT.unavailable;
    });

  program
    .command("poll <account>")
    .description("read an account now instead of at its next turn")
    .option(...CONFIG_OPTION)
    .action(async (account: string, { config }: { config: string }) => {
      const woken = await pollNow(readConfig(config, process.env), account, print);
      process.exitCode = woken ? EXIT.ok : EXIT.failure;
    });

  program
    .command("backfill <account> <endpoint>")
    .description('bring the present state of every record to one endpoint, as events of origin "backfill"')
    .option(...CONFIG_OPTION)
    .action(async (account: string, endpoint: string, { config }: { config: string }) => {
      const added = await backfill(readConfig(config, process.env), account, endpoint, print);
      process.exitCode = added ? EXIT.ok : EXIT.failure;
    });

  program
    .command("rotate-keys")
    .description(
      "seal everything with the first encryption key, while the service runs; then the old ones can go",
    )
    .option(...CONFIG_OPTION)
    .action(async ({ config }: { config: string }) => {
      const clean = await rotateEncryption(readConfig(config, process.env), ctrlC(), print);
      process.exitCode = clean ? EXIT.ok : EXIT.failure;
    });

  program
    .command("release <account>")
    .description("let an account go that a guard holds, once you have looked at why (status shows it)")
    .option(...CONFIG_OPTION)
    .option(
      "--accept-deletions",
      "the missing records really are deleted: tell them, each on its own evidence",
      false,
    )
    .action(async (account: string, given: { config: string; acceptDeletions: boolean }) => {
      await release(readConfig(given.config, process.env), account, given.acceptDeletions, print);
    });
}

function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description(
      "a made-up clinic at work, its changes arriving as verified callbacks, and an audit at the end",
    )
    .option("--for <duration>", "end by itself, like 60s or 5m (default: until Ctrl-C)", parseDuration)
    .option("--acts <number>", "what the receptionist does in a minute", parseCount, 60)
    .option("--seed <number>", "another clinic, another day", parseCount, 1)
    .option("--kill <times>", "kill -9 the service so often meanwhile; it comes back", parseCount, 0)
    .option("--keep", "keep the folder with logs, callbacks and configuration", false)
    .action(async (given: { for?: number; acts: number; seed: number; kill: number; keep: boolean }) => {
      const clean = await demo({
        forMs: given.for,
        actsPerMinute: given.acts,
        seed: given.seed,
        kills: given.kill,
        keep: given.keep,
        env: process.env,
        program: fileURLToPath(import.meta.url),
        signal: ctrlC(),
        print,
      });
      process.exitCode = clean ? EXIT.ok : EXIT.failure;
    });
}

function addTryingCommands(program: Command): void {
  program
    .command("listen")
    .description("receive callbacks, verify each signature and print one line for it")
    .option("--port <number>", "port to listen on, 0 for any", parseCount, 4040)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option(
      "--secret-env <name>",
      "environment variable with the endpoint's whsec_ secret (default: a new one is made)",
    )
    .action(async ({ port, host, secretEnv }: { port: number; host: string; secretEnv?: string }) => {
      await listen(
        { port, host, secret: secretEnv === undefined ? undefined : readSecret(secretEnv) },
        print,
      );
    });

  program
    .command("sandbox")
    .description("the made-up clinic alone, speaking Cliniko's API, to point your own code at")
    .option("--port <number>", "port to listen on, 0 for any", parseCount, 4010)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--acts <number>", "what the receptionist does in a minute, 0 for nothing", parseCount, 20)
    .option("--seed <number>", "another clinic", parseCount, 1)
    .action(async (given: { port: number; host: string; acts: number; seed: number }) => {
      await sandbox({ ...given, actsPerMinute: given.acts }, print);
    });
}

const HELP = `
Five minutes:
  $ cliniko-webhooks demo                     see it work, nothing to set up
  $ cp notifier.example.yaml notifier.yaml    then write down your account and endpoint
  $ cliniko-webhooks check                    what works, what does not, what to do about it
  $ cliniko-webhooks start

Exit codes: 0 fine · 1 failed · 2 the configuration or the command line is wrong · 3 something it needs cannot be reached`;

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
}

function readSecret(name: string): string {
  const secret = process.env[name]?.trim();
  if (secret) return secret;
  throw new ConfigError("the command line", [
    {
      path: "--secret-env",
      message: `the environment variable ${name} is not set`,
      remedy: "set it to the endpoint's whsec_… secret",
    },
  ]);
}

function parseCount(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError("Write a whole number, 0 or more.");
}

function parseDuration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError("Write a number and a unit: 60s, 5m, 1h.");
  return ms;
}

/** Fires at the first Ctrl-C (or SIGTERM); the second one ends the process at once. */
function ctrlC(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      controller.abort();
      process.once(signal, () => process.exit(EXIT.failure));
    });
  }
  return controller.signal;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.badConfig;
  } else if (error instanceof ConfigError) {
    process.stderr.write(formatProblems(error));
    process.exitCode = EXIT.badConfig;
  } else {
    process.stderr.write(`${toError(error).message}\n`);
    process.exitCode = error instanceof RedisUnavailableError ? EXIT.unavailable : EXIT.failure;
  }
}
