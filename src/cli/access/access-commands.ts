import { InvalidArgumentError, type Command } from "commander";

import type { AccessMark } from "../../admin/access/verify-access.ts";
import { EXIT } from "../../shared/exit-code.ts";
import { readConfig } from "../read-config.ts";
import { CONFIG_OPTION, parseCount } from "../terminal/arguments.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { exportAccess, listAccess, verifyAccess } = onDemand(async () => await import("./access.ts"));

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
      await listAccess(await readConfig(config, env), { json, limit }, print);
    });

  group
    .command("verify")
    .description("whether lines were changed, moved, put in, left out or cut off; of an export with --file")
    .option(...CONFIG_OPTION)
    .option("--file <path>", "an export, instead of what is kept")
    .option("--head <lines:hash>", "what the log was before, as verify and export print it", parseMark)
    .action(async ({ config, ...given }: VerifyGiven) => {
      const whole = await verifyAccess(await readConfig(config, env), given, print);
      process.exitCode = whole ? EXIT.ok : EXIT.unavailable;
    });

  group
    .command("export")
    .description("all lines as JSON Lines, with the log's head at the end: keep it elsewhere")
    .option(...CONFIG_OPTION)
    .action(async ({ config }: { config: string }) => {
      await exportAccess(await readConfig(config, env), print);
    });
}

function parseMark(text: string): AccessMark {
  const [, lines, hash = ""] = /^(\d+):([0-9a-f]*)$/.exec(text) ?? [];
  if (lines === undefined) throw new InvalidArgumentError("write it as verify printed it: lines:hash");
  return { lines: Number(lines), hash };
}
