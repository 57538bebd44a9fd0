import { type Redis, primariesOf } from "../redis/client.ts";

import { toError } from "../../shared/errors.ts";
import type { Keys } from "../redis/keys.ts";
import { RESOURCE_NAMES } from "../../resources/registry.ts";

/** As `config` has names of accounts: what else stands in braces is no account. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const SCAN_COUNT = 1_000;

/** Whether anything worth a word is kept of an account. */
export async function isKept(redis: Redis, keys: Keys, account: string): Promise<boolean> {
  const telling = [
    keys.connection(account),
    keys.log(account),
    keys.bodies(account),
    keys.forgotten(account),
    ...RESOURCE_NAMES.flatMap((resource) => [
      keys.cursor(account, resource),
      keys.snapshots(account, resource),
      keys.gone(account, resource),
      keys.suspects(account, resource),
    ]),
  ];
  return (await redis.exists(...telling)) > 0;
}

/**
 * Names of accounts of which something is kept, configured or not, sorted: those that a service was started with, and,
 * where Redis lets us walk over its keys, those of before that was written down.
 */
export async function findKeptAccounts(redis: Redis, keys: Keys): Promise<string[]> {
  const names = new Set(await redis.smembers(keys.seenAccounts));
  try {
    for (const name of await findByKeys(redis, keys)) names.add(name);
  } catch (error) {
    if (!toError(error).message.startsWith("NOPERM")) throw error;
  }
  const kept: string[] = [];
  for (const name of [...names].toSorted()) if (await isKept(redis, keys, name)) kept.push(name);
  return kept;
}

async function findByKeys(redis: Redis, keys: Pick<Keys, "connection">): Promise<ReadonlySet<string>> {
  const [before = "", after = ""] = keys.connection("\n").split("\n");
  const slot = after.replace(/:connection$/, "");
  const names = new Set<string>();
  for await (const batch of scanKeys(redis, `${escapeGlob(before)}*${slot}:*`)) {
    for (const key of batch) {
      const name = key.slice(before.length, key.indexOf(slot, before.length));
      // A lease lapses by itself, and how many there were tells nothing of anybody.
      if (NAME.test(name) && !/^:(lease|epoch):/.test(key.slice(before.length + name.length + 1))) {
        names.add(name);
      }
    }
  }
  return names;
}

/** Every key of an account, by what stands after its name: `snapshots:patients`. */
export async function keysOfAccount(
  redis: Redis,
  keys: Pick<Keys, "connection">,
  account: string,
): Promise<ReadonlyMap<string, string>> {
  const base = keys.connection(account).replace(/connection$/, "");
  const found = new Map<string, string>();
  for await (const batch of scanKeys(redis, `${escapeGlob(base)}*`)) {
    for (const key of batch) found.set(key.slice(base.length), key);
  }
  return found;
}

/** Of a cluster the keys of every node. One that moves while it is walked over may come twice. */
async function* scanKeys(redis: Redis, pattern: string): AsyncGenerator<string[]> {
  for (const node of primariesOf(redis)) {
    let cursor = "0";
    do {
      const [next, batch] = await node.scan(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT);
      cursor = next;
      yield batch;
    } while (cursor !== "0");
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, String.raw`\$&`);
}
