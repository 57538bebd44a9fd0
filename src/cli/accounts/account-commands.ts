import type { Command } from "commander";

import { type KeptAccount, surveyAccount } from "../../admin/accounts/kept-account.ts";
import { removeAccount } from "../../admin/accounts/remove-account.ts";
import { renameAccount } from "../../admin/accounts/rename-account.ts";
import type { Config } from "../../config/config.ts";
import { EXIT, readConfig } from "../../main.ts";
import { CONFIG_OPTION } from "../terminal/arguments.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { problemAt } from "../terminal/refuse.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { withBase } from "../with-base.ts";

const JSON_OPTION = ["--json", "for machines", false] as const;

interface Given {
  readonly config: string;
  readonly json: boolean;
}

/** `accounts rename`, `accounts remove`. */
export function addKeptAccountCommands(
  accounts: Command,
  { ctrlC, env, print }: Pick<Terminal, "ctrlC" | "env" | "print">,
): void {
  accounts
    .command("rename <old> <new>")
    .description(
      "after renaming an account in the configuration, with the service stopped: go on with what is known of it",
    )
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(async (from: string, to: string, _given: Given, command: Command) => {
      // The options of "accounts" itself take what is given here.
      const { config, json } = command.optsWithGlobals<Given>();
      await rename(readConfig(config, env), { from, to }, { json, signal: ctrlC() }, print);
    });

  accounts
    .command("remove <account>")
    .description("erase all that is kept of an account, configured or not; counts first, erases with --yes")
    .option(...CONFIG_OPTION)
    .option("--yes", "erase", false)
    .option(...JSON_OPTION)
    .action(async (account: string, { yes }: { readonly yes: boolean }, command: Command) => {
      const { config, json } = command.optsWithGlobals<Given>();
      const erased = await remove(readConfig(config, env), account, { json, yes, signal: ctrlC() }, print);
      process.exitCode = erased ? EXIT.ok : EXIT.failure;
    });
}

type Print = (line: string) => void;

async function rename(
  config: Config,
  names: { readonly from: string; readonly to: string },
  { json, signal }: { readonly json: boolean; readonly signal: AbortSignal },
  print: Print,
): Promise<void> {
  const done = await withBase(
    config,
    async (base) => await renameAccount(base, cliCaller(), names, { signal }),
  );
  if (done.kind === "refused") throw problemAt("accounts rename", done.message, done.remedy);
  const { from, to } = names;
  print(
    json
      ? JSON.stringify({ from, to, records: done.records })
      : `${from} is called ${to} now, with ${done.records} records as they are known: start the service. What was told of ${from} is still delivered under that name.`,
  );
}

/** False: nothing was erased. */
async function remove(
  config: Config,
  account: string,
  { json, signal, yes }: { readonly json: boolean; readonly signal: AbortSignal; readonly yes: boolean },
  print: Print,
): Promise<boolean> {
  const kept = await withBase(config, async (base) =>
    yes ? await removeAccount(base, cliCaller(), account, { signal }) : await surveyAccount(base, account),
  );
  if (json) print(JSON.stringify({ erased: yes && !kept.isEmpty, ...kept }, null, 2));
  else print(describe(kept, yes));
  return yes || kept.isEmpty;
}

function describe(
  { account, configured, events, isEmpty, records, waiting }: KeptAccount,
  erased: boolean,
): string {
  if (isEmpty && !configured) return `Nothing is kept of ${account}.`;
  const what = `${records} records, ${events} events and ${waiting} waiting deliveries of ${account}`;
  const again = configured
    ? "The configuration names it: its first sync begins anew, silently."
    : "The configuration does not name it: nothing of it comes back.";
  return erased
    ? `Erased: ${what}. ${again}`
    : `To erase: ${what}. ${again} Nothing is erased yet: add --yes.`;
}
