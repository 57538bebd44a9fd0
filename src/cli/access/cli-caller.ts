import { userInfo } from "node:os";

import type { Operator } from "../../admin/access/caller.ts";

/** Whoever sits at the command line: they have the configuration and the keys, so they may do everything. */
export function cliCaller(): Operator {
  const name = userName();
  return { id: `cli:${name}`, name, role: "admin" };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the process often runs as a number that has no name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
