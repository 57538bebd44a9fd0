import { type Command, InvalidArgumentError, Option } from "commander";

import { PAYLOAD_LEVELS } from "../../config/endpoint-settings.ts";
import type { PayloadLevel } from "../../diff/event.ts";
import { readConfig } from "../read-config.ts";
import { EXIT } from "../../shared/exit-code.ts";
import { CONFIG_OPTION, parseList } from "../terminal/arguments.ts";
import { problemAt } from "../terminal/problem-at.ts";
import type { TriggeredOptions } from "./run-trigger.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { listTypes, printTriggered, triggerUrl } = onDemand(async () => await import("./run-trigger.ts"));
const { triggerEndpoint } = onDemand(async () => await import("./trigger-endpoint.ts"));

interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** The value of an environment variable that an option names. */
  readonly readSecret: (name: string) => string;
  readonly print: (line: string) => void;
}

interface Given {
  readonly endpoint?: string;
  readonly forwardTo?: string;
  readonly print: boolean;
  readonly list: boolean;
  readonly set: Readonly<Record<string, string>>;
  readonly payload?: PayloadLevel;
  readonly expand?: string;
  readonly localTime: boolean;
  readonly secretEnv?: string;
  readonly json: boolean;
  readonly config: string;
}

/** `trigger <type>`: an event of any type, made up, to one's own receiver or to an endpoint. */
export function addTriggerCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("trigger [type]")
    .description('send a test event of any type, of origin "test", with your own values in it')
    .option(...CONFIG_OPTION)
    .option(
      "--set <path=value>",
      "like data.object.starts_at=2026-11-23T23:00:00Z; again for more",
      toPair,
      {},
    )
    .option("--json", "for machines", false);
  addTargets(command).action(async (type: string | undefined, given: Given) => {
    if (given.list) {
      await listTypes(given.json, terminal.print);
      return;
    }
    if (type === undefined) {
      throw problemAt("<type>", "is not given", "name a type: trigger --list shows all");
    }
    const sent = await trigger({ type, overrides: given.set, json: given.json }, given, terminal);
    process.exitCode = sent ? EXIT.ok : EXIT.failure;
  });
}

function addTargets(command: Command): Command {
  return command
    .addOption(
      new Option("--endpoint <id>", "to this endpoint, the way every callback goes").conflicts([
        "forwardTo",
        "print",
        "list",
        "payload",
        "expand",
        "secretEnv",
      ]),
    )
    .addOption(
      new Option("--forward-to <url>", "to a receiver of your own; needs no service").conflicts([
        "print",
        "list",
      ]),
    )
    .addOption(new Option("--print", "show the body and send nothing").default(false).conflicts(["list"]))
    .addOption(new Option("--list", "show every type and when it is emitted").default(false))
    .addOption(
      new Option("--payload <level>", "of --print and --forward-to (default: full)").choices(PAYLOAD_LEVELS),
    )
    .option("--expand <links>", 'records that come along, made up: "patient,practitioner", or "*"')
    .option("--local-time", "the record's times by the clock of its business", false)
    .option(
      "--secret-env <name>",
      "environment variable with the secret that your receiver verifies with (default: a new one is made)",
    );
}

/** False: it was sent, and not answered with 2xx. */
async function trigger(
  triggered: TriggeredOptions,
  given: Given,
  { env, readSecret, print }: Terminal,
): Promise<boolean> {
  const { print: only, endpoint, forwardTo: url, secretEnv, config, localTime } = given;
  const expand = given.expand === undefined ? [] : parseList(given.expand);
  const view = { payload: given.payload ?? "full", expand, localTime };
  if (only) {
    await printTriggered(triggered, view, print);
    return true;
  }
  if (endpoint !== undefined) {
    return await triggerEndpoint(triggered, await readConfig(config, env), endpoint, print);
  }
  if (url !== undefined) {
    const secret = secretEnv === undefined ? undefined : readSecret(secretEnv);
    return await triggerUrl(triggered, { url, secret, view }, print);
  }
  const remedy = "add --endpoint ID, --forward-to URL, or --print to see the body only";
  throw problemAt("trigger", "has nowhere to send to", remedy);
}

function toPair(text: string, former: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Write a path and its value: data.object.notes=hello");
  return { ...former, [text.slice(0, at).trim()]: text.slice(at + 1) };
}
