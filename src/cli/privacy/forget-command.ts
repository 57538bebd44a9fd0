import { userInfo } from "node:os";

import type { Command } from "commander";

import { readConfig } from "../read-config.ts";
import { EXIT } from "../../shared/exit-code.ts";
import { CONFIG_OPTION } from "../terminal/arguments.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { forget } = onDemand(async () => await import("./forget.ts"));

interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  /** Shows a line that the next one replaces. */
  readonly progress: (line: string) => void;
  readonly ctrlC: () => AbortSignal;
}

/** `forget <account> <patient>`. */
export function addForgetCommand(program: Command, { env, print, progress, ctrlC }: Terminal): void {
  program
    .command("forget <account> <patient>")
    .description(
      "erase all that is kept of one patient, and keep them from coming back; counts first, erases with --yes",
    )
    .option(...CONFIG_OPTION)
    .option("--yes", "erase", false)
    .option("--undo", "report the patient again; what was erased stays erased", false)
    .option("--json", "for machines", false)
    .action(async (account: string, patientId: string, given: ForgetGiven) => {
      const { config, yes: confirmed, undo, json } = given;
      const name = systemUser();
      const caller = { id: `cli:${name}`, name, role: "admin" } as const;
      const options = { account, patientId, confirmed, undo, json };
      const done = await forget(
        await readConfig(config, env),
        caller,
        options,
        { signal: ctrlC(), progress },
        print,
      );
      process.exitCode = done ? EXIT.ok : EXIT.failure;
    });
}

interface ForgetGiven {
  readonly config: string;
  readonly yes: boolean;
  readonly undo: boolean;
  readonly json: boolean;
}

/** Who types this. In a container the user may have no name. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}
