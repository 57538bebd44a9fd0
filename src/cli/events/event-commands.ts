import { type Command, InvalidArgumentError } from "commander";

import { readConfig } from "../read-config.ts";
import { addKeptAccountCommands } from "../accounts/account-commands.ts";
import { CONFIG_OPTION, WHEN, parseCount, parseList, parseWhen } from "../terminal/arguments.ts";
import { judgeOption } from "../terminal/judge-option.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { findAccountOrThrow, listAccounts } = onDemand(async () => await import("../accounts/accounts.ts"));
const { listRecorded, showRecorded } = onDemand(async () => await import("./events.ts"));
const { explainRecord } = onDemand(async () => await import("./explain.ts"));
const { parseFields, parseTypes } = onDemand(async () => await import("./parse-names.ts"));

type Context = Pick<Terminal, "ctrlC" | "env" | "print" | "paint">;

const JSON_OPTION = ["--json", "for machines", false] as const;

interface Given {
  readonly config: string;
  readonly json: boolean;
}

interface ListGiven extends Given {
  readonly account: readonly string[];
  readonly type?: string;
  readonly subject?: readonly [type: string, id: string | undefined];
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
}

/** `events list|show`, `explain`, `accounts`. */
export function addEventCommands(program: Command, context: Context): void {
  const events = program.command("events").description("what has happened: the log");
  addList(events, context);
  addShow(events, context);
  addExplain(program, context);
  addAccounts(program, context);
}

function addList(events: Command, { env, paint, print }: Context): void {
  events
    .command("list")
    .description("the newest events, and which fields changed")
    .option(...CONFIG_OPTION)
    .option("--account <names>", "only of these (default: all)", parseList, [])
    .option("--type <patterns>", 'like "appointment.*,patient.merged" (default: all)')
    .option("--subject <subject>", 'only about this record, like "patient/42"', parseSubject)
    .option("--since <when>", WHEN, parseWhen)
    .option("--until <when>", WHEN, parseWhen)
    .option("--limit <number>", "how many at most", parseCount, 50)
    .option(...JSON_OPTION)
    .action(async (listed: ListGiven, command: Command) => {
      const { account, json, limit, since, subject, type, until, ...given } = listed;
      const types = type === undefined ? [] : await judgeOption(command, "--type", type, parseTypes);
      const config = await readConfig(given.config, env);
      for (const name of account) await findAccountOrThrow(config, name);
      const query = {
        types,
        accounts: account.length === 0 ? undefined : account,
        subject: subject && { type: subject[0], id: subject[1] },
        since,
        until,
      };
      await listRecorded(config, { limit, query }, { json, paint }, print);
    });
}

function addShow(events: Command, { env, paint, print }: Context): void {
  events
    .command("show <event>")
    .description("one event with its content, and what became of it")
    .option(...CONFIG_OPTION)
    .option("--include <fields>", "sensitive fields to show all the same")
    .option(...JSON_OPTION)
    .action(async (eventId: string, given: Given & { include?: string }, command: Command) => {
      const { config, include, json } = given;
      const fields =
        include === undefined ? [] : await judgeOption(command, "--include", include, parseFields);
      await showRecorded(await readConfig(config, env), eventId, fields, { json, paint }, print);
    });
}

function addExplain(program: Command, { env, paint, print }: Context): void {
  program
    .command("explain <account> <subject> <id>")
    .summary("why an event was or was not made of a record, and was or was not sent")
    .description(
      "why an event was or was not made of a record, and was or was not sent: explain northside appointment 42",
    )
    .option(...CONFIG_OPTION)
    .option("--at <when>", `about what happened then: ${WHEN} (default: the last that happened)`, parseWhen)
    .option(...JSON_OPTION)
    .action(
      async (account: string, subject: string, id: string, { at, config, json }: Given & { at?: number }) => {
        const question = { account, subject, id, at };
        await explainRecord(await readConfig(config, env), question, { json, paint }, print);
      },
    );
}

function addAccounts(program: Command, context: Context): void {
  const { env, paint, print } = context;
  const accounts = program
    .command("accounts")
    .description("how far each account has been read, what a guard saw, and what is left of the budget")
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ config, json }: Given) => {
      await listAccounts(await readConfig(config, env), { json, paint }, print);
    });
  addKeptAccountCommands(accounts, context);
}

function parseSubject(text: string): readonly [type: string, id: string | undefined] {
  const [type = "", id] = text.split("/");
  if (/^[a-z_]+$/.test(type) && id !== "") return [type, id];
  throw new InvalidArgumentError('Write it like "patient" or "patient/42".');
}
