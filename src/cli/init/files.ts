import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { SetupError, toError } from "../../shared/errors.ts";

/** Names of files, from the installation's folder on, with what is to stand in them. */
export type Files = ReadonlyMap<string, string>;

/** @throws SetupError when one of them is there: what a person has written or a secret in use is never overwritten */
export function refuseExisting(folder: string, names: readonly string[]): void {
  const there = names.filter((name) => existsSync(join(folder, name)));
  if (there.length === 0) return;
  throw new SetupError(
    `${there.join(", ")} ${there.length === 1 ? "is" : "are"} there already, and nothing is overwritten: ` +
      "use an empty folder, or move away what is there",
  );
}

/**
 * All of them or none, each for this user alone (0600, folders 0700).
 * @throws SetupError when one cannot be written; those before it are gone again
 */
export function writeFiles(folder: string, files: Files): void {
  const written: string[] = [];
  try {
    for (const [name, text] of files) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // Refused where somebody was quicker.
      writeFileSync(path, text, { mode: 0o600, flag: "wx" });
      written.push(path);
      chmodSync(path, 0o600);
    }
  } catch (error) {
    for (const path of written) rmSync(path);
    const { message } = toError(error);
    throw new SetupError(`nothing was written: ${message}: use a folder that this user may write`, {
      cause: error,
    });
  }
}
