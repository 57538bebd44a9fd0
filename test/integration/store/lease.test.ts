import { expect } from "vitest";

import { type Lease, createLeases } from "../../../src/store/detection/lease.ts";
import { test as base } from "../../support/redis-test.ts";

const test = base.extend("leases", ({ redis, keys }) => createLeases(redis, keys, TTL_MS));

const TTL_MS = 60_000;

function defined(lease: Lease | undefined): Lease {
  if (!lease) throw new Error("the lease is free");
  return lease;
}

test("one of two gets the lease, and the other may have it once it is released", async ({ leases }) => {
  const first = defined(await leases.acquire("northside", "patients"));

  expect(first).toMatchObject({ account: "northside", resource: "patients", epoch: 1 });
  expect(await leases.acquire("northside", "patients")).toBeUndefined();

  await leases.release(first);
  expect(await leases.acquire("northside", "patients")).toMatchObject({ epoch: 2 });
});

test("of many that ask at once, one gets the lease", async ({ redis, keys }) => {
  const [one, other] = [createLeases(redis, keys, TTL_MS), createLeases(redis, keys, TTL_MS)];
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      return await (index % 2 === 0 ? one : other).acquire("northside", "patients");
    }),
  );

  expect(answers.filter(Boolean)).toHaveLength(1);
});

test("each resource of each account has a lease of its own", async ({ leases }) => {
  await leases.acquire("northside", "patients");

  expect(await leases.acquire("northside", "individual_appointments")).toBeDefined();
  expect(await leases.acquire("southbank", "patients")).toBeDefined();
});

test("a lease that is not renewed lapses, and the next holder's epoch is higher", async ({ redis, keys }) => {
  const leases = createLeases(redis, keys, 50);
  const first = defined(await leases.acquire("northside", "patients"));

  await expect.poll(async () => await leases.acquire("northside", "patients")).toMatchObject({ epoch: 2 });
  expect(await leases.renew(first)).toBe(false);
});

test("renewing gives the whole time again", async ({ redis, keys }) => {
  const lease = defined(await createLeases(redis, keys, 5_000).acquire("northside", "patients"));
  const key = keys.lease("northside", "patients");
  expect(await redis.pttl(key)).toBeLessThanOrEqual(5_000);

  expect(await createLeases(redis, keys, TTL_MS).renew(lease)).toBe(true);

  expect(await redis.pttl(key)).toBeGreaterThan(5_000);
});

test("a lease that lapsed cannot be renewed, even though nobody else has it", async ({
  leases,
  redis,
  keys,
}) => {
  const lease = defined(await leases.acquire("northside", "patients"));
  await redis.del(keys.lease("northside", "patients"));

  expect(await leases.renew(lease)).toBe(false);
  expect(await redis.exists(keys.lease("northside", "patients"))).toBe(0);
});

test("somebody who no longer holds it releases nothing, the holder does", async ({ leases, redis, keys }) => {
  const stalled = defined(await leases.acquire("northside", "patients"));
  await redis.del(keys.lease("northside", "patients"));
  const holder = defined(await leases.acquire("northside", "patients"));

  await leases.release(stalled);
  expect(await leases.renew(holder)).toBe(true);

  await leases.release(holder);
  expect(await leases.renew(holder)).toBe(false);
});

test("an epoch is never given twice, however often the lease changes hands", async ({ leases }) => {
  const epochs: number[] = [];
  for (let round = 0; round < 5; round++) {
    const lease = defined(await leases.acquire("northside", "patients"));
    epochs.push(lease.epoch);
    await leases.release(lease);
  }

  expect(epochs).toEqual([1, 2, 3, 4, 5]);
});

const ALL = ["patients", "attendees", "individual_appointments"];

test("no more leases of an account are held at once than asked for", async ({ leases }) => {
  const two = { count: 2, resources: ALL };
  const first = defined(await leases.acquire("northside", "patients", two));
  await leases.acquire("northside", "attendees", two);

  expect(await leases.acquire("northside", "individual_appointments", two)).toBeUndefined();
  expect(await leases.acquire("southside", "individual_appointments", two)).toBeDefined();
  await leases.release(first);
  expect(await leases.acquire("northside", "individual_appointments", two)).toBeDefined();
});

test("of many resources that ask at once, two are let in, whoever asks", async ({ redis, keys }) => {
  const [one, other] = [createLeases(redis, keys, TTL_MS), createLeases(redis, keys, TTL_MS)];
  const resources = Array.from({ length: 20 }, (_, index) => `resource_${index}`);
  const answers = await Promise.all(
    resources.map(
      async (resource, index) =>
        await (index % 2 === 0 ? one : other).acquire("northside", resource, { count: 2, resources }),
    ),
  );

  expect(answers.filter(Boolean)).toHaveLength(2);
});

test("a lease that outlasts any, because Redis's clock went back, is cut to what it may last", async ({
  leases,
  redis,
  keys,
}) => {
  await leases.acquire("northside", "patients");
  await leases.acquire("northside", "attendees");
  for (const resource of ["patients", "attendees"])
    await redis.pexpire(keys.lease("northside", resource), 36_000_000);

  expect(await leases.acquire("northside", "patients")).toBeUndefined();
  expect(await redis.pttl(keys.lease("northside", "patients"))).toBeLessThanOrEqual(TTL_MS);
  expect(await redis.pttl(keys.lease("northside", "attendees"))).toBeGreaterThan(TTL_MS);
  await leases.acquire("northside", "individual_appointments", { count: 2, resources: ALL });
  expect(await redis.pttl(keys.lease("northside", "attendees"))).toBeLessThanOrEqual(TTL_MS);
});

test("a lease that is asked for by others keeps its own end", async ({ leases, redis, keys }) => {
  await leases.acquire("northside", "patients");
  await redis.pexpire(keys.lease("northside", "patients"), 5_000);
  await leases.acquire("northside", "patients");

  expect(await redis.pttl(keys.lease("northside", "patients"))).toBeLessThanOrEqual(5_000);
});
