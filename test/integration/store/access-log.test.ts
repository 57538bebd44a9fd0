import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import {
  exportAccess,
  newestAccess,
  readAccess,
  verifyAccess,
  verifyExport,
} from "../../../src/admin/access/verify-access.ts";
import {
  type AccessLine,
  type AccessStore,
  createAccessStore,
} from "../../../src/store/access/access-log.ts";
import { createAccessWriter } from "../../../src/store/access/access-writer.ts";
import { rotateInstallation } from "../../../src/store/sealing/key-rotation.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { test } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const IDENTITY = Buffer.alloc(32, 7);

function storeOf(redis: Redis, keys: Keys, ...ids: readonly string[]): AccessStore {
  return createAccessStore(redis, keys, keyringOf(...(ids.length > 0 ? ids : ["k1"])), IDENTITY, () => 5);
}

function lineOf(number: number, more: Partial<AccessLine> = {}): AccessLine {
  const subjects = [`patient/${number}`];
  return {
    at: number,
    who: "ops-token",
    via: "api",
    what: "readEvent",
    account: "northside",
    subjects,
    ...more,
  };
}

async function write(store: AccessStore, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) await store.append([lineOf(number)]);
}

async function faultsOf(
  accessLog: AccessStore,
  ...mark: Parameters<typeof verifyAccess>[1][]
): Promise<number> {
  return (await verifyAccess({ accessLog }, ...mark)).faults.length;
}

test("five processes write one chain, without a gap, and it says what it was told", async ({
  redis,
  keys,
}) => {
  const stores = Array.from({ length: 5 }, () => storeOf(redis, keys));
  await Promise.all(stores.map(async (store, index) => await write(store, index * 10 + 1, index * 10 + 10)));

  const accessLog = storeOf(redis, keys);
  const lines = [];
  for await (const line of readAccess({ accessLog })) lines.push(line);
  expect(lines.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  expect(new Set(lines.flatMap(({ subjects }) => subjects)).size).toBe(50);
  expect(await verifyAccess({ accessLog })).toMatchObject({ first: 1, head: { lines: 50 }, faults: [] });
  expect((await newestAccess({ accessLog }, 3)).map(({ number }) => number)).toEqual([50, 49, 48]);
  expect((await newestAccess({ accessLog }, 3, 3)).map(({ number }) => number)).toEqual([2, 1]);
});

type Tampering = (redis: Redis, key: string, old: Readonly<Record<string, Buffer>>) => Promise<unknown>;

const TAMPERINGS: readonly [string, Tampering][] = [
  [
    "a line is changed",
    async (redis, key, { 4: bytes = Buffer.alloc(0) }) => {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(30) ^ 1, 30);
      await redis.hset(key, "4", changed);
    },
  ],
  ["a line is taken out", async (redis, key) => await redis.hdel(key, "4")],
  ["the first line is taken out", async (redis, key) => await redis.hdel(key, "0")],
  ["the last line is taken out", async (redis, key) => await redis.hdel(key, "9")],
  [
    "two lines change places",
    async (redis, key, { 3: three = "", 4: four = "" }) => await redis.hset(key, "3", four, "4", three),
  ],
  ["a line is put in twice", async (redis, key, { 4: four = "" }) => await redis.hset(key, "10", four)],
  ["the head is taken away", async (redis, key) => await redis.hdel(key, "head")],
  ["the head is changed", async (redis, key) => await redis.hset(key, "head", "nonsense")],
  [
    "an earlier head is put back",
    async (redis, key, { former: head = "" }) => await redis.hset(key, "head", head),
  ],
  [
    "the end is cut off together with an earlier head",
    async (redis, key, { former: head = "" }) => {
      await redis.hset(key, "head", head);
      await redis.hdel(key, "5", "6", "7", "8", "9");
    },
  ],
  ["all of it is gone", async (redis, key) => await redis.del(key)],
];

test("whatever is done to it without the key shows", async ({ redis, keys }) => {
  const shown: [string, number][] = [];
  for (const [what, tamper] of TAMPERINGS) {
    await redis.del(keys.accessLog);
    const accessLog = storeOf(redis, keys);
    await write(accessLog, 1, 5);
    const former = (await redis.hgetBuffer(keys.accessLog, "head")) ?? Buffer.alloc(0);
    await write(accessLog, 6, 10);
    const { head } = await verifyAccess({ accessLog });
    expect(await faultsOf(storeOf(redis, keys), head)).toBe(0);

    await tamper(redis, keys.accessLog, { ...(await redis.hgetallBuffer(keys.accessLog)), former });
    // With what the head was once, kept elsewhere: nothing else can show a cut to an earlier state of everything.
    shown.push([what, await faultsOf(storeOf(redis, keys), head)]);
  }

  expect(shown.filter(([, faults]) => faults === 0)).toEqual([]);
  const withoutMark = ["the end is cut off together with an earlier head", "all of it is gone"];
  expect(shown.map(([what]) => what)).toEqual(expect.arrayContaining(withoutMark));
});

test("a process that saw more says so in the log, and goes on", async ({ redis, keys }) => {
  const seeing = storeOf(redis, keys);
  await write(seeing, 1, 5);
  const copy = await redis.dumpBuffer(keys.accessLog);
  await write(seeing, 6, 9);

  await redis.restore(keys.accessLog, 0, copy ?? "", "REPLACE");
  await write(seeing, 10, 10);

  const [last, told] = await newestAccess({ accessLog: seeing }, 2);
  expect(told).toMatchObject({ via: "log", what: "had 9 lines and found 5", number: 6 });
  expect(last).toMatchObject({ subjects: ["patient/10"], number: 7 });
  expect(await faultsOf(seeing)).toBe(0);
});

