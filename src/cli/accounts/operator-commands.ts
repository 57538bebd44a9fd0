import { type Command, Option } from "commander";

import { readConfig } from "../read-config.ts";
import { EXIT } from "../../shared/exit-code.ts";
import { CONFIG_OPTION } from "../terminal/arguments.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { check } = onDemand(async () => await import("../check/check.ts"));
const { doctor } = onDemand(async () => await import("../doctor/doctor.ts"));
const { backfill, pollNow, release } = onDemand(async () => await import("./operate.ts"));
const { rotateEncryption } = onDemand(async () => await import("../privacy/rotate-encryption.ts"));
const { status } = onDemand(async () => await import("../check/status.ts"));
const { runService } = onDemand(async () => await import("../../main.ts"));

const JSON_OPTION = ["--json", "for machines", false] as const;

interface Given {
  readonly config: string;
  readonly json: boolean;
}

interface ReleaseGiven extends Given {
  readonly acceptDeletions: boolean;
  readonly sameClinic: boolean;
  readonly tell?: true;
}

/** `start`, `check`, `status`, `doctor`. */
export function addServiceCommands(program: Command, { env, print, paint }: Terminal): void {
  program
    .command("start")
    .description("run the service until SIGTERM or Ctrl-C")
    .option(...CONFIG_OPTION)
    .addOption(
      new Option("--with-parent", "end when the process that started it is gone (IPC)")
        .default(false)
        .hideHelp(),
    )
    .action(async ({ config, withParent }: Given & { withParent: boolean }) => {
      // What is being loaded does not keep a process (Node 22 and later), and where the parent is gone nothing else does.
      const held = setInterval(() => undefined, 60_000);
      try {
        process.exitCode = await runService(await readConfig(config, env), { withParent });
      } finally {
        clearInterval(held);
      }
    });

  program
    .command("check")
    .summary("before starting: try what the configuration names")
    .description(
      "before starting: try everything the configuration names (Redis, keys, endpoints) and say what works; changes nothing",
    )
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ config, json }: Given) => {
      const works = await check(await readConfig(config, env), env, print, { json, paint });
      process.exitCode = works ? EXIT.ok : EXIT.unavailable;
    });

  program
    .command("status")
    .summary("is anything wrong, where, since when")
    .description(
      "is anything wrong, where, since when: how far each account is read, what waits for each endpoint",
    )
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ config, json }: Given) => {
      const well = await status(await readConfig(config, env), { json, paint }, print);
      process.exitCode = well ? EXIT.ok : EXIT.unavailable;
    });

  program
    .command("doctor")
    .summary("examine the whole running installation and say what to do")
    .description(
      "beside a running service: look at the whole installation (Redis, keys, accounts, endpoints, queues) and say what to do; changes nothing",
    )
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(async ({ config, json }: Given) => {
      const well = await doctor(await readConfig(config, env), { json, paint }, print);
      process.exitCode = well ? EXIT.ok : EXIT.unavailable;
    });
}

/** `poll`, `release`, `backfill`. */
export function addClinicCommands(program: Command, { env, print }: Terminal): void {
  program
    .command("poll <account>")
    .description("read an account now instead of at its next turn")
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(async (account: string, { config, json }: Given) => {
      const woken = await pollNow(await readConfig(config, env), account, json, print);
      process.exitCode = woken ? EXIT.ok : EXIT.failure;
    });

  program
    .command("release <account>")
    .description(
      "release an account that a guard has quarantined, once you have looked at why (status shows it)",
    )
    .option(...CONFIG_OPTION)
    .option(
      "--accept-deletions",
      "the missing records really are deleted: report them, each on its own evidence",
      false,
    )
    .addOption(
      new Option("--tell", "older records that appeared really are new: report them as created").conflicts(
        "silently",
      ),
    )
    .option("--silently", "take them over silently (the default without --tell)")
    .option(
      "--same-clinic",
      "quarantined because another clinic seems to answer: it is the same one, go on with what answers now",
      false,
    )
    .option(...JSON_OPTION)
    .action(async (account: string, { config, tell, ...given }: ReleaseGiven) => {
      const { acceptDeletions, json, sameClinic } = given;
      const appeared = tell ? "tell" : "silently";
      const found = { acceptDeletions, appeared, json, sameClinic } as const;
      await release(await readConfig(config, env), account, found, print);
    });

  program
    .command("backfill <account> <endpoint>")
    .description('send the present state of every record to one endpoint, as events of origin "backfill"')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(async (account: string, endpoint: string, { config, json }: Given) => {
      const added = await backfill(await readConfig(config, env), account, endpoint, json, print);
      process.exitCode = added ? EXIT.ok : EXIT.failure;
    });
}

/** `keys rotate`, and `rotate-keys` as it was called at first. */
export function addKeyCommands(program: Command, { ctrlC, env, print, progress }: Terminal): void {
  const keys = program.command("keys").description("the encryption keys that seal what rests in Redis");
  for (const command of [keys.command("rotate"), program.command("rotate-keys", { hidden: true })]) {
    command
      .description(
        "seal everything with the first encryption key, while the service runs; then the old ones can go",
      )
      .option(...CONFIG_OPTION)
      .option(...JSON_OPTION)
      .action(async ({ config, json }: Given) => {
        const terminal = { signal: ctrlC(), print, progress };
        const clean = await rotateEncryption(await readConfig(config, env), json, terminal);
        process.exitCode = clean ? EXIT.ok : EXIT.failure;
      });
  }
}
