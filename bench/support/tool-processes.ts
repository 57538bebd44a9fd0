import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A tool that is run as a person would, and that may die at any moment. */
export interface RunningTool extends AsyncDisposable {
  readonly url: string;
  /** SIGKILL, and started again at once. */
  crash(): Promise<void>;
}

export interface ToolProcess {
  readonly folder: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  /** Answers once it is up. */
  readonly readyPath: string;
}

/** `npm` in a folder, quietly; with another Node in front where one is given. */
export function npm(folder: string, args: readonly string[], nodeFolder?: string): string {
  const path = [nodeFolder, process.env["PATH"]].filter(Boolean).join(delimiter);
  const calm = ["--no-audit", "--no-fund", "--loglevel=error"];
  return execFileSync("npm", [...args, ...calm], {
    cwd: folder,
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "pipe", "inherit"],
  }).toString();
}

export async function startTool(tool: ToolProcess): Promise<RunningTool> {
  let child = await launch(tool);
  return {
    url: tool.url,
    async crash() {
      await end(child, "SIGKILL");
      child = await launch(tool);
    },
    async [Symbol.asyncDispose]() {
      await end(child, "SIGTERM");
    },
  };
}

async function launch({
  folder,
  command: [program = "", ...args],
  env,
  url,
  readyPath,
}: ToolProcess): Promise<ChildProcess> {
  const child = spawn(program, args, { cwd: folder, env: { PATH: process.env["PATH"] ?? "", ...env } });
  const log = createWriteStream(join(folder, "tool.log"), { flags: "a" });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${program} ended: see ${folder}/tool.log`);
    const answer = await fetch(url + readyPath).catch(() => undefined);
    if (answer?.ok) return child;
    await delay(200);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}
