import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { temporaryFolder } from "../support/redis-process.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(join(ROOT, name), "utf8");

/** What the first stage of the Dockerfile copies: path in the context to path in the image. */
function copied(): readonly (readonly [from: string, to: string])[] {
  const [stage = ""] = read("Dockerfile")
    .split(/^FROM .*$/m)
    .slice(1);
  return [...stage.matchAll(/^COPY (.+)$/gm)].flatMap(([, words = ""]) => {
    const paths = words.split(" ");
    const to = paths.pop() ?? "";
    return paths.map(
      (from) => [from, to.endsWith("/") ? join(to, from.split("/").at(-1) ?? "") : to] as const,
    );
  });
}

/** Whether .dockerignore lets a path through: its last line that is about it says so. */
function isInContext(path: string): boolean {
  const rules = read(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return rules.reduce((isIn, line) => {
    const isLet = line.startsWith("!");
    const rule = isLet ? line.slice(1) : line;
    const pattern = new RegExp(`^${rule.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}(/|$)`);
    return pattern.test(path) ? isLet : isIn;
  }, true);
}

test("the image is built of what the Dockerfile copies: the documentation in it is whole", () => {
  using context = temporaryFolder();
  for (const [from, to] of copied()) {
    expect([from, existsSync(join(ROOT, from)), isInContext(from)]).toEqual([from, true, true]);
    // What the program is made of is much, and no page.
    if (from === "src") continue;
    mkdirSync(dirname(join(context.path, to)), { recursive: true });
    const filter = (source: string): boolean => isInContext(source.slice(ROOT.length + 1));
    cpSync(join(ROOT, from), join(context.path, to), { recursive: true, filter });
  }
  symlinkSync(join(ROOT, "node_modules"), join(context.path, "node_modules"));
  // Whatever the build starts is there.
  const started = [...read("scripts/build.mjs").matchAll(/"(scripts\/[\w-]+\.mjs)"/g)].map(
    ([, path = ""]) => path,
  );
  expect(started.length).toBeGreaterThan(1);
  expect(started.filter((path) => !existsSync(join(context.path, path)))).toEqual([]);

  const out = join(context.path, "built");
  execFileSync(process.execPath, [join(context.path, "scripts/build-docs.mjs"), "--out", out], {
    stdio: "inherit",
  });
  const built = readdirSync(out, { recursive: true, encoding: "utf8" });
  expect(built).toEqual(
    expect.arrayContaining(["operations.html.br", "schemas/patient.json.br", "integrations/n8n.html.br"]),
  );
});
