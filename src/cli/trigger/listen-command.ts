import { type Command, InvalidArgumentError, Option } from "commander";

import { parseDurationMs } from "../../config/duration.ts";
import { PAYLOAD_LEVELS } from "../../config/endpoint-settings.ts";
import { parseMoment, toIsoSeconds } from "../../shared/iso-time.ts";
import { parsePort } from "../terminal/arguments.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { listen } = onDemand(async () => await import("./listen.ts"));
const { listenForward } = onDemand(async () => await import("../forward/listen-forward.ts"));

interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** The value of an environment variable that an option names. */
  readonly readSecret: (name: string) => string;
  readonly print: (line: string) => void;
  readonly ctrlC: () => AbortSignal;
}

interface Given {
  readonly port: number;
  readonly host: string;
  readonly secretEnv?: string;
  readonly bodySignature?: string;
  readonly forwardTo?: string;
  readonly server: string;
  readonly tokenEnv?: string;
  readonly endpoint?: string;
  readonly events?: string;
  readonly accounts?: string;
  readonly payload?: string;
  readonly include?: string;
  readonly expand?: string;
  readonly localTime?: true;
  readonly from?: string;
  readonly state?: string;
  readonly skipFailed: boolean;
}

/** Options that say what is read from a service, and mean nothing without `--forward-to`. */
const OF_FORWARDING = [
  "server",
  "tokenEnv",
  "endpoint",
  "events",
  "accounts",
  "payload",
  "include",
  "expand",
  "localTime",
  "from",
  "state",
  "skipFailed",
] as const;

/** `listen`: callbacks on a port of this machine, or the feed of a service brought to a receiver of the developer's. */
export function addListenCommand(program: Command, { env, readSecret, print, ctrlC }: Terminal): void {
  const command = program
    .command("listen")
    .description(
      "receive callbacks, verify each signature and print one line for it; with --forward-to, bring the events of a running service to a receiver that it cannot reach",
    )
    .option("--port <number>", "port to listen on, 0 for any", parsePort, 4040)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option(
      "--secret-env <name>",
      "environment variable with the secret that callbacks are verified with (default: a new one is made)",
    )
    .option(
      "--body-signature <header>",
      "header with sha256= and the HMAC of the body alone, verified besides (endpoints: body_signature)",
    )
    .addOption(
      new Option("--forward-to <url>", "your receiver, like http://127.0.0.1:3000/webhooks").conflicts([
        "port",
        "host",
      ]),
    );
  addForwarding(command).action(async (given: Given) => {
    const secret = given.secretEnv === undefined ? undefined : readSecret(given.secretEnv);
    if (given.forwardTo === undefined) {
      refuseForwarding(command);
      await listen({ port: given.port, host: given.host, secret, bodySignature: given.bodySignature }, print);
      return;
    }
    const { forwardTo, server, from, state: stateFile, skipFailed, events: types } = given;
    const { endpoint, accounts, payload, include, expand } = given;
    const localTime = given.localTime && ("true" as const);
    const token = readToken(env, given.tokenEnv);
    const filter = { endpoint, types, accounts, payload, include, expand, local_time: localTime };
    const signal = ctrlC();
    signal.addEventListener("abort", () => {
      print("\nending; Ctrl-C again does not wait for what is under way");
    });
    await listenForward(
      { forwardTo, server, token, filter, secret, from, stateFile, skipFailed, env },
      print,
      signal,
    );
  });
}

function addForwarding(command: Command): Command {
  return command
    .option("--server <url>", "the running service", "http://127.0.0.1:8321")
    .option("--token-env <name>", "environment variable with a token of the service (cwt_…)")
    .addOption(
      new Option("--endpoint <id>", "what this endpoint is to get, at its payload level").conflicts([
        "events",
        "accounts",
        "payload",
        "include",
        "expand",
        "localTime",
      ]),
    )
    .option("--events <patterns>", 'like "appointment.*,patient.merged" (default: all)')
    .option("--accounts <names>", "of these accounts only")
    .addOption(
      new Option("--payload <level>", "how much of a record (default: full)").choices(PAYLOAD_LEVELS),
    )
    .option("--include <fields>", "sensitive fields that are sent all the same")
    .option("--expand <links>", 'records that come along: "patient,practitioner", or "*"')
    .option("--local-time", "the record's times by the clock of its business")
    .option(
      "--from <place>",
      'now, oldest, a time ago like "2h", or a moment (default: where it was; now, the first time)',
      parseFrom,
    )
    .option(
      "--state <file>",
      "where the position is kept (default: one for each server and choice of events)",
    )
    .option(
      "--skip-failed",
      "pass over what your receiver does not answer with 2xx, instead of trying again",
      false,
    );
}

/** A moment as the API takes it. What is ago is so from now on: tried again later, it is the same moment. */
function parseFrom(text: string): string {
  if (text === "now" || text === "oldest") return text;
  const agoMs = parseDurationMs(text);
  const at = agoMs === undefined ? parseMoment(text, "optional") : Date.now() - agoMs;
  if (at === undefined) {
    throw new InvalidArgumentError("Write now, oldest, a time ago like 2h, or 2026-11-22T08:00:00Z.");
  }
  return toIsoSeconds(at);
}

function readToken(env: NodeJS.ProcessEnv, name: string | undefined): string {
  const token = name === undefined ? undefined : env[name]?.trim();
  if (token) return token;
  throw problemAt(
    "--token-env",
    name === undefined
      ? "is not given: the service asks who reads its feed"
      : `the environment variable ${name} is not set`,
    "make a token (cliniko-webhooks tokens create), put it into a variable, and name that variable",
  );
}

function refuseForwarding(command: Command): void {
  const given = OF_FORWARDING.find((name) => command.getOptionValueSource(name) === "cli");
  if (given === undefined) return;
  const option = `--${given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw problemAt(option, "is for --forward-to, which is not given", "add --forward-to URL, or leave it out");
}
