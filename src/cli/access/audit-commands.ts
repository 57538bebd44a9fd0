import type { Command } from "commander";

import type { ChangeQuery } from "../../admin/records/list-changes.ts";
import { readConfig } from "../read-config.ts";
import { CONFIG_OPTION, parseCount } from "../terminal/arguments.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { exportAudit, listAudit } = onDemand(async () => await import("./audit.ts"));

type Print = (line: string) => void;

interface ListGiven extends ChangeQuery {
  readonly config: string;
  readonly limit: number;
  readonly json: boolean;
}

/** `audit list|export`. */
export function addAuditCommands(program: Command, env: NodeJS.ProcessEnv, print: Print): void {
  const group = program.command("audit").description("who changed what");
  group
    .command("list")
    .description("the newest changes, by API and command line; with --json as GET /v1/audit has them")
    .option(...CONFIG_OPTION)
    .option("--actor <id>", "only of who has this id, or a name that begins so")
    .option("--action <action>", "only actions that begin so, like endpoint.")
    .option("--target <id>", "only what was done to things whose id begins so")
    .option("--limit <number>", "how many", parseCount, 50)
    .option("--json", "for machines", false)
    .action(async ({ config, json, limit, ...query }: ListGiven) => {
      await listAudit(await readConfig(config, env), query, { json, limit }, print);
    });
  group
    .command("export")
    .summary("print the audit log, to be kept elsewhere")
    .description(
      "print the audit log, the oldest line first, each a JSON object as GET /v1/audit has it; keep the last id for the next time",
    )
    .option(...CONFIG_OPTION)
    .option("--after <id>", "only what came after this line")
    .action(async ({ config, after }: { config: string; after?: string }) => {
      await exportAudit(await readConfig(config, env), after, print);
    });
}
