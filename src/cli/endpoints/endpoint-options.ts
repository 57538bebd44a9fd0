import { readFileSync } from "node:fs";

import { ConfigError } from "../../shared/errors.ts";
import { parseList } from "../terminal/arguments.ts";

/** An endpoint's settings as options of a command. Undefined: not given. */
export interface EndpointOptions {
  readonly url?: string;
  readonly description?: string;
  readonly events?: string;
  readonly accounts?: string;
  readonly payload?: string;
  readonly include?: string;
  readonly format?: string;
  readonly expand?: string;
  readonly localTime?: string;
  readonly when?: readonly string[];
  readonly header?: readonly string[];
  readonly rateLimit?: string;
  readonly concurrency?: string;
  readonly ordering?: string;
  readonly bodySignature?: string;
  readonly attempts?: string;
  readonly tlsCa?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Takes a setting away again. */
const NONE = "none";
const ALL = "all";

/**
 * What was given, in the words of the settings' schema, which judges it: a number that is none stays a text.
 * A key that is undefined takes the setting back to its default.
 * @throws ConfigError when an option is not of the form that its help shows
 */
export function toWritten(
  options: EndpointOptions,
  env: Environment = {},
): Readonly<Record<string, unknown>> {
  const { url, description, payload, ordering, events, accounts, include, when, header } = options;
  const tls = toTls(options);
  return {
    ...(url === undefined ? {} : { url }),
    ...(description === undefined ? {} : { description }),
    ...(payload === undefined ? {} : { payload }),
    ...(ordering === undefined ? {} : { ordering }),
    ...(events === undefined ? {} : { events: parseList(events) }),
    ...(accounts === undefined ? {} : { accounts: accounts === ALL ? undefined : parseList(accounts) }),
    ...(include === undefined ? {} : { include: include === NONE ? [] : parseList(include) }),
    ...(options.format === undefined ? {} : { format: options.format }),
    ...(options.expand === undefined
      ? {}
      : { expand: options.expand === NONE ? undefined : parseList(options.expand) }),
    ...(options.localTime === undefined ? {} : { local_time: options.localTime === "on" }),
    ...(when === undefined ? {} : { when: isNone(when) ? [] : when.map(toCondition) }),
    ...(header === undefined ? {} : { headers: isNone(header) ? {} : toHeaders(header, env) }),
    ...(options.rateLimit === undefined ? {} : { rate_limit: toNumber(options.rateLimit) }),
    ...(options.concurrency === undefined ? {} : { concurrency: toNumber(options.concurrency) }),
    ...(options.attempts === undefined ? {} : { attempts: toNumber(options.attempts) }),
    ...(options.bodySignature === undefined
      ? {}
      : { body_signature: options.bodySignature === NONE ? undefined : options.bodySignature }),
    ...(tls === undefined ? {} : { tls: tls === NONE ? undefined : tls }),
  };
}

function isNone(given: readonly string[]): boolean {
  return given.length === 1 && given[0] === NONE;
}

function toNumber(text: string): number | string | undefined {
  if (text === NONE) return undefined;
  return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

/** `field`, or `field: from -> to` with `*` for any value and `null` for what is not set. */
function toCondition(text: string): { field: string; from?: unknown; to?: unknown } {
  const colon = text.indexOf(":");
  if (colon < 0 && !text.includes("->")) return { field: text.trim() };
  const parts = text.slice(colon + 1).split("->");
  if (colon < 0 || parts.length !== 2) {
    throw badOption(
      "--when",
      `"${text}" is not a condition`,
      'write "cancelled_at", or "did_not_arrive: false -> true" with * for any value',
    );
  }
  const [from = "", to = ""] = parts.map((part) => part.trim());
  return { field: text.slice(0, colon).trim(), ...valueOf("from", from), ...valueOf("to", to) };
}

function valueOf(name: "from" | "to", text: string): { from?: unknown; to?: unknown } {
  if (text === "*" || text === "") return {};
  const words = new Map<string, unknown>([
    ["null", null],
    ["true", true],
    ["false", false],
  ]);
  return { [name]: words.has(text) ? words.get(text) : text };
}

/** Whether a value stands on the command line, where `ps` shows it and the shell keeps it. */
export function namesHeaderValues({ header = [] }: Pick<EndpointOptions, "header">): boolean {
  return !isNone(header) && header.some((line) => !line.startsWith(FROM_FILE) && !FROM_ENV.test(line));
}

/** `@headers.txt`: a header a line. */
const FROM_FILE = "@";
/** `X-Api-Key=env:NAME`: the variable's value. */
const FROM_ENV = /^([\w!#$%&'*+.^`|~-]+)=env:(\w+)$/;

function linesOf(given: string, env: Environment): readonly string[] {
  if (given.startsWith(FROM_FILE)) {
    const text = readText("--header", given.slice(FROM_FILE.length), "name a file with a header a line");
    return text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  }
  const [, name, variable] = FROM_ENV.exec(given) ?? [];
  if (name === undefined || variable === undefined) return [given];
  const value = env[variable];
  if (value === undefined || value === "") {
    throw badOption(
      "--header",
      `the variable ${variable} is not set`,
      "set it, or write the header to a file: --header @file",
    );
  }
  return [`${name}: ${value}`];
}

function toHeaders(given: readonly string[], env: Environment): Record<string, string> {
  const lines = given.flatMap((each) => linesOf(each, env));
  const entries = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    // What stands there is not repeated: it may be the value alone, and that may be a token.
    if (colon < 1)
      throw badOption("--header", "has no colon behind the header's name", 'write "X-Team: north"');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  const twice = entries.find(([name], index) => entries.findIndex(([other]) => other === name) < index);
  if (twice) throw badOption(`--header ${twice[0]}`, "is given twice", "give it once");
  return Object.fromEntries(entries);
}

function toTls(options: EndpointOptions): Readonly<Record<string, string>> | typeof NONE | undefined {
  const files = [
    ["ca", "--tls-ca", options.tlsCa],
    ["certificate", "--tls-certificate", options.tlsCertificate],
    ["key", "--tls-key", options.tlsKey],
  ] as const;
  const given = files.filter(([, , file]) => file !== undefined);
  if (given.length === 0) return undefined;
  if (given.every(([, , file]) => file === NONE)) return NONE;
  return Object.fromEntries(given.map(([name, option, file = ""]) => [name, readText(option, file)]));
}

function readText(option: string, file: string, remedy = "name a PEM file that this user may read"): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw badOption(option, `the file ${file} cannot be read`, remedy);
  }
}

/** Which option a setting was given by. */
export function optionOf(path: readonly PropertyKey[]): string {
  const [setting, name] = path.map(String);
  if (setting === "headers") return name === undefined ? "--header" : `--header ${name}`;
  if (setting === "tls") return name === undefined ? "--tls-certificate" : `--tls-${name}`;
  return `--${(setting ?? "").replaceAll("_", "-")}`;
}

function badOption(path: string, message: string, remedy: string): ConfigError {
  return new ConfigError("the command line", [{ path, message, remedy }]);
}
