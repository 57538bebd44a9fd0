import { randomBytes } from "node:crypto";
import { resolve } from "node:path";

import { NAMEABLE } from "../../admin/nameable.ts";
import type { Config } from "../../config/config.ts";
import { parseConfig } from "../../config/parse-config.ts";
import { createSigningKey } from "../../dispatch/signing/signing-keys.ts";
import { ConfigError, type Problem } from "../../shared/errors.ts";
import { checkAccount } from "../check/check-account.ts";
import { checkRedis } from "../check/check.ts";
import { checkEndpointTarget } from "../doctor/check-endpoint.ts";
import type { Finding } from "../doctor/finding.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { formatProblems } from "../terminal/print-problems.ts";
import { formatTable } from "../terminal/table.ts";
import type { Asker } from "./ask.ts";
import { type Answers, SECRET_FILES, toConfigText } from "./config-text.ts";
import { refuseExisting, writeFiles } from "./files.ts";

/** What was said on the command line; what was not is asked. */
export type InitGiven = Partial<Answers> & { readonly apiKey: string | undefined };

export interface InitDeps {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Undefined: nobody is there to be asked. */
  readonly asker: Asker | undefined;
  readonly print: (line: string) => void;
  readonly paint: Paint;
  readonly now: () => number;
}

const CONFIG_FILE = "notifier.yaml";

/** Known so far; every step adds to it and is tried at once. */
type Draft = Answers & { readonly apiKey: string };

interface Question {
  readonly text: string;
  readonly answer: keyof Draft;
  /** The option that answers it. */
  readonly option: string;
  readonly fallback?: string;
  readonly hidden?: boolean;
}

/** Stands for a key that is not known yet: it never leaves this process. */
const BLANK: Draft = {
  contactName: "unknown",
  contactEmail: "unknown@example.com",
  account: "clinic",
  baseUrl: undefined,
  url: undefined,
  opsHost: undefined,
  apiKey: "unknown-au1",
};

/** In this order: Cliniko wants to know who asks before it is asked anything. */
const QUESTIONS = {
  contactName: { text: "Your practice or company", answer: "contactName", option: "--contact-name" },
  contactEmail: {
    text: "An e-mail address at which Cliniko reaches you when something goes wrong",
    answer: "contactEmail",
    option: "--contact-email",
  },
  account: {
    text: "A short name for the clinic, as it will stand in every event",
    answer: "account",
    option: "--account",
    fallback: BLANK.account,
  },
  apiKey: {
    text: "API key of a Cliniko user of its own (My info → Manage API keys; it is not shown here)",
    answer: "apiKey",
    option: "--api-key-env or --api-key-file",
    hidden: true,
  },
  url: { text: "URL to call, or nothing to make endpoints later", answer: "url", option: "--url" },
} as const satisfies Record<string, Question>;

/**
 * Makes a new installation in a folder: asks for what is not given, tries each answer at once, and writes notifier.yaml and the
 * secrets. Nothing is written before everything works, and nothing is overwritten.
 * @throws ConfigError when something given does not work; SetupError when the folder cannot be used
 */
