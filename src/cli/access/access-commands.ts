import { readFileSync } from "node:fs";

import { InvalidArgumentError, type Command } from "commander";

import {
  type AccessMark,
  type VerifiedAccess,
  exportAccess,
  newestAccess,
  verifyAccess,
  verifyExport,
} from "../../admin/access/verify-access.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { EXIT, readConfig } from "../../main.ts";
import { CONFIG_OPTION, parseCount } from "../terminal/arguments.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

interface VerifyGiven {
  readonly config: string;
  readonly file?: string;
  readonly head?: AccessMark;
}

/** `access list|verify|export`. */
export function addAccessCommands(program: Command, env: NodeJS.ProcessEnv, print: Print): void {
  const group = program.command("access").description("who read whose data, and what was delivered to whom");
  group
    .command("list")
    .description("the newest readings and deliveries")
    .option(...CONFIG_OPTION)
    .option("--limit <number>", "how many", parseCount, 50)
    .option("--json", "for machines", false)
    .action(async ({ config, json, limit }: { config: string; json: boolean; limit: number }) => {
      const lines = await withBase(readConfig(config, env), async (base) => await newestAccess(base, limit));
      if (json) print(JSON.stringify(lines, null, 2));
      else {
        const head = ["when", "who", "via", "what", "account", "whose"];
        const rows = lines.map(({ at, who, via, what, account = "", subjects }) => [
          toIsoSeconds(at),
          who,
          via,
          what,
          account,
          subjects.length > 3
            ? `${subjects.slice(0, 3).join(", ")} and ${subjects.length - 3} more`
            : subjects.join(", "),
        ]);
        print(rows.length === 0 ? "Nobody has read anything." : formatTable([head, ...rows]));
      }
    });

  group
    .command("verify")
    .description("whether lines were changed, moved, put in, left out or cut off; of an export with --file")
    .option(...CONFIG_OPTION)
    .option("--file <path>", "an export, instead of what is kept")
    .option("--head <lines:hash>", "what the log was before, as verify and export print it", parseMark)
    .action(async ({ config, file, head }: VerifyGiven) => {
      const found = await withBase(readConfig(config, env), async (base) =>
        file === undefined
          ? await verifyAccess(base, head)
          : verifyExport(readFileSync(file, "utf8").split("\n"), base.accessLog.sign, head),
      );
      report(found, print);
      process.exitCode = found.faults.length === 0 ? EXIT.ok : EXIT.unavailable;
    });

  group
    .command("export")
    .description("all lines as JSON Lines, with the log's head at the end: keep it elsewhere")
    .option(...CONFIG_OPTION)
    .action(async ({ config }: { config: string }) => {
      await withBase(readConfig(config, env), async (base) => {
        for await (const line of exportAccess(base)) print(line);
      });
    });
}

function report({ faults, first, head }: VerifiedAccess, print: Print): void {
  for (const fault of faults) print(fault);
  if (faults.length === 0)
    print(`Lines ${first} to ${head.lines} are what was written. Keep the head elsewhere:`);
  print(`${head.lines}:${head.hash}`);
}

function parseMark(text: string): AccessMark {
  const [, lines, hash = ""] = /^(\d+):([0-9a-f]*)$/.exec(text) ?? [];
  if (lines === undefined) throw new InvalidArgumentError("write it as verify printed it: lines:hash");
  return { lines: Number(lines), hash };
}
