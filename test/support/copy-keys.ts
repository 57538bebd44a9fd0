import { type Redis, primariesOf } from "../../src/store/redis/client.ts";

/** Every byte of the keys that fit the pattern, to be put back as it was. What has come among them since goes. */
export async function copyKeys(redis: Redis, pattern: string): Promise<() => Promise<void>> {
  const namesNow = async (): Promise<string[]> =>
    (await Promise.all(primariesOf(redis).map(async (node) => await node.keys(pattern)))).flat();
  const copy = new Map<string, Buffer>();
  for (const key of await namesNow()) {
    const bytes = await redis.dumpBuffer(key);
    if (bytes) copy.set(key, bytes);
  }
  return async () => {
    const since = (await namesNow()).filter((key) => !copy.has(key));
    const putBack = redis.multi();
    if (since.length > 0) putBack.del(...since);
    for (const [key, bytes] of copy) putBack.restore(key, 0, bytes, "REPLACE");
    await putBack.exec();
  };
}
