import { expect } from "vitest";

import { defineScript } from "../../../src/store/redis/script.ts";
import { createBatch, toFields } from "../../../src/store/redis/batch.ts";
import { test } from "../../support/redis-test.ts";

test("answers come in the order of the questions, however many there are", async ({ redis, prefix }) => {
  const names = Array.from({ length: 2_500 }, (_, index) => `${prefix}:${index}`);
  await redis.mset(...names.flatMap((name, index) => [name, index]));
  const batch = createBatch(redis);
  const asked = names.map((name) => batch.ask((pipeline) => pipeline.get(name), Number));
  await batch.run();

  expect(asked.map((answer) => answer())).toEqual(names.map((_, index) => index));
});

test("an answer that is taken before it was read is a fault, and so is one of a batch that failed", async ({
  redis,
  prefix,
}) => {
  await redis.set(prefix, "text");
  const batch = createBatch(redis);
  const wrong = batch.ask((pipeline) => pipeline.hget(prefix, "field"), String);
  const right = batch.ask((pipeline) => pipeline.get(prefix), String);

  expect(() => right()).toThrow("has not run");
  await expect(batch.run()).rejects.toThrow("WRONGTYPE");
  expect(() => wrong()).toThrow("has not run");
});

test("a script in a batch goes over the wire by its hash, and once with its text where a server does not know it", async ({
  redis,
  prefix,
}) => {
  const ADD = defineScript({ keys: ["count"], args: ["by"] }, "return redis.call('INCRBY', count, by)");
  const run = async (): Promise<number[]> => {
    const batch = createBatch(redis);
    const asked = [1, 2, 3].map((by) =>
      batch.ask(
        (pipeline, how) => ADD.queue(pipeline, { keys: { count: `${prefix}:${by}` }, args: { by } }, how),
        Number,
      ),
    );
    await batch.run();
    return asked.map((answer) => answer());
  };
  const texts = async (): Promise<number> =>
    Number(/cmdstat_eval:calls=(\d+)/.exec(await redis.info("commandstats"))?.[1] ?? 0);
  await redis.script("FLUSH");
  const before = await texts();
  expect(await run()).toEqual([1, 2, 3]);
  expect(await texts()).toBe(before + 1);
  expect(await run()).toEqual([2, 4, 6]);
  expect(await texts()).toBe(before + 1);
});

test("a hash is the same by a script and by the client", () => {
  expect(toFields(["phase", "live", "watermark", "7"])).toEqual({ phase: "live", watermark: "7" });
  expect(toFields({ phase: "live", watermark: "7" })).toEqual({ phase: "live", watermark: "7" });
  expect(toFields([])).toEqual({});
  expect(toFields(null)).toEqual({});
});
