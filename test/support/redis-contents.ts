import type { Redis } from "../../src/store/redis/client.ts";

/** Everything under a prefix, byte for byte, so that a test can see that nothing was written. */
export async function contentsOf(redis: Redis, prefix: string): Promise<ReadonlyMap<string, string>> {
  const names = (await redis.keys(`${prefix}:*`)).toSorted();
  const dumps = await Promise.all(names.map(async (name) => await redis.dumpBuffer(name)));
  return new Map(names.map((name, index) => [name, dumps[index]?.toString("base64") ?? ""]));
}

/** All that rests in Redis under a prefix as one text: names, fields and values. */
export async function clearTextOf(redis: Redis, prefix: string): Promise<string> {
  const parts: string[] = [];
  for (const name of await redis.keys(`${prefix}:*`)) {
    parts.push(name, await valueOf(redis, name));
  }
  return parts.join("\n");
}

async function valueOf(redis: Redis, name: string): Promise<string> {
  const type = await redis.type(name);
  switch (type) {
    case "string":
      return (await redis.getBuffer(name))?.toString("latin1") ?? "";
    case "hash": {
      const fields = await redis.hgetallBuffer(name);
      return Object.entries(fields)
        .map(([field, value]) => `${field} ${value.toString("latin1")}`)
        .join("\n");
    }
    case "stream":
      return JSON.stringify(await redis.xrange(name, "-", "+"));
    case "list":
      return (await redis.lrange(name, 0, -1)).join("\n");
    case "set":
      return (await redis.smembers(name)).join("\n");
    case "zset":
      return (await redis.zrange(name, "0", "-1")).join("\n");
    case "none":
      // Gone since its name was read: nothing of it rests.
      return "";
    default:
      throw new Error(`${name} is a ${type}`);
  }
}
