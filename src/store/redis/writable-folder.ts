import { closeSync, openSync } from "node:fs";
import { join, resolve } from "node:path";

import { SetupError } from "../../shared/errors.ts";
import { makeFolder } from "../../shared/make-folder.ts";

/** Why the system refuses it, and what to do. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there: change its owner (chown), or set data_folder",
  EPERM: "this user may not write there: change its owner (chown), or set data_folder",
  EROFS: "it is on a read-only file system: mount a volume there, or set data_folder",
  ENOSPC: "the disk is full: make room there, or set data_folder",
  EDQUOT: "the quota is used up: make room there, or set data_folder",
  ENOENT: "no folder can be made there: set data_folder to another one",
  ENOTDIR: "a part of that path is a file: set data_folder to a folder",
  EEXIST: "there is a file of that name: set data_folder to a folder",
  EISDIR: "there is a folder in the place of a file: empty it, or set data_folder",
};

/**
 * Makes the folder if it is not there, for this user alone, and sees that `file` in it can be written to.
 * @throws SetupError in one sentence
 */
export function makeWritable(folder: string, file: string): string {
  const home = resolve(folder);
  try {
    makeFolder(home);
    closeSync(openSync(join(home, file), "a", 0o600));
    return home;
  } catch (error) {
    throw explainFolder(home, error);
  }
}

export function explainFolder(home: string, error: unknown): SetupError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const why = REASONS[code] ?? `${code}: set data_folder to a folder that this user may write to`;
  const retryable = code === "ENOSPC" || code === "EDQUOT";
  return new SetupError(`the data folder ${home} cannot be written to: ${why}`, { cause: error, retryable });
}
