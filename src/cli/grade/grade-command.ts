import type { Command } from "commander";

import { EXIT } from "../../shared/exit-code.ts";
import type { GradeOptions, GradeOutcome } from "./grade.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { grade } = onDemand(async () => await import("./grade.ts"));

interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Whether standard output is a terminal. */
  readonly interactive: boolean;
  /** The value of an environment variable that an option names. */
  readonly readSecret: (name: string) => string;
  readonly print: (line: string) => void;
}

interface Given extends Pick<GradeOptions, "account" | "bodySignature" | "json" | "publicKey"> {
  readonly secretEnv: string;
}

const EXIT_CODES: Readonly<Record<GradeOutcome, number>> = {
  green: EXIT.ok,
  not_green: EXIT.failure,
  no_answer: EXIT.unavailable,
};

/** `grade <url>`. */
export function addGradeCommand(program: Command, { env, interactive, readSecret, print }: Terminal): void {
  program
    .command("grade <url>")
    .description(
      "test a receiver of your own with duplicates, forgeries, old events and bursts, and print a report card; it gets about 70 test events",
    )
    .requiredOption(
      "--secret-env <name>",
      "environment variable with the secret that callbacks are signed with: whsec_…, or whsk_… for v1a",
    )
    .option("--public-key <whpk>", "v1a: what your receiver verifies with, to compare with that key first")
    .option(
      "--body-signature <header>",
      "send the signature of the body alone in this header besides (endpoints: body_signature)",
    )
    .option("--account <name>", "the account that the events are of", "_grade")
    .option("--json", "for machines", false)
    .action(async (url: string, { secretEnv, ...given }: Given) => {
      // https://no-color.org: any value but an empty one.
      const colour = interactive && !env["NO_COLOR"];
      const outcome = await grade(
        { ...given, url, secret: readSecret(secretEnv), publicKey: given.publicKey, colour },
        print,
      );
      process.exitCode = EXIT_CODES[outcome];
    });
}
