import type { Command } from "commander";

import { type ChangeQuery, listChanges } from "../../admin/records/list-changes.ts";
import type { Config } from "../../config/config.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { ListedAuditEntry } from "../../store/access/audit-log.ts";
import { ENDLESS } from "../../store/events/patience.ts";
import { readConfig } from "../../main.ts";
import { toAuditAnswer } from "../../ops/api/access/audit-routes.ts";
import { isPosition } from "../../store/events/position.ts";
import { CONFIG_OPTION, parseCount } from "../terminal/arguments.ts";
import { problemAt } from "../terminal/refuse.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

const BATCH = 500;

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
      await listAudit(readConfig(config, env), query, { json, limit }, print);
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
      await exportAudit(readConfig(config, env), after, print);
    });
}

async function listAudit(
  config: Config,
  { action, actor, target }: ChangeQuery,
  { json, limit }: Pick<ListGiven, "json" | "limit">,
  print: Print,
): Promise<void> {
  const changes = await withBase(config, async (base) => {
    const found: ListedAuditEntry[] = [];
    for (let before: string | undefined; found.length < limit;) {
      const page = { before, limit: limit - found.length };
      const { changes: more, next } = await listChanges(base, { action, actor, target }, page, ENDLESS);
      found.push(...more);
      before = next;
      if (before === undefined) break;
    }
    return found;
  });
  if (json) {
    print(JSON.stringify(changes.map(toAuditAnswer), null, 2));
    return;
  }
  const rows = changes.map(({ action: what, actor: who, at, fields, target: whom }) => [
    toIsoSeconds(at),
    who.name,
    what,
    whom,
    fields.join(", "),
  ]);
  print(
    rows.length === 0
      ? "Nobody has changed anything of this kind."
      : formatTable([["when", "who", "what", "of", "fields"], ...rows]),
  );
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
