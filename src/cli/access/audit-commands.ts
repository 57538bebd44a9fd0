import type { Command } from "commander";

import type { Config } from "../../config/config.ts";
import { readConfig } from "../../main.ts";
import { toAuditAnswer } from "../../ops/api/access/audit-routes.ts";
import { isPosition } from "../../store/events/position.ts";
import { CONFIG_OPTION } from "../terminal/arguments.ts";
import { problemAt } from "../terminal/refuse.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

const BATCH = 500;

/** `audit export`. */
export function addAuditCommands(program: Command, env: NodeJS.ProcessEnv, print: Print): void {
  const group = program.command("audit").description("who changed what");
  group
    .command("export")
    .summary("print the audit log, to be kept elsewhere")
    .description(
      "print the audit log, the oldest line first, each a JSON object as GET /v1/audit has it; keep the last id for the next time",
    )
    .option(...CONFIG_OPTION)
    .option("--after <id>", "only what came after this line")
    .action(async ({ config, after }: { config: string; after?: string }) => {
      await exportAudit(readConfig(config, env), after, print);
    });
}

async function exportAudit(config: Config, after: string | undefined, print: Print): Promise<void> {
  if (after !== undefined && !isPosition(after)) {
    throw problemAt(
      "--after",
      `"${after}" is not the id of a line`,
      "use the id of the last line that you have",
    );
  }
  await withBase(config, async ({ audit }) => {
    for (let place = after; ;) {
      const entries = await audit.oldest(BATCH, place);
      for (const entry of entries) print(JSON.stringify(toAuditAnswer(entry)));
      place = entries.at(-1)?.position;
      if (place === undefined) return;
    }
  });
}
