import type { RedisNode } from "../../src/store/redis/client.ts";

/** Every byte of the keys that fit the pattern, to be put back as it was. What has come among them since goes. */
export async function copyKeys(redis: RedisNode, pattern: string): Promise<() => Promise<void>> {
  const copy = new Map<string, Buffer>();
  for (const key of await redis.keys(pattern)) {
    const bytes = await redis.dumpBuffer(key);
    if (bytes) copy.set(key, bytes);
  }
  return async () => {
    const since = (await redis.keys(pattern)).filter((key) => !copy.has(key));
    const putBack = redis.multi();
    if (since.length > 0) putBack.del(...since);
    for (const [key, bytes] of copy) putBack.restore(key, 0, bytes, "REPLACE");
    await putBack.exec();
  };
}
