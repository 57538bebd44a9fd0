import { readFile, rm, writeFile } from "node:fs/promises";

/** Held until disposed of. */
export type Hold = AsyncDisposable;

export type Holding =
  | { readonly kind: "held"; readonly hold: Hold }
  /** A living process has it. */
  | { readonly kind: "taken"; readonly pid: number };

/**
 * Holds a file by its name, for one process at a time on this machine. What a process left behind that was killed is taken
 * over. Two that find it at the same moment may both take it over: this keeps people from a mistake, not an attacker out.
 */
export async function holdFile(path: string): Promise<Holding> {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: "wx", mode: 0o600 });
      return { kind: "held", hold: { [Symbol.asyncDispose]: async () => await rm(path, { force: true }) } };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const pid = Number(await readFile(path, "utf8").catch(() => ""));
    if (pid > 0 && isAlive(pid)) return { kind: "taken", pid };
    await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  // In a container every run has the same number: the one that left the file was not us, and is gone.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
