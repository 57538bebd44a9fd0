import type { Command } from "commander";

import { EXIT } from "../../shared/exit-code.ts";
import { readConfig } from "../read-config.ts";
import { CONFIG_OPTION } from "../terminal/arguments.ts";
import { onDemand } from "../terminal/on-demand.ts";
import type { Terminal } from "../terminal/terminal.ts";

const { testNotices } = onDemand(async () => await import("./notices.ts"));

/** `notices test`. */
export function addNoticeCommands(program: Command, { env, print }: Pick<Terminal, "env" | "print">): void {
  const group = program
    .command("notices")
    .description("e-mails and messages that tell people that something needs one of them");
  group
    .command("test")
    .description("send a test on every way that the configuration names")
    .option(...CONFIG_OPTION)
    .option("--json", "for machines", false)
    .action(async ({ config, json }: { config: string; json: boolean }) => {
      const works = await testNotices(await readConfig(config, env), { json }, print);
      process.exitCode = works ? EXIT.ok : EXIT.unavailable;
    });
}
