import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { readConfig } from "../../../src/cli/read-config.ts";
import { CLI_ENV, writeOperatorFile } from "../../support/cli-commands.ts";

let folder: string;
let text: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cw config "));
  const { readFile } = await import("node:fs/promises");
  text = await readFile(await writeOperatorFile(folder), "utf8");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(name: string, bytes: Buffer | string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}

test("a file may begin with a byte order mark, end its lines as Windows does, and be linked to", async () => {
  const marked = await write("marked.yaml", `\uFEFF${text.replaceAll("\n", "\r\n")}`);
  const linked = join(folder, "linked.yaml");
  await symlink(marked, linked);
  const plain = await readConfig(join(folder, "notifier.yaml"), CLI_ENV);
  expect(await readConfig(linked, CLI_ENV)).toEqual(plain);
});

describe("a file that is none of ours says what is wrong with it, and what to do", () => {
  test.for<[name: string, make: (text: string) => Buffer | string, message: string]>([
    [
      "of another encoding",
      (from) => Buffer.from(from.replace("Northside", "Café"), "latin1"),
      "is not UTF-8",
    ],
    ["of 16 bits a sign", (from) => Buffer.from(`\uFEFF${from}`, "utf16le"), "is not UTF-8"],
    ["of no text", () => Buffer.from([0, 1, 2, 0]), "is not UTF-8"],
  ])("%s", async ([name, make, message]) => {
    const file = await write(name, make(text));
    await expect(readConfig(file, CLI_ENV)).rejects.toMatchObject({
      problems: [{ path: file, message, remedy: expect.stringContaining("save it as UTF-8") as string }],
    });
  });

  test("a folder", async () => {
    const file = join(folder, "folder.yaml");
    await mkdir(file);
    await expect(readConfig(file, CLI_ENV)).rejects.toMatchObject({
      problems: [{ path: file, message: "is a folder" }],
    });
  });
});
