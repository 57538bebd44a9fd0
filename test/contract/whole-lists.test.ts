import { randomBytes } from "node:crypto";

import { describe, expect } from "vitest";

import { isResourceName, resources } from "../../src/resources/registry.ts";
import { TABLE_NAMES } from "../../src/sandbox/tables/tables.ts";
import { createKeys } from "../../src/store/redis/keys.ts";
import { type RedisAddress, connectRedis } from "../../src/store/redis/redis.ts";
import { type PollBench, createPollBench } from "../support/poll-bench.ts";
import { test as base } from "../support/redis-test.ts";

const WHOLE = TABLE_NAMES.filter(isResourceName).filter((name) => resources[name].reading === "whole");
type Whole = (typeof WHOLE)[number];
/** Of each resource: more than are believed to be gone at once, on pages of seven. */
const PLANTED = 30;
const PAGE = 7;
const DAY_MS = 86_400_000;

/** What came of one resource, read whole from a clinic that does all of this to it. */
interface Seen {
  /** Requests of a poll that found nothing, and of the fewest that its lists take. */
  readonly quiet: readonly [requests: number, fewest: number];
  /** Outcome of a reading that failed in its middle, with those that it suspects. */
  readonly interrupted: readonly [outcome: string | undefined, suspects: number];
  /** Those that were removed, and what was told by then. */
  readonly removed: string;
  readonly toldOfRemoved: readonly string[];
  /** Whether the account was held when a few, and when many, left the list but not the clinic; and what was told by the end. */
  readonly isHeldByFew: boolean;
  readonly isHeldByMany: boolean;
  readonly toldOfHidden: readonly string[];
  /** What the requests of ten polls were, while a few that answer were in no list, beyond those that its lists take. */
  readonly costOfFew: number;
}

const test = base.extend(
  "seen",
  { scope: "file" },
  async ({ address }): Promise<ReadonlyMap<Whole, Seen>> => await readAll(address),
);

async function readAll(address: RedisAddress): Promise<ReadonlyMap<Whole, Seen>> {
  const redis = await connectRedis(address, 10_000);
  const keys = createKeys(`t${randomBytes(6).toString("hex")}`);
  await using bench = await createPollBench({ redis, keys, seed: { patients: 1, appointments: 0 } });
  for (const name of WHOLE) for (let count = 0; count < PLANTED; count += 1) bench.clinic.plant.record(name);
  bench.clinic.faults.enforce({ largestPage: PAGE });
  bench.tick(60_000);
  for (const name of WHOLE) await bench.poll(name);
  const seen = new Map<Whole, Seen>();
  for (const name of WHOLE) seen.set(name, await readOne(bench, name));
  redis.disconnect();
  return seen;
}

async function readOne(bench: PollBench, name: Whole): Promise<Seen> {
  const { clinic, keeper, reading } = bench;
  const rows = clinic.desk.of(name).rows();
  const from = (await bench.events()).length;
  const told = async (): Promise<string[]> =>
    (await bench.events()).slice(from).map(({ type, subject }) => `${type} ${subject.id}`);
  const read = async (polls = 1): Promise<number> => {
    const before = bench.requests();
    for (let poll = 0; poll < polls; poll += 1) {
      bench.tick(61_000);
      await bench.poll(name);
    }
    return bench.requests() - before;
  };
  const isHeld = async (): Promise<boolean> =>
    [...(await keeper.read("northside")).problems.values()].some(({ quarantined }) => quarantined);
  const heal = (): void => {
    clinic.faults.heal();
    clinic.faults.enforce({ largestPage: PAGE });
  };
  bench.tick(DAY_MS);
  const lists = Math.max(1, Object.keys(resources[name].parts).length);
  const quiet = [await read(), Math.ceil(rows.length / PAGE) + lists - 1] as const;

  const removed = rows.at(-1)?.id ?? "";
  clinic.desk.of(name).remove(removed);
  let pages = 0;
  bench.beforeAnswer((path) => {
    pages += path.includes(`/${name}?`) ? 1 : 0;
    if (pages === 2) clinic.faults.failNext({ kind: "status", status: 504 });
  });
  await read();
  bench.beforeAnswer(() => undefined);
  const suspects = await reading.suspects("northside", name);
  const interrupted = [bench.scans.at(-1)?.kind, suspects.size] as const;
  await read(3);
  const toldOfRemoved = await told();

  const others = rows.filter(({ id }) => id !== removed).map(({ id }) => id);
  clinic.faults.unlist(name, others.slice(10, 14));
  await read(2);
  const isHeldByFew = await isHeld();
  const costOfFew = (await read(10)) - 10 * Math.ceil((others.length - 4) / PAGE);
  heal();
  await read();
  clinic.faults.unlist(name, others.slice(4, 27));
  await read(3);
  const isHeldByMany = await isHeld();
  heal();
  await bench.release();
  await read(3);
  const toldOfHidden = (await told()).slice(toldOfRemoved.length);
  expect(await isHeld()).toBe(false);
  return {
    quiet,
    interrupted,
    removed,
    toldOfRemoved,
    isHeldByFew,
    isHeldByMany,
    toldOfHidden,
    costOfFew,
  };
}

describe.each(WHOLE)("%s, read whole", (name) => {
  test("costs its pages, tells what is gone for good, and believes no list that is not complete", ({
    seen,
  }) => {
    const one = seen.get(name);
    const [requests = Infinity, fewest = 0] = one?.quiet ?? [];
    expect(requests).toBeLessThanOrEqual(fewest + 1);
    expect(one?.interrupted).toEqual(["failed", 0]);
    expect(one?.toldOfRemoved).toEqual([`${resources[name].subject}.deleted ${one?.removed}`]);
    expect([one?.isHeldByFew, one?.isHeldByMany, one?.toldOfHidden]).toEqual([false, true, []]);
    expect(one?.costOfFew).toBeLessThanOrEqual(10);
  });
});
