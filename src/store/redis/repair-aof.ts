import { execFile } from "node:child_process";
import { cpSync, existsSync, openSync, readSync, readdirSync, closeSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";

import { RedisUnavailableError } from "../../shared/errors.ts";
import { childEnvironment } from "./child-environment.ts";

const FOLDER = "appendonlydir";
/** What a power cut can have torn besides the bytes that were never written. */
const MOST_TORN_BYTES = 1_048_576;

interface Analysis {
  readonly file: string;
  readonly size: number;
  readonly okUpTo: number;
}

/**
 * After a power cut the append-only file may end in zeros: space that was given to it and never written. Those are cut off,
 * and the files as they were are kept beside. Any other damage is for a person to decide upon.
 * @returns what was done; undefined: this is not what keeps the server from starting
 * @throws RedisUnavailableError with the exact command, when it is damaged otherwise
 */
export async function repairAof(
  home: string,
  program: string,
  searchPath: string | undefined,
  now: Date,
): Promise<string | undefined> {
  const folder = join(home, FOLDER);
  const manifest = existsSync(folder)
    ? readdirSync(folder).find((name) => name.endsWith(".manifest"))
    : undefined;
  if (manifest === undefined) return undefined;
  const path = join(folder, manifest);
  const checker = findChecker(program, searchPath);
  const byHand = `cp -a ${folder} ${folder}.damaged && ${checker ?? "redis-check-aof"} --fix ${path}`;
  if (checker === undefined) {
    throw new RedisUnavailableError(
      `Redis does not start, perhaps because its append-only file is damaged, and there is no redis-check-aof to look with: ${byHand}`,
    );
  }
  const analysis = parseAnalysis((await run(checker, [path])).output, folder);
  if (analysis === undefined || analysis.okUpTo >= analysis.size) return undefined;
  const cut = analysis.size - analysis.okUpTo;
  if (!endsInZeros(analysis)) {
    throw new RedisUnavailableError(
      `the append-only file ${analysis.file} is damaged at byte ${analysis.okUpTo}, and what follows (${cut} bytes) is not from a power cut: put back a backup, or give up what follows: ${byHand}`,
    );
  }
  const copy = `${folder}.damaged-${now.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
  cpSync(folder, copy, { recursive: true });
  const { code, output } = await run(checker, ["--fix", path], "y\n");
  if (code !== 0) {
    throw new RedisUnavailableError(
      `the append-only file could not be repaired (${lastLine(output)}): ${byHand}`,
    );
  }
  return `the append-only file ended in zeros, as after a power cut: ${cut} bytes were cut off, and a copy of it as it was is in ${copy}`;
}

/** Beside the server program, or wherever programs are. */
function findChecker(program: string, searchPath: string | undefined): string | undefined {
  const name = basename(program).replace("-server", "-check-aof");
  const folders = [dirname(program), ...(searchPath ?? "").split(delimiter).filter(Boolean)];
  return folders
    .flatMap((folder) => [
      join(folder, name),
      join(folder, "redis-check-aof"),
      join(folder, "valkey-check-aof"),
    ])
    .find((candidate) => candidate.includes("check-aof") && existsSync(candidate));
}

/** The first file that is not whole. The checker names it, and how far it is. */
function parseAnalysis(output: string, folder: string): Analysis | undefined {
  const all = [...output.matchAll(/AOF analyzed: filename=(\S+), size=(\d+), ok_up_to=(\d+)/g)];
  const damaged = all.find(([, , size, okUpTo]) => Number(okUpTo) < Number(size));
  if (!damaged) return undefined;
  const [, file = "", size, okUpTo] = damaged;
  return { file: join(folder, basename(file)), size: Number(size), okUpTo: Number(okUpTo) };
}

function endsInZeros({ file, okUpTo, size }: Analysis): boolean {
  const descriptor = openSync(file, "r");
  try {
    const block = Buffer.alloc(65_536);
    let written = size;
    while (written > okUpTo) {
      const from = Math.max(okUpTo, written - block.length);
      const length = readSync(descriptor, block, 0, written - from, from);
      let at = length;
      while (at > 0 && block[at - 1] === 0) at -= 1;
      written = from + at;
      if (at > 0) break;
    }
    return written < size && written - okUpTo < MOST_TORN_BYTES;
  } finally {
    closeSync(descriptor);
  }
}

async function run(
  program: string,
  args: readonly string[],
  input = "",
): Promise<{ readonly code: number; readonly output: string }> {
  return await new Promise((resolve) => {
    const child = execFile(program, [...args], { env: childEnvironment() }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
      resolve({ code, output: `${stdout}\n${stderr}` });
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
