import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { parseJson } from "../../shared/parse-json.ts";

const lastSeenSchema = z.object({
  /** Whose installation (see `ownerOf`). */
  owner: z.string(),
  /** Unix ms. */
  at: z.number(),
  /** How far each resource was read, `northside/patients`: unix seconds by the upstream's clock. */
  watermarks: z.record(z.string(), z.number()),
});

/** How far a service had read, as it stands outside of Redis: a start sees by it that Redis went back while nothing ran. */
export type LastSeen = z.infer<typeof lastSeenSchema>;

const NAME = "last-seen";

/** Undefined: nothing is known, or of another installation. A file that cannot be read proves nothing. */
export function readLastSeen(folder: string, owner: string): LastSeen | undefined {
  const found = lastSeenSchema.safeParse(parseJson(readText(join(folder, NAME))));
  return found.success && found.data.owner === owner ? found.data : undefined;
}

/**
 * Several processes may share a folder: whoever writes last has read as far as the others within a minute. One that is broken
 * off by a crash proves nothing, and is whole again a minute later.
 */
export function writeLastSeen(folder: string, seen: LastSeen): void {
  writeFileSync(join(folder, NAME), JSON.stringify(seen), { mode: 0o600 });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