export async function init(given: InitGiven, deps: InitDeps): Promise<void> {
  const { folder, env, print, paint, now } = deps;
  refuseExisting(folder, [CONFIG_FILE, ...Object.values(SECRET_FILES)]);
  refuseMissing(given, deps.asker);
  const secrets = {
    [SECRET_FILES.encryption]: randomBytes(32).toString("base64"),
    [SECRET_FILES.webhook]: createSigningKey("v1", now()).secret,
  };

  let draft = { ...BLANK, baseUrl: given.baseUrl, opsHost: given.opsHost };
  const step = async (
    question: Question,
    told: string | undefined,
    judge: (config: Config) => Promise<readonly Finding[]> = async () => [],
  ): Promise<void> => {
    for (let said = told; ; said = undefined) {
      const answer = said ?? (await deps.asker?.ask(question.text, question)) ?? "";
      const next = { ...draft, [question.answer]: answer === "" ? undefined : answer };
      try {
        const findings = await judge(parseDraft(next, secrets));
        const faults = findings.filter(({ verdict }) => verdict === "FAIL");
        if (faults.length > 0) throw new ConfigError(question.text, faults.map(toProblem));
        if (findings.length > 0) print(formatFindings(findings, paint));
        draft = next;
        return;
      } catch (error) {
        // What was given on the command line is not asked for again: a script waits for an end.
        if (said !== undefined || deps.asker === undefined || !(error instanceof ConfigError)) throw error;
        print(formatProblems(error));
      }
    }
  };
  const { asker } = deps;
  await step(QUESTIONS.contactName, given.contactName);
  await step(QUESTIONS.contactEmail, given.contactEmail);
  await step(QUESTIONS.account, given.account ?? (asker ? undefined : BLANK.account));
  await step(QUESTIONS.apiKey, given.apiKey, async (config) => {
    const found = config.accounts.map(async (account) => await checkAccount(config, account));
    return (await Promise.all(found)).flat();
  });
  await step(QUESTIONS.url, given.url ?? (asker ? undefined : ""), async (config) => {
    const found = config.endpoints.map(
      async ({ name, settings: { url, tls } }) =>
        await checkEndpointTarget({ config, now }, name, { url, tls, owner: undefined }),
    );
    return await Promise.all(found);
  });

  const files = new Map<string, string>([
    [SECRET_FILES.encryption, `${secrets[SECRET_FILES.encryption]}\n`],
    [SECRET_FILES.apiKey, `${draft.apiKey}\n`],
    ...(draft.url === undefined
      ? []
      : ([[SECRET_FILES.webhook, `${secrets[SECRET_FILES.webhook]}\n`]] as const)),
    [CONFIG_FILE, toConfigText(draft)],
  ]);
  writeFiles(folder, files);
  print(formatFindings(await checkRedis(parseDraft(draft, secrets), env), paint));
  print(`\nWritten, for you alone: ${[...files.keys()].join(", ")} in ${resolve(folder)}`);
  for (const line of nextSteps(draft, env)) print(line);
}

/** @throws ConfigError as for a file, with the secrets as they will be written */
function parseDraft(draft: Draft, secrets: Readonly<Record<string, string>>): Config {
  const readable: Readonly<Record<string, string>> = { ...secrets, [SECRET_FILES.apiKey]: draft.apiKey };
  return parseConfig(toConfigText(draft), "what was answered", {
    env: {},
    readFile: (path) => readable[path] ?? "",
    ...NAMEABLE,
  });
}

/** @throws ConfigError naming every option without which nothing can be made, where nobody can be asked */
function refuseMissing(given: InitGiven, asker: Asker | undefined): void {
  if (asker) return;
  const missing = ([QUESTIONS.contactName, QUESTIONS.contactEmail, QUESTIONS.apiKey] as const).filter(
    ({ answer }) => given[answer] === undefined,
  );
  if (missing.length === 0) return;
  throw new ConfigError(
    "the command line",
    missing.map(({ option }) => ({
      path: option,
      message: "is not given, and there is no terminal to ask on",
      remedy: "give it, or run this on a terminal",
    })),
  );
}

function toProblem({ what, detail, remedy }: Finding): Problem {
  return { path: what, message: detail, remedy: remedy ?? "mend it, and try again" };
}

function formatFindings(findings: readonly Finding[], paint: Paint): string {
  const rows = findings.map(({ what, verdict, detail, remedy }) => [
    paintState(paint, verdict),
    what,
    remedy === undefined ? detail : `${detail}: ${remedy}`,
  ]);
  return formatTable(rows);
}

/** What to type next, as this was typed. */
function nextSteps({ url }: Draft, env: NodeJS.ProcessEnv): string[] {
  const command = env["npm_command"] === "exec" ? "npx cliniko-webhooks" : "cliniko-webhooks";
  return [
    ...(url === undefined
      ? [`Make an endpoint once it runs:  ${command} endpoints create --help`]
      : [`The receiver verifies signatures with what stands in ${SECRET_FILES.webhook}: docs/receiving.md`]),
    "Keep a copy of secrets/encryption_key elsewhere: without it, what is kept cannot be read again.",
    "",
    `Next, in this folder:  ${command} start`,
  ];
}
