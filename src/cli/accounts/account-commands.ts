import type { Command } from "commander";

import { EXIT } from "../../shared/exit-code.ts";
import { readConfig } from "../read-config.ts";
import { CONFIG_OPTION } from "../terminal/arguments.ts";
import { onDemand } from "../terminal/on-demand.ts";
import type { Terminal } from "../terminal/terminal.ts";

const { removeKept, renameKept } = onDemand(async () => await import("./kept-accounts.ts"));

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
      await renameKept(await readConfig(config, env), { from, to }, { json, signal: ctrlC() }, print);
    });

  accounts
    .command("remove <account>")
    .description("erase all that is kept of an account, configured or not; counts first, erases with --yes")
    .option(...CONFIG_OPTION)
    .option("--yes", "erase", false)
    .option(...JSON_OPTION)
    .action(async (account: string, { yes }: { readonly yes: boolean }, command: Command) => {
      const { config, json } = command.optsWithGlobals<Given>();
      const erased = await removeKept(
        await readConfig(config, env),
        account,
        { json, yes, signal: ctrlC() },
        print,
      );
      process.exitCode = erased ? EXIT.ok : EXIT.failure;
    });
}
