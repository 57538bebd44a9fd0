import { type Command, InvalidArgumentError, Option } from "commander";

import { FORMATS, ORDERINGS, PAYLOAD_LEVELS } from "../../config/endpoint-settings.ts";
import { OVERLAP_MS } from "../../dispatch/signing/signing-keys.ts";
import { readConfig } from "../read-config.ts";
import { CONFIG_OPTION, parseDuration } from "../terminal/arguments.ts";
import type { EndpointOptions } from "./endpoint-options.ts";
import { createPaint } from "../terminal/paint.ts";
import { onDemand } from "../terminal/on-demand.ts";

const {
  createEndpoint,
  deleteEndpoint,
  enableEndpoint,
  listEndpoints,
  pauseEndpoint,
  printNewSecret,
  rotateEndpoint,
  showEndpoint,
  updateEndpoint,
} = onDemand(async () => await import("./endpoints.ts"));

type Print = (line: string) => void;
type Signature = "v1" | "v1a";

const SIGNATURES = ["v1", "v1a"];

/** `endpoints list|show|create|update|pause|enable|delete|rotate|secret`. Resolves to the group, for more commands. */
export function addEndpointCommands(program: Command, env: NodeJS.ProcessEnv, print: Print): Command {
  const group = program.command("endpoints").description("who is called, for what, and signed how");
  addReading(group, env, print);
  addMaking(group, env, print);
  addHandling(group, env, print);
  addRotation(group, env, print);
  addSecret(group, print);
  return group;
}

function addReading(group: Command, env: NodeJS.ProcessEnv, print: Print): void {
  group
    .command("list")
    .description("every endpoint: of the configuration file, and made at run time")
    .option(...CONFIG_OPTION)
    .option("--json", "for machines", false)
    .action(async ({ config, json }: { config: string; json: boolean }) => {
      const paint = createPaint(process.stdout, env);
      await listEndpoints(await readConfig(config, env), { json, paint }, print);
    });

  group
    .command("show <endpoint>")
    .description("one endpoint's settings and keys")
    .option(...CONFIG_OPTION)
    .option("--json", "for machines", false)
    .option("--secret", "with its secrets and header values", false)
    .action(async (id: string, given: { config: string; json: boolean; secret: boolean }) => {
      await showEndpoint(await readConfig(given.config, env), id, given, print);
    });
}

function addMaking(group: Command, env: NodeJS.ProcessEnv, print: Print): void {
  const create = group
    .command("create <endpoint>")
    .description("make an endpoint while the service runs; prints what the subscriber verifies with")
    .option(...CONFIG_OPTION)
    .requiredOption("--url <url>", "where to call")
    .requiredOption("--events <patterns>", 'like "appointment.*,patient.merged", or "*"');
  addSettings(create)
    .addOption(signatureOption().default("v1"))
    .action(async (id: string, given: EndpointOptions & { config: string; signature: Signature }) => {
      await createEndpoint(await readConfig(given.config, env), id, given, print, env);
    });

  const update = group
    .command("update <endpoint>")
    .description("change the settings that are given and leave the others")
    .option(...CONFIG_OPTION)
    .option("--url <url>", "where to call")
    .option("--events <patterns>", 'like "appointment.*,patient.merged", or "*"');
  addSettings(update).action(async (id: string, given: EndpointOptions & { config: string }) => {
    await updateEndpoint(await readConfig(given.config, env), id, given, print, env);
  });
}

