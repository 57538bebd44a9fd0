import { spawnSync } from "node:child_process";
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const COPIED = [
  ...["src", "scripts", "docs", "llms.txt"],
  ...["package.json", "tsconfig.json", "tsconfig.build.json", ".oxfmtrc.json"],
];

interface Copy extends AsyncDisposable {
  readonly folder: string;
  readonly generate: (...args: string[]) => { readonly code: number | null; readonly said: string };
}

async function copyProject(): Promise<Copy> {
  const folder = await mkdtemp(join(tmpdir(), "cw-generated-"));
  for (const path of COPIED) await cp(join(ROOT, path), join(folder, path), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return {
    folder,
    generate: (...args) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(folder, "scripts/generate-catalogue.mjs"), ...args],
        { encoding: "utf8" },
      );
      return { code: status, said: `${stdout}${stderr}` };
    },
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}

test("generated files are what the catalogue says; what is not is named, and put right", async () => {
  await using copy = await copyProject();
  const { folder, generate } = copy;
  const page = join(folder, "docs/events/patient.md");
  const written = await readFile(page, "utf8");
  await writeFile(page, written.replace("Patients", "People"));
  await rm(join(folder, "docs/schemas/patient.json"));
  await writeFile(join(folder, "docs/schemas/patient.gone.json"), "{}\n");
  // What stands around the generated tables is nobody's but its writer's.
  await appendFile(join(folder, "docs/events.md"), "\nWritten by hand.\n");
  const stale = generate("--check");
  expect(stale.code).toBe(1);
  expect(stale.said.split("\n").filter((line) => line.includes(": docs/"))).toEqual([
    "stale: docs/events/patient.md",
    "stale: docs/schemas/patient.json",
    "left over: docs/schemas/patient.gone.json",
  ]);
  expect(stale.said).toContain("npm run generate");

  expect(generate()).toMatchObject({ code: 0 });
  expect(generate("--check")).toMatchObject({ code: 0 });
  expect(await readFile(page, "utf8")).toBe(written);
  expect(await readFile(join(folder, "docs/events.md"), "utf8")).toContain("Written by hand.");
});
