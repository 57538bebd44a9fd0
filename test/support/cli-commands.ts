import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Command } from "commander";

import { createProgram } from "../../src/cli/program.ts";
import { explainFailure } from "../../src/cli/terminal/failure.ts";
import { startPrivateRedis } from "../../src/store/redis/private-redis.ts";
import { foundInstallation } from "./found-installation.ts";
import { redisProgram } from "./redis-process.ts";

/** Of the configuration that `writeOperatorFile` writes. */
export const CLI_ENV = {
  ENCRYPTION_KEY: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
  NORTHSIDE_KEY: "MS0xLWFiY2RlZg-au1",
};

/** What a command printed, and the code that it ended with. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command of the program, in this process. What the program does around it is tested by starting it: cli.test.ts. */
export async function runCommand(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ran> {
  let [out, err] = ["", ""];
  const program = createProgram(
    env,
    (line) => void (out += `${line}\n`),
    () => new AbortController().signal,
  );
  const output = {
    writeOut: (text: string) => void (out += text),
    writeErr: (text: string) => void (err += text),
  };
  for (const command of allOf(program)) command.configureOutput(output);
  process.exitCode = undefined;
  try {
    await program.parseAsync(args, { from: "user" });
    return { code: endedWith(), out, err };
  } catch (error) {
    const { exitCode, text } = explainFailure(error);
    return { code: exitCode, out, err: err + text };
  } finally {
    process.exitCode = undefined;
  }
}

/** The configuration of the account northside with its data in `<folder>/data`; resolves to its path. @param more lines of it */
export async function writeOperatorFile(folder: string, more = ""): Promise<string> {
  const file = join(folder, "notifier.yaml");
  await writeFile(
    file,
    `contact: { name: Northside, email: it@northside.example }
encryption: [{ id: k1, key: { env: ENCRYPTION_KEY } }]
accounts: { northside: { api_key: { env: NORTHSIDE_KEY } } }
data_folder: ${folder}/data
${more}`,
  );
  return file;
}

/** The same, beside a Redis such as a running service of it has. */
export async function startInstallation(
  folder: string,
  { more = "", env = CLI_ENV }: { readonly more?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<AsyncDisposable & { readonly file: string; readonly socketPath: string }> {
  const server = await startPrivateRedis(join(folder, "data"), redisProgram());
  const file = await writeOperatorFile(folder, more);
  await foundInstallation(file, env);
  return {
    file,
    socketPath: server.socketPath,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
    },
  };
}

/** By a function: the compiler would take it for what was written there last. */
const endedWith = (): number => Number(process.exitCode ?? 0);

function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}
