import { accessSync, chmodSync, constants, lstatSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { SetupError, toError } from "../../shared/errors.ts";
import { makeFolder } from "../../shared/make-folder.ts";

/** Names of files, from the installation's folder on, with what is to stand in them. */
export type Files = ReadonlyMap<string, string>;

/**
 * Before anything is asked. @throws SetupError when one of them is there (what a person has written or a secret in use is never
 * overwritten), or could not be made
 */
export function refuseExisting(folder: string, names: readonly string[]): void {
  for (const place of new Set(names.map((name) => dirname(join(folder, name))))) refuseUnwritable(place);
  // A link that leads nowhere is there too.
  const isThere = (name: string): boolean =>
    lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined;
  const there = names.filter(isThere);
  if (there.length === 0) return;
  throw new SetupError(
    `${there.join(", ")} ${there.length === 1 ? "is" : "are"} there already, and nothing is overwritten: ` +
      "use an empty folder, or move away what is there",
  );
}

/** @throws SetupError no file can be made in it; one that is not there yet will be */
function refuseUnwritable(place: string): void {
  if (lstatSync(place, { throwIfNoEntry: false }) === undefined) return;
  try {
    if (!statSync(place).isDirectory()) throw new Error("it is no folder");
    accessSync(place, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { message } = toError(error);
    throw new SetupError(`${place} cannot be written to: ${message}: use a folder that this user may write`, {
      cause: error,
    });
  }
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
      makeFolder(dirname(path));
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
