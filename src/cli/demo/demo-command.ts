import { fileURLToPath } from "node:url";

import { type Command, InvalidArgumentError, Option } from "commander";

import { NAMEABLE } from "../../admin/nameable.ts";
import { resourcesSchema } from "../../config/config-schema.ts";
import { toProblems } from "../../config/issue-problems.ts";
import { type ResourceName, isResourceName } from "../../resources/registry.ts";
import { EXIT } from "../../main.ts";
import { parseCount, parseDuration } from "../terminal/arguments.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { demo } from "./demo.ts";

interface DemoGiven {
  readonly for?: number;
  readonly acts: number;
  readonly seed: number;
  readonly kill: number;
  readonly resources: readonly ResourceName[];
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
        .argParser(parseResources)
        .default(NAMEABLE.defaultResources.filter(isResourceName), "appointments and patients"),
    )
    .option("--keep", "keep the folder with logs, callbacks and configuration", false)
    .action(async (given: DemoGiven) => {
      const clean = await demo({
        forMs: given.for,
        actsPerMinute: given.acts,
        seed: given.seed,
        kills: given.kill,
        resources: given.resources,
        keep: given.keep,
        env: process.env,
        program: fileURLToPath(new URL("../../cli.js", import.meta.url)),
        signal: ctrlC(),
        print,
      });
      process.exitCode = clean ? EXIT.ok : EXIT.failure;
    });
}

/** Names of resources and of their groups, with commas between them. */
function parseResources(text: string): readonly ResourceName[] {
  const schema = resourcesSchema(NAMEABLE);
  const { data, error } = schema.safeParse(text.split(",").map((name) => name.trim()));
  if (data) return data.filter(isResourceName);
  const problems = toProblems(error.issues, () => ({ path: "" }), schema);
  throw new InvalidArgumentError(problems.map(({ message, remedy }) => `${message}: ${remedy}`).join("; "));
}