function addSettings(command: Command): Command {
  return command
    .option("--description <text>", "what it is for")
    .option("--accounts <names>", 'only of these accounts; "all" for every one')
    .addOption(new Option("--payload <level>", "how much of the record to send").choices([...PAYLOAD_LEVELS]))
    .option("--include <fields>", 'sensitive fields to send all the same; "none" to stop')
    .addOption(new Option("--format <name>", "cloudevents: the body is a CloudEvent").choices([...FORMATS]))
    .option(
      "--expand <links>",
      'records that come along: "patient,practitioner,business", or "*"; "none" to stop',
    )
    .addOption(
      new Option("--local-time <switch>", "the record's times by the clock of its business").choices([
        "on",
        "off",
      ]),
    )
    .option(
      "--when <condition>",
      'only when a field changes: "cancelled_at", "did_not_arrive: false -> true" (* is any value, null is unset); again for one more, all must hold; "none" to stop',
      collect,
    )
    .option(
      "--header <header>",
      'sent besides ours: "X-Team: north", or, where it is secret, X-Api-Key=env:NAME or @file (a header a line); again for one more; "none" to stop',
      collect,
    )
    .option("--rate-limit <number>", 'callbacks a second; "none" for no limit')
    .option("--concurrency <number>", "callbacks under way at once")
    .addOption(
      new Option("--ordering <by>", "subject: a record's events arrive in sequence").choices([...ORDERINGS]),
    )
    .option("--attempts <number>", 'attempts at a delivery, 1 to 10; "none" for all of the schedule')
    .option(
      "--body-signature <header>",
      'header with sha256= and the HMAC of the body alone, for tools that verify nothing else; "none" to stop',
    )
    .option("--tls-ca <file>", 'PEM of the authority to trust instead of the public ones; "none" to stop')
    .option("--tls-certificate <file>", "PEM of our client certificate")
    .option("--tls-key <file>", "PEM of its key");
}

function addHandling(group: Command, env: NodeJS.ProcessEnv, print: Print): void {
  group
    .command("pause <endpoint>")
    .description("pause it: its deliveries wait")
    .option(...CONFIG_OPTION)
    .action(async (id: string, { config }: { config: string }) => {
      await pauseEndpoint(await readConfig(config, env), id, print);
    });

  group
    .command("enable <endpoint>")
    .description("enable it: deliveries that waited go out")
    .option(...CONFIG_OPTION)
    .action(async (id: string, { config }: { config: string }) => {
      await enableEndpoint(await readConfig(config, env), id, print);
    });

  group
    .command("delete <endpoint>")
    .description("for good, with every delivery that waits for it")
    .option(...CONFIG_OPTION)
    .option("--yes", "yes, for good", false)
    .action(async (id: string, given: { config: string; yes: boolean }) => {
      await deleteEndpoint(await readConfig(given.config, env), id, given.yes, print);
    });
}

function addRotation(group: Command, env: NodeJS.ProcessEnv, print: Print): void {
  group
    .command("rotate <endpoint>")
    .description("a new secret; the former one goes on signing beside it for a while")
    .option(...CONFIG_OPTION)
    .option("--overlap <duration>", "how long both sign (0s to 7d; default: 24h)", parseOverlap)
    .addOption(
      new Option("--signature <version>", "change to this version (default: as before)").choices(SIGNATURES),
    )
    .action(async (id: string, given: { config: string; overlap?: number; signature?: Signature }) => {
      const rotation = { overlapMs: given.overlap ?? OVERLAP_MS.byDefault, signature: given.signature };
      await rotateEndpoint(await readConfig(given.config, env), id, rotation, print);
    });
}

function addSecret(group: Command, print: Print): void {
  group
    .command("secret")
    .description("make a secret for the configuration file; it is printed and not kept")
    .addOption(signatureOption().default("v1"))
    .action(async ({ signature }: { signature: Signature }) => await printNewSecret(signature, print));
}

function signatureOption(): Option {
  return new Option("--signature <version>", "v1: shared secret · v1a: ed25519, with a public key").choices(
    SIGNATURES,
  );
}

/** An option that may be given several times. */
function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function parseOverlap(text: string): number {
  const ms = parseDuration(text);
  if (ms <= OVERLAP_MS.most) return ms;
  throw new InvalidArgumentError("Write 0s to 7d.");
}
