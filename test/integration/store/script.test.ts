import { expect } from "vitest";

import { defineScript } from "../../../src/store/redis/script.ts";
import { test } from "../../support/redis-test.ts";

const MOVE = defineScript(
  { keys: ["from", "to"], args: ["field"] },
  `
local value = redis.call('HGET', from, field)
redis.call('HSET', to, field, value)
return { value, KEYS[MORE_KEYS + 1] or '', ARGV[MORE + 1] or '' }`,
);

test("a script sees its keys and arguments by name, in whatever order a call has them, and what stands behind them", async ({
  redis,
  prefix,
}) => {
  const [from, to] = [`${prefix}:{a}:from`, `${prefix}:{a}:to`];
  await redis.hset(from, "name", "value");
  const call = { keys: { to, from }, args: { field: "name" } };
  expect(await MOVE.run(redis, call)).toEqual(["value", "", ""]);
  expect(await redis.hget(to, "name")).toBe("value");
  expect(await MOVE.runBuffer(redis, { ...call, moreKeys: ["k"], more: [7] })).toEqual(
    ["value", "k", "7"].map((text) => Buffer.from(text)),
  );
});

test("its text goes over the wire once: again when a server has forgotten it", async ({ redis, prefix }) => {
  const [from, to] = [`${prefix}:{a}:from`, `${prefix}:{a}:to`];
  await redis.hset(from, "name", "value");
  const call = { keys: { from, to }, args: { field: "name" } };
  const evals = async (): Promise<number> => {
    const stats = await redis.info("commandstats");
    return Number(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };
  await redis.script("FLUSH");
  const before = await evals();
  for (let times = 0; times < 5; times++) await MOVE.run(redis, call);
  expect(await evals()).toBe(before + 1);
  await redis.script("FLUSH");
  expect(await MOVE.run(redis, call)).toEqual(["value", "", ""]);
  expect(await evals()).toBe(before + 2);
});

test("what a script refuses is an error, and is not asked again", async ({ redis, prefix }) => {
  const FAIL = defineScript(
    { keys: ["count"] },
    "redis.call('INCR', count) return redis.error_reply('NO no')",
  );
  const count = `${prefix}:{a}:count`;
  await expect(FAIL.run(redis, { keys: { count }, args: {} })).rejects.toThrow("NO no");
  await expect(FAIL.run(redis, { keys: { count }, args: {} })).rejects.toThrow("NO no");
  expect(await redis.get(count)).toBe("2");
});
