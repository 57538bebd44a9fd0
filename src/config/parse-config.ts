import { LineCounter, type Document, isMap, isNode, isScalar, parseDocument } from "yaml";

import { ConfigError, type Problem, toError } from "../shared/errors.ts";
import { isRecord } from "../shared/is-record.ts";
import { unknownName } from "./known-names.ts";
import type { ConfigSources } from "./config-fields.ts";
import { type ConfigFile, createConfigFileSchema } from "./config-schema.ts";
import { type Config, toConfig } from "./config.ts";
import { plainHttpFault } from "./http-url.ts";
import { type PlaceOf, toProblems } from "./issue-problems.ts";
import { redisProblems } from "./redis-schema.ts";

/**
 * Turns the text of a configuration file into a frozen Config, or throws one ConfigError that names every problem
 * with its path, its line and what to do. Pure but for `sources.readFile`.
 */
export function parseConfig(text: string, fileName: string, sources: ConfigSources): Config {
  return createConfigParser(sources)(text, fileName);
}

/** For many files: the schema, which costs more than a file, is made once. */
export function createConfigParser(sources: ConfigSources): (text: string, fileName: string) => Config {
  const schema = createConfigFileSchema(sources);
  return (text, fileName) => parseWith(schema, text, fileName, sources);
}

function parseWith(
  schema: ReturnType<typeof createConfigFileSchema>,
  text: string,
  fileName: string,
  sources: ConfigSources,
): Config {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const syntax = document.errors.map((error) => ({
    path: "(file)",
    line: lineCounter.linePos(error.pos[0]).line,
    message: `is not YAML: ${error.message}`,
    remedy: 'mend this line: two spaces a level, a blank after each colon, quotes around a "*"',
  }));
  if (syntax.length > 0) throw new ConfigError(fileName, syntax);

  const raw = toValue(document, fileName);
  const lineOf = (path: readonly PropertyKey[]): number | undefined => findLine(document, lineCounter, path);
  const placeOf: PlaceOf = (path) => ({ path: toPath(path), line: lineOf(path) });
  // With its input, an issue tells what is missing from what is of the wrong kind. No input reaches a problem.
  const result = schema.safeParse(raw, { reportInput: true });
  const problems = [
    ...toProblems(result.error?.issues ?? [], placeOf, schema),
    ...unknownAccounts(raw, lineOf),
    ...plainHttp(raw, lineOf),
    ...plainBaseUrl(raw, lineOf),
    ...redisProblems(
      sources.env["REDIS_URL"],
      isRecord(raw) && isRecord(raw["redis"]) ? raw["redis"] : {},
      placeOf,
    ),
  ];
  if (!result.success || problems.length > 0) throw new ConfigError(fileName, problems);
  return toConfig(result.data satisfies ConfigFile, sources.env["REDIS_URL"]);
}

type LineOf = (path: readonly PropertyKey[]) => number | undefined;

/** An alias without its anchor (an unquoted `*name`) only shows when the document is turned into values. */
function toValue(document: Document, fileName: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    const message = `is not YAML: ${toError(error).message}`;
    throw new ConfigError(fileName, [
      { path: "(file)", message, remedy: 'put quotes around a word that starts with "*" or "&"' },
    ]);
  }
}

function findLine(
  document: Document,
  counter: LineCounter,
  path: readonly PropertyKey[],
): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const name = String(path[length - 1]);
    // A setting is where its name is: a block of settings begins only on the next line.
    const key = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === name)?.key
      : undefined;
    const node: unknown = key ?? document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return counter.linePos(node.range[0]).line;
  }
  return undefined;
}

function toPath(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "(file)" : path.map(String).join(".");
}

/* The two checks below need two parts of the file at once, and run even when other parts are wrong. */

function entriesOf(raw: unknown, key: string): [string, Readonly<Record<string, unknown>>][] {
  const block = isRecord(raw) ? raw[key] : undefined;
  return isRecord(block)
    ? Object.entries(block).map(([name, value]) => [name, isRecord(value) ? value : {}])
    : [];
}

function unknownAccounts(raw: unknown, lineOf: LineOf): Problem[] {
  const known = entriesOf(raw, "accounts").map(([name]) => name);
  return entriesOf(raw, "endpoints").flatMap(([name, endpoint]) => {
    const wanted: unknown[] = Array.isArray(endpoint["accounts"]) ? endpoint["accounts"] : [];
    return wanted.flatMap((account, index) => {
      if (known.includes(String(account))) return [];
      const path = ["endpoints", name, "accounts", index];
      const [message, remedy] = unknownName("account", String(account), known);
      return {
        path: toPath(path),
        line: lineOf(path),
        message: `${message} in this file`,
        remedy: remedy(),
      };
    });
  });
}

function plainHttp(raw: unknown, lineOf: LineOf): Problem[] {
  const delivery = isRecord(raw) && isRecord(raw["delivery"]) ? raw["delivery"] : {};
  if (delivery["allow_http"] === true) return [];
  return entriesOf(raw, "endpoints").flatMap(([name, endpoint]) => {
    const fault = typeof endpoint["url"] === "string" ? plainHttpFault(endpoint["url"]) : undefined;
    if (!fault) return [];
    const path = ["endpoints", name, "url"];
    return { path: toPath(path), line: lineOf(path), ...fault };
  });
}

/** The key would travel in clear: only to a sandbox on this machine. */
function plainBaseUrl(raw: unknown, lineOf: LineOf): Problem[] {
  return entriesOf(raw, "accounts").flatMap(([name, account]) => {
    const written = account["base_url"];
    const url = typeof written === "string" ? URL.parse(written) : null;
    if (url?.protocol !== "http:" || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) return [];
    const path = ["accounts", name, "base_url"];
    return {
      path: toPath(path),
      line: lineOf(path),
      message: "is plain http: the API key would travel in clear",
      remedy: "use https; plain http is for a sandbox on this machine (127.0.0.1)",
    };
  });
}
