import { type Command, InvalidArgumentError } from "commander";
import type { z } from "zod";

import { NAMEABLE } from "../../admin/nameable.ts";
import { parseDurationMs } from "../../config/config-fields.ts";
import { remedyOf } from "../../config/issue-problems.ts";
import { eventPattern, knownName } from "../../config/known-names.ts";
import { readConfig } from "../../main.ts";
import { addKeptAccountCommands } from "../accounts/account-commands.ts";
import { findAccountOrThrow, listAccounts } from "../accounts/accounts.ts";
import { CONFIG_OPTION, parseCount, parseList } from "../terminal/arguments.ts";
import { listRecorded, showRecorded } from "./events.ts";
import { explainRecord } from "./explain.ts";
import type { Terminal } from "../terminal/terminal.ts";

type Context = Pick<Terminal, "ctrlC" | "env" | "print" | "paint">;

const JSON_OPTION = ["--json", "for machines", false] as const;
const WHEN = 'a time ago like "2h" or "7d", or a date like 2026-11-22T08:00:00Z';

interface Given {
  readonly config: string;
  readonly json: boolean;
}

interface ListGiven extends Given {
  readonly account: readonly string[];
  readonly type: readonly string[];
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
    .option("--type <patterns>", 'like "appointment.*,patient.merged" (default: all)', parseTypes, [])
    .option("--subject <subject>", 'only about this record, like "patient/42"', parseSubject)
    .option("--since <when>", WHEN, parseWhen)
    .option("--until <when>", WHEN, parseWhen)
    .option("--limit <number>", "how many at most", parseCount, 50)
    .option(...JSON_OPTION)
    .action(async ({ account, json, limit, since, subject, type, until, ...given }: ListGiven) => {
      const config = readConfig(given.config, env);
      for (const name of account) findAccountOrThrow(config, name);
      const query = {
        types: type,
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
    .option("--include <fields>", "sensitive fields to show all the same", parseFields, [])
    .option(...JSON_OPTION)
    .action(async (eventId: string, { config, include, json }: Given & { include: readonly string[] }) => {
      await showRecorded(readConfig(config, env), eventId, include, { json, paint }, print);
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
        await explainRecord(readConfig(config, env), question, { json, paint }, print);
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
      await listAccounts(readConfig(config, env), { json, paint }, print);
    });
  addKeptAccountCommands(accounts, context);
}

function parseTypes(text: string): readonly string[] {
  const pattern = eventPattern(NAMEABLE.eventTypes);
  return parseList(text).map((name) => checked(pattern, name));
}

function parseFields(text: string): readonly string[] {
  const field = knownName("sensitive field", NAMEABLE.sensitiveFields);
  return parseList(text).map((name) => checked(field, name));
}

function checked(schema: z.ZodType<string>, text: string): string {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const remedy = issue?.code === "custom" ? `: ${remedyOf(issue.params)}` : "";
  throw new InvalidArgumentError(`${issue?.message ?? "It is not known"}${remedy}`);
}

function parseSubject(text: string): readonly [type: string, id: string | undefined] {
  const [type = "", id] = text.split("/");
  if (/^[a-z_]+$/.test(type) && id !== "") return [type, id];
  throw new InvalidArgumentError('Write it like "patient" or "patient/42".');
}

function parseWhen(text: string): number {
  const agoMs = parseDurationMs(text);
  if (agoMs !== undefined) return Date.now() - agoMs;
  const at = Date.parse(text);
  if (Number.isFinite(at)) return at;
  throw new InvalidArgumentError(`Write ${WHEN}.`);
}
