import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder for this user alone, and those above it that are not there. Node's own way of doing so asks without end where
 * nothing can be made in a folder that is there, and the system calls that ENOENT (below /proc). Throws what the system says.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const above = dirname(path);
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!isMissing || existsSync(above)) throw error;
    makeFolder(above);
    makeFolder(path);
  }
}
