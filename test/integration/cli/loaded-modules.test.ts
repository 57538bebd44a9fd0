import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

/** What a command of the real program loaded: packages by name, and files of ours from `src` on. */
async function loadedBy(...args: string[]): Promise<{ packages: Set<string>; ours: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "cw-loaded-"));
  try {
    await new Promise<void>((resolve) => {
      // Node writes down every file that it ran: https://nodejs.org/docs/latest-v20.x/api/cli.html#node_v8_coveragedir
      const env = { PATH: process.env["PATH"] ?? "", NODE_V8_COVERAGE: folder };
      execFile(process.execPath, [PROGRAM, ...args], { env }, () => resolve());
    });
    const reports = await Promise.all(
      (await readdir(folder)).map(async (file) => await readFile(join(folder, file), "utf8")),
    );
    const urls = reports.flatMap((text) =>
      (JSON.parse(text) as { result: readonly { url: string }[] }).result.map(({ url }) => url),
    );
    // A file in which nothing of ours stands has no map.
    const maps = urls
      .filter((url) => url.includes("/dist/program/"))
      .map((url) => `${fileURLToPath(url)}.map`)
      .filter((map) => existsSync(map));
    const sources = (await Promise.all(maps.map(async (map) => await readFile(map, "utf8")))).flatMap(
      (text) => (JSON.parse(text) as { sources: readonly string[] }).sources,
    );
    const nameOf = (source: string): string | undefined =>
      /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
    return {
      packages: new Set([...urls, ...sources].flatMap((source) => nameOf(source) ?? [])),
      ours: sources.flatMap((source) => /\/src\/(.+)\.ts$/.exec(nameOf(source) ? "" : source)?.[1] ?? []),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test.for([
  ["the version", ["--version"]],
  ["the help", ["--help"]],
  ["the help of a command", ["deliveries", "list", "--help"]],
  ["what is wrong on the command line", ["listen", "--port", "none"]],
] as const)("%s is said without loading what the commands do", async ([, args]) => {
  const { packages, ours } = await loadedBy(...args);
  expect([...packages]).toEqual(["commander"]);
  expect(ours).toContain("cli/program");
  expect(ours.filter((file) => /^(admin|app|catalogue|resources|ops|pollers|sandbox)\//.test(file))).toEqual(
    [],
  );
});

test("a command loads what it does, and not what others do", async () => {
  const { packages, ours } = await loadedBy("trigger", "--list");
  expect(ours).toContain("catalogue/event-catalogue");
  expect([...packages].toSorted()).toEqual(["commander", "zod"]);
});
