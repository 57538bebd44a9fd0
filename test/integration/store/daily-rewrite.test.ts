import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { expect, test } from "vitest";

import { startDailyRewrite } from "../../../src/store/redis/daily-rewrite.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { countInFolder } from "../../../src/store/redis/rewrite-log.ts";
import { eventually } from "../../support/harness.ts";
import { redisProgram, temporaryFolder } from "../../support/redis-process.ts";

const DAY = 86_400_000;

test("what was removed from our own Redis leaves its files once a day, and not before", async () => {
  using home = temporaryFolder();
  const folder = join(home.path, "data");
  await using server = await startPrivateRedis(folder, redisProgram());
  const redis = await connectRedis({ socketPath: server.socketPath }, 10_000);
  const failures: string[] = [];
  let clock = 10 * DAY;
  const deps = { folder, redis, now: () => clock, onFailure: (detail: string) => void failures.push(detail) };
  const removed = async (): Promise<Buffer> => {
    const bytes = randomBytes(64);
    await redis.set("gone", bytes);
    await redis.del("gone");
    // Written, though not for good: the server writes before it answers.
    await eventually(async () => (await countInFolder(folder, [bytes])) === 1 || undefined);
    return bytes;
  };
  const leaves = async (bytes: Buffer): Promise<true | undefined> =>
    (await countInFolder(folder, [bytes])) === 0 || undefined;
  const first = await removed();

  // A Redis that was never written anew is, at once.
  const daily = startDailyRewrite(deps, 20);
  await eventually(async () => await leaves(first));
  const mark = async (): Promise<number> => await countInFolder(folder, [Buffer.from(String(clock))]);
  await eventually(async () => (await mark()) > 0 || undefined);
  const second = await removed();
  clock += DAY - 1;
  expect(await countInFolder(folder, [second])).toBe(1);

  clock += 1;
  await eventually(async () => await leaves(second));
  await eventually(async () => (await mark()) > 0 || undefined);
  await daily[Symbol.asyncDispose]();
  // Neither a restart nor a restart an hour later writes it again.
  const third = await removed();
  clock += DAY / 24;
  const again = startDailyRewrite(deps, 20);
  await again[Symbol.asyncDispose]();
  expect(await countInFolder(folder, [third])).toBe(1);
  expect(failures).toEqual([]);
  redis.disconnect();
}, 300_000);
