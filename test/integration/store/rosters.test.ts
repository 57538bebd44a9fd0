import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import type { Keyring } from "../../../src/store/sealing/keyring.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { type RosterOptions, type Rosters, createRosters } from "../../../src/store/access/rosters.ts";
import { test } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const RING = keyringOf("k1");
const LIST = "things";

function rostersOf(redis: Redis, keys: Keys, options: RosterOptions = {}, ring: Keyring = RING): Rosters {
  return createRosters(redis, keys, ring, options);
}

async function add(rosters: Rosters, ...names: readonly string[]): Promise<void> {
  await rosters.change(LIST, (alive) => new Map([...alive, ...names.map((name) => [name, 1] as const)]));
}

async function end(rosters: Rosters, ended: string): Promise<void> {
  await rosters.change(LIST, (alive) => new Map([...alive].filter(([name]) => name !== ended)));
}

async function aliveOf(rosters: Rosters): Promise<string[]> {
  return [...((await rosters.read(LIST)) ?? [])].map(([name]) => name).toSorted();
}

test("what is on the list lives, for every process, and ten that change it at once lose nothing", async ({
  redis,
  keys,
}) => {
  expect(await rostersOf(redis, keys).read(LIST)).toBeUndefined();
  await Promise.all(
    Array.from({ length: 10 }, async (_, number) => await add(rostersOf(redis, keys), `n${number}`)),
  );

  expect(await aliveOf(rostersOf(redis, keys))).toHaveLength(10);
  await end(rostersOf(redis, keys), "n3");
  expect(await aliveOf(rostersOf(redis, keys))).not.toContain("n3");
});

test("who has seen something end does not take it for alive again, whatever list is put back", async ({
  redis,
  keys,
}) => {
  const ways: readonly ((old: Buffer) => Promise<unknown>)[] = [
    async (old) => await redis.hset(keys.rosters, LIST, old),
    async () => await redis.hdel(keys.rosters, LIST),
    async () => await redis.del(keys.rosters),
  ];
  for (const rollBack of ways) {
    await redis.del(keys.rosters);
    const told: string[] = [];
    const seeing = rostersOf(redis, keys, { onWentBack: (name) => void told.push(name) });
    await add(seeing, "kept", "ended");
    const old = (await redis.hgetBuffer(keys.rosters, LIST)) ?? Buffer.alloc(0);
    await end(seeing, "ended");
    await add(seeing, "later");

    await rollBack(old);

    expect(await aliveOf(seeing)).toEqual(["kept", "later"]);
    expect(told).toEqual([LIST]);
    // The list is mended, so that a process that knows nothing goes by it.
    expect(await aliveOf(rostersOf(redis, keys))).toEqual(["kept", "later"]);
    expect(await aliveOf(seeing)).toEqual(["kept", "later"]);
    expect(told).toHaveLength(1);
  }
});

test("an older list on which others have built is no way around it either", async ({ redis, keys }) => {
  const seeing = rostersOf(redis, keys);
  await add(seeing, "kept", "ended");
  const old = (await redis.hgetBuffer(keys.rosters, LIST)) ?? Buffer.alloc(0);
  await end(seeing, "ended");

  await redis.hset(keys.rosters, LIST, old);
  const unknowing = rostersOf(redis, keys);
  for (const name of ["a", "b", "c", "d"]) await add(unknowing, name);

  expect(await aliveOf(seeing)).toEqual(["a", "b", "c", "d", "kept"]);
  expect(await aliveOf(unknowing)).toEqual(["a", "b", "c", "d", "kept"]);
});

test("a process that was started after the older copy was put back cannot know; with a memory that lasts it does", async ({
  redis,
  keys,
}) => {
  const memory = new Map();
  const seeing = rostersOf(redis, keys, { memory });
  await add(seeing, "ended");
  const old = (await redis.hgetBuffer(keys.rosters, LIST)) ?? Buffer.alloc(0);
  await end(seeing, "ended");
  await redis.hset(keys.rosters, LIST, old);

  expect(await aliveOf(rostersOf(redis, keys))).toEqual(["ended"]);
  expect(await aliveOf(rostersOf(redis, keys, { memory }))).toEqual([]);
});

test("what cannot be opened is gone by from memory, is not written over, and opens nothing to who has none", async ({
  redis,
  keys,
}) => {
  const seeing = rostersOf(redis, keys);
  await add(seeing, "kept");
  const theirs = Buffer.from("another installation's");
  await redis.hset(keys.rosters, LIST, theirs);

  expect(await aliveOf(seeing)).toEqual(["kept"]);
  expect(await redis.hgetBuffer(keys.rosters, LIST)).toEqual(theirs);
  await expect(add(seeing, "more")).rejects.toThrow("rosters/things");
  await expect(rostersOf(redis, keys).read(LIST)).rejects.toThrow("rosters/things");
});

test("a list that is put in another's place does not open", async ({ redis, keys }) => {
  await add(rostersOf(redis, keys), "kept");
  await redis.hset(keys.rosters, "others", (await redis.hgetBuffer(keys.rosters, LIST)) ?? "");

  await expect(rostersOf(redis, keys).read("others")).rejects.toThrow("rosters/others cannot be opened");
});
