import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { Redis } from "./client.ts";

import { toError } from "../../shared/errors.ts";

const LOOK_AGAIN_MS = 100;
const CHUNK_BYTES = 1_048_576;

/**
 * Has a Redis of our own write its append-only file anew, of what it holds now, and waits for it: until then the file still
 * has what was removed. Resolves to why it could not be done; undefined: it is done. `signal` ends the waiting.
 */
export async function rewriteAppendLog(redis: Redis, signal: AbortSignal): Promise<string | undefined> {
  try {
    // One that began before now may lack what was removed last.
    await standStill(redis, signal);
    await redis.bgrewriteaof();
    const facts = await standStill(redis, signal);
    const status = facts.get("aof_last_bgrewrite_status");
    return status === "ok" ? undefined : `Redis says "${status ?? "nothing"}"`;
  } catch (error) {
    if (signal.aborted) throw error;
    return toError(error).message;
  }
}

async function standStill(redis: Redis, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  for (;;) {
    const text = await redis.info("persistence");
    const facts = new Map(
      text.split("\r\n").map((line): [string, string] => {
        const [name = "", value = ""] = line.split(":");
        return [name, value];
      }),
    );
    const busy = ["aof_rewrite_in_progress", "aof_rewrite_scheduled"].some((name) => facts.get(name) === "1");
    if (!busy) return facts;
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** How many of these byte strings stand anywhere in the files of a folder. */
export async function countInFolder(folder: string, needles: readonly Buffer[]): Promise<number> {
  const found = new Set<Buffer>();
  const overlap = Math.max(0, ...needles.map(({ length }) => length));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    await using file = await openOrSkip(join(entry.parentPath, entry.name));
    if (!file) continue;
    let rest = Buffer.alloc(0);
    for await (const chunk of file.handle.createReadStream({
      highWaterMark: CHUNK_BYTES,
      autoClose: false,
    })) {
      if (!Buffer.isBuffer(chunk)) continue;
      const bytes = Buffer.concat([rest, chunk]);
      for (const needle of needles) if (!found.has(needle) && bytes.includes(needle)) found.add(needle);
      rest = Buffer.from(bytes.subarray(-overlap));
    }
  }
  return found.size;
}

type Opened = AsyncDisposable & { readonly handle: Awaited<ReturnType<typeof open>> };

/** A file that Redis has just removed is no place where anything stands. */
async function openOrSkip(path: string): Promise<Opened | undefined> {
  try {
    const handle = await open(path, "r");
    return { handle, [Symbol.asyncDispose]: async () => await handle.close() };
  } catch {
    return undefined;
  }
}