test("what is trimmed by age or by size leaves an anchor, and the rest still holds", async ({
  redis,
  keys,
}) => {
  const accessLog = storeOf(redis, keys);
  await write(accessLog, 1, 20);
  const { head } = await verifyAccess({ accessLog });

  expect(await accessLog.trim(6)).toBe(5);
  expect(await verifyAccess({ accessLog }, head)).toMatchObject({
    first: 6,
    head: { lines: 20 },
    faults: [],
  });
  const { bytes } = await accessLog.readHead();
  expect(await accessLog.trim(0, bytes / 2)).toBeGreaterThanOrEqual(7);
  expect((await accessLog.readHead()).bytes).toBeLessThanOrEqual(bytes / 2);
  expect(await faultsOf(accessLog, head)).toBe(0);
  expect(await redis.hlen(keys.accessLog)).toBe((await accessLog.batchNumbers()).length + 1);
  // Taking away what is now the first is no trimming.
  const [first] = await accessLog.batchNumbers();
  await redis.hdel(keys.accessLog, String(first));
  expect(await faultsOf(accessLog)).toBeGreaterThan(0);
});

test("it is sealed anew with another key, holds as before, and goes on", async ({ redis, keys }) => {
  const old = storeOf(redis, keys, "k1");
  await write(old, 1, 4);
  const { head } = await verifyAccess({ accessLog: old });
  const run = { signal: new AbortController().signal };
  expect(await rotateInstallation(redis, keys, keyringOf("k2", "k1"), run)).toMatchObject({
    resealed: 5,
    unreadable: 0,
  });

  const fresh = storeOf(redis, keys, "k2");
  await write(fresh, 5, 6);
  expect(await verifyAccess({ accessLog: fresh }, head)).toMatchObject({ head: { lines: 6 }, faults: [] });
});

test("an export is checked without Redis, and every change to it shows", async ({ redis, keys }) => {
  const accessLog = storeOf(redis, keys);
  await write(accessLog, 1, 10);
  await accessLog.trim(3);
  const lines: string[] = [];
  for await (const line of exportAccess({ accessLog })) lines.push(line);
  const { head } = await verifyAccess({ accessLog });
  expect(lines).toHaveLength(10);
  expect(verifyExport(lines, accessLog.sign, head)).toEqual({ first: 3, head, faults: [] });

  const changes: Readonly<Record<string, (copy: string[]) => void>> = {
    changed: (copy) => void copy.splice(4, 1, (copy[4] ?? "").replace("ops-token", "cli:root")),
    "taken out": (copy) => void copy.splice(4, 1),
    "first taken out": (copy) => void copy.splice(1, 1),
    "last taken out": (copy) => void copy.splice(-2, 1),
    "cut off": (copy) => void copy.splice(-3),
    moved: (copy) => void copy.splice(3, 2, copy[4] ?? "", copy[3] ?? ""),
    "put in": (copy) => void copy.splice(4, 0, copy[4] ?? ""),
    "begun later": (copy) => void copy.splice(0, 2),
    "not JSON": (copy) => void copy.splice(4, 1, "nonsense"),
  };
  for (const [what, change] of Object.entries(changes)) {
    const copy = [...lines];
    change(copy);
    expect([what, verifyExport(copy, accessLog.sign).faults.length > 0]).toEqual([what, true]);
  }
  // Killed while it was written: half a line, and no end.
  const torn = [...lines.slice(0, 4), (lines[4] ?? "").slice(0, 20)];
  expect(verifyExport(torn, accessLog.sign).faults).toEqual([
    "the last line is not the end of an export: it was cut",
    "line 6 cannot be read",
  ]);
  // Cut and given a head of its own: only the key, or a head that was kept, tells.
  const [last = ""] = lines.slice(-3);
  const { number, hash } = JSON.parse(last) as { number: number; hash: string };
  const forged = [...lines.slice(0, -2), JSON.stringify({ head: { lines: number, hash, signature: "0" } })];
  expect(verifyExport(forged).faults).toEqual([]);
  expect(verifyExport(forged, accessLog.sign).faults).toHaveLength(1);
  expect(verifyExport(forged, undefined, head).faults).toHaveLength(1);
});

test("what one does in one moment is one line, and nothing is lost while Redis is away", async () => {
  const batches: AccessLine[][] = [];
  let away = true;
  const store = {
    append: async (lines: readonly AccessLine[]) => {
      if (away) throw new Error("away");
      batches.push([...lines]);
      await Promise.resolve();
    },
  };
  const writer = createAccessWriter({ store, now: () => 9, onTrouble: () => undefined });
  await expect(writer.record(lineOf(1))).rejects.toThrow("away");
  for (let number = 2; number <= 11_000; number += 1) writer.note(lineOf(number, { who: "endpoint:crm" }));
  away = false;
  await writer.record(lineOf(3, { request: "r1" }));
  await writer[Symbol.asyncDispose]();

  const lines = batches.flat();
  expect(lines.filter(({ who }) => who === "endpoint:crm").flatMap(({ subjects }) => subjects)).toHaveLength(
    9_999,
  );
  expect(lines.length).toBeLessThan(30);
  expect(lines.find(({ via }) => via === "log")?.what).toBe(
    "1001 lines could not be written: Redis was away",
  );
});
