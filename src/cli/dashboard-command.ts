import type { Command } from "commander";

import { readConfig } from "./read-config.ts";
import { CONFIG_OPTION } from "./terminal/arguments.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { onDemand } from "./terminal/on-demand.ts";

const { dashboard } = onDemand(async () => await import("./dashboard.ts"));

interface Given {
  readonly config: string;
  readonly token?: string;
  readonly json: boolean;
}

/** `dashboard`. */
export function addDashboardCommand(program: Command, { env, print }: Pick<Terminal, "env" | "print">): void {
  program
    .command("dashboard")
    .summary("a link that signs your browser in to the dashboard, once")
    .description(
      "beside a running service: print the dashboard's address with a link that signs a browser in, once, within ten minutes",
    )
    .option(...CONFIG_OPTION)
    .option("--token <id>", "with the rights of this token (default: of ops.token, an admin's)")
    .option("--json", "for machines", false)
    .action(async ({ config, token, json }: Given) => {
      await dashboard(await readConfig(config, env), { token, json }, print);
    });
}
