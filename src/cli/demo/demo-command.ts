import { type Command, Option } from "commander";

import { EXIT } from "../../shared/exit-code.ts";
import { packageFile } from "../../shared/package-file.ts";
import { parseCount, parseDuration } from "../terminal/arguments.ts";
import { judgeOption } from "../terminal/judge-option.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { demo } = onDemand(async () => await import("./demo.ts"));
const { parseResources } = onDemand(async () => await import("./parse-resources.ts"));

interface DemoGiven {
  readonly for?: number;
  readonly acts: number;
  readonly seed: number;
  readonly kill: number;
  readonly resources: string | null;
  readonly keep: boolean;
}

export function addDemoCommand(program: Command, { print, ctrlC }: Terminal): void {
  program
    .command("demo")
    .description("run a simulated clinic, the service and a verifying receiver, with an audit at the end")
    .option("--for <duration>", "end after this long, like 60s or 5m (default: until Ctrl-C)", parseDuration)
    .option("--acts <number>", "what the receptionist does in a minute", parseCount, 60)
    .option("--seed <number>", "another clinic, another day", parseCount, 1)
    .option("--kill <times>", "kill -9 the service this many times; it comes back", parseCount, 0)
    .addOption(
      new Option("--resources <names>", "what is read, like patients,money or all")
        // Which those are is known where they are loaded.
        .default(null, "appointments and patients"),
    )
    .option("--keep", "keep the folder with logs, callbacks and configuration", false)
    .action(async (given: DemoGiven, command: Command) => {
      const { resources } = given;
      const read =
        resources === null
          ? await parseResources(null)
          : await judgeOption(command, "--resources", resources, parseResources);
      const clean = await demo({
        forMs: given.for,
        actsPerMinute: given.acts,
        seed: given.seed,
        kills: given.kill,
        resources: read,
        keep: given.keep,
        env: process.env,
        program: packageFile("dist/cli.js"),
        signal: ctrlC(),
        print,
      });
      process.exitCode = clean ? EXIT.ok : EXIT.failure;
    });
}
