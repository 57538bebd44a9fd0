import { expect } from "vitest";

import { createClinikoClient } from "../../../src/cliniko/client.ts";
import { Secret } from "../../../src/config/secret.ts";
import { findPlan } from "../../../src/pollers/scan/find-plan.ts";
import { resources } from "../../../src/resources/registry.ts";
import { type PollBench, type PollBenchOptions, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/** A clinic with so many services on pages of so many, read for the first time a day ago. */
async function open(
  given: Pick<PollBenchOptions, "redis" | "keys">,
  count: number,
  page = 100,
): Promise<PollBench> {
  const bench = await createPollBench({
    ...given,
    seed: { patients: 1, appointments: 0 },
    pollEveryMs: QUARTER_MS,
  });
  for (let index = 0; index < count; index += 1) bench.clinic.plant.record("services");
  bench.clinic.faults.enforce({ largestPage: page });
  bench.tick(60_000);
  await bench.poll("services");
  bench.tick(DAY_MS);
  return bench;
}

function idsOf({ clinic }: PollBench): string[] {
  return clinic.desk
    .of("services")
    .rows()
    .map(({ id }) => id);
}

async function told(bench: PollBench): Promise<string[]> {
  return (await bench.events()).map(({ type, subject }) => `${type} ${subject.id}`);
}

async function read(bench: PollBench, polls: number, everyMs = 61_000): Promise<void> {
  for (let poll = 0; poll < polls; poll += 1) {
    await bench.poll("services");
    bench.tick(everyMs);
  }
}

async function isHeld({ keeper }: PollBench): Promise<boolean> {
  const { problems } = await keeper.read("northside");
  return [...problems.values()].some(({ quarantined }) => quarantined);
}

test("a pair that is gone is withdrawn after two readings a minute apart, and offered again when it is back", async ({
  redis,
  keys,
}) => {
  await using bench = await open({ redis, keys }, 6);
  const desk = bench.clinic.desk.of("services");
  const row = desk.rows().at(2);
  const id = row?.id ?? "";
  desk.remove(id);
  const pauseMs = ((await bench.poll("services")) ?? 0) - bench.now();
  // Its tier would let a quarter of an hour pass.
  expect(pauseMs).toBeLessThan(QUARTER_MS / 2);
  expect(pauseMs).toBeGreaterThanOrEqual(60_000);
  bench.tick(30_000);
  await read(bench, 1, 0);
  expect(await told(bench)).toEqual([]);
  bench.tick(31_000);
  await read(bench, 1);
  expect(await told(bench)).toEqual([`service.withdrawn ${id}`]);
  await read(bench, 3);

  desk.create({ ...row });
  // What shows it may be of before it was withdrawn, as long as a cache can be that old.
  await read(bench, 3);
  expect(await told(bench)).toEqual([`service.withdrawn ${id}`]);
  bench.tick(QUARTER_MS);
  const readAt = Math.floor(bench.now() / 1_000) * 1_000;
  await read(bench, 3);
  expect(await told(bench)).toEqual([`service.withdrawn ${id}`, `service.offered ${id}`]);
  const [withdrawn, offered] = await bench.events();
  expect(withdrawn).toMatchObject({ sequence: 1, data: { object: null, transitions: ["withdrawn"] } });
  expect(offered).toMatchObject({
    sequence: 2,
    timestamp: new Date(readAt).toISOString().replace(".000", ""),
    data: { object: { business: {}, appointment_type: {}, practitioners: [{}] }, previous: {} },
  });
  expect(Object.keys(offered?.data.object ?? {})).toEqual(["business", "appointment_type", "practitioners"]);
});

test("who offers it is a set: another order and another host are nothing new, another one is", async ({
  redis,
  keys,
}) => {
  await using bench = await open({ redis, keys }, 2);
  const desk = bench.clinic.desk.of("services");
  const [one = "", two = ""] = bench.seeded.practitionerIds;
  const [id = ""] = idsOf(bench);
  desk.change(id, { practitioner_ids: [one, two] });
  await read(bench, 1);
  expect(await told(bench)).toEqual([`service.practitioners_changed ${id}`]);
  desk.scribble(id, { practitioner_ids: [two, one, two] });
  await read(bench, 1);
  expect((await told(bench)).length).toBe(1);
  desk.change(id, { practitioner_ids: [] });
  await read(bench, 2);
  const [, last] = await bench.events();
  const links = [one, two].toSorted().map((practitioner) => ({
    links: { self: expect.stringMatching(`^https://.*/v1/practitioners/${practitioner}$`) },
  }));
  expect(last).toMatchObject({
    type: "service.practitioners_changed",
    data: { changed: ["practitioners"], previous: { practitioners: links } },
  });
  expect((await told(bench)).length).toBe(2);
});

/** What is done to one of them, with what is told of it. */
const CHANGES = {
  "who offers it": {
    run: ({ clinic, seeded }: PollBench, id: string): void => {
      clinic.desk.of("services").change(id, { practitioner_ids: seeded.practitionerIds.slice(1, 3) });
    },
    told: "service.practitioners_changed",
  },
  "that it is gone": {
    run: ({ clinic }: PollBench, id: string): void => void clinic.desk.of("services").remove(id),
    told: "service.withdrawn",
  },
} as const;

test.for(Object.keys(CHANGES))(
  "two caches that answer in turn tell once of %s, however long they do, and when they agree it is so",
  async (what, { redis, keys }) => {
    await using bench = await open({ redis, keys }, 4);
    const change = CHANGES[what === "that it is gone" ? what : "who offers it"];
    const [id = ""] = idsOf(bench);
    const row = bench.clinic.desk
      .of("services")
      .rows()
      .find((known) => known.id === id);
    await read(bench, 1);
    bench.clinic.faults.alternateList("services", bench.now());
    bench.tick(1_000);
    change.run(bench, id);
    // By the answers of one the other is the old one, and of a removal nobody can tell which of the two it is.
    await read(bench, 60);
    await read(bench, 6, QUARTER_MS);
    const early = await told(bench);
    expect([[], [`${change.told} ${id}`]]).toContainEqual(early);
    bench.clinic.faults.heal();
    await read(bench, 20);
    expect(await told(bench)).toEqual([`${change.told} ${id}`]);
    // And back again, for good.
    bench.clinic.faults.alternateList("services", bench.now());
    bench.tick(1_000);
    const desk = bench.clinic.desk.of("services");
    if (desk.rows().some((known) => known.id === id)) desk.change(id, { ...row });
    else desk.create({ ...row });
    await read(bench, 30);
    bench.clinic.faults.heal();
    await read(bench, 20);
    expect(await told(bench)).toHaveLength(2);
  },
);

test("a list that leaves one out, after another that had shown it again, is not believed a minute later", async ({
  redis,
  keys,
}) => {
  await using bench = await open({ redis, keys }, 4);
  const { faults } = bench.clinic;
  const [id = ""] = idsOf(bench);
  const leaveOut = (): void => faults.unlist("services", [id]);
  leaveOut();
  await read(bench, 1);
  faults.heal();
  await read(bench, 1);
  leaveOut();
  await read(bench, 4);
  expect(await told(bench)).toEqual([]);
  await read(bench, 14);
  expect(await told(bench)).toEqual([`service.withdrawn ${id}`]);
});

test("a reading that broke off, and one during which the list moved, say nothing of who is missing", async ({
  redis,
  keys,
}) => {
  await using bench = await open({ redis, keys }, 9, 3);
  const desk = bench.clinic.desk.of("services");
  const [first = "", ...others] = idsOf(bench);
  let pages = 0;
  bench.beforeAnswer((path) => {
    pages += path.includes("/services?") ? 1 : 0;
    if (pages === 2) bench.clinic.faults.failNext({ kind: "status", status: 504 });
  });
  const gone = others.at(-1) ?? "";
  desk.remove(gone);
  await read(bench, 1);
  expect(bench.scans.at(-1)?.kind).toBe("failed");
  expect((await bench.reading.suspects("northside", "services")).size).toBe(0);

  // Between the first page and the second a row of the first goes: one slips to where nobody looks any more.
  let isMoving = true;
  bench.beforeAnswer((path) => {
    if (!isMoving || !path.includes("page=2")) return;
    isMoving = false;
    desk.remove(first);
  });
  await read(bench, 1);
  expect(isMoving).toBe(false);
  const suspects = [...(await bench.reading.suspects("northside", "services")).keys()];
  expect(suspects.toSorted()).toEqual([first, gone].toSorted());
  await read(bench, 3);
  expect((await told(bench)).toSorted()).toEqual(
    [`service.withdrawn ${first}`, `service.withdrawn ${gone}`].toSorted(),
  );
});

test("one that never comes to rest is read a few times, says nothing, and what appears is told all the same", async ({
  redis,
  keys,
}) => {
  await using bench = await open({ redis, keys }, 9, 3);
  const desk = bench.clinic.desk.of("services");
  const row = desk.rows().at(0);
  bench.beforeAnswer((path) => {
    if (!path.includes("page=2")) return;
    if (desk.rows().some(({ id }) => id === row?.id)) desk.remove(row?.id ?? "");
    else desk.create({ ...row });
  });
  const before = bench.requests();
  await read(bench, 4);
  expect(bench.requests() - before).toBeLessThanOrEqual(4 * 3 * 4);
  expect(await told(bench)).toEqual([]);
  const added = desk.create({ ...row });
  bench.beforeAnswer(() => undefined);
  await read(bench, 1);
  expect(await told(bench)).toEqual(added === row?.id ? [] : [`service.offered ${added}`]);
});

test("when most of them are gone at once the account is held, and when all of them are", async ({
  redis,
  keys,
}) => {
  for (const left of [4, 0]) {
    await redis.flushdb();
    await using bench = await open({ redis, keys }, 30);
    const desk = bench.clinic.desk.of("services");
    const rows = desk.rows();
    for (const { id } of rows.slice(left)) desk.remove(id);
    await read(bench, 3);
    expect(await isHeld(bench)).toBe(true);
    expect(await told(bench)).toEqual([]);
    // They are back, and nothing was said.
    for (const row of rows.slice(left)) desk.create({ ...row });
    await bench.release();
    await read(bench, 3);
    expect(await isHeld(bench)).toBe(false);
    expect(await told(bench)).toEqual([]);
  }
});

test("whoever looks for a way of reading it finds the only one, and one of them by what it is", async ({
  redis,
  keys,
}) => {
  await using bench = await open({ redis, keys }, 5, 2);
  await using client = createClinikoClient({
    apiKey: new Secret(bench.clinic.addKey()),
    baseUrl: bench.baseUrl,
    contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
    budget: { take: async () => 0, freeInMs: async () => 0, blockUntil: async () => undefined },
    timeoutMs: 10_000,
    maxBudgetWaitMs: 0,
    now: bench.now,
    sleep: async () => undefined,
  });
  const { signal } = new AbortController();
  const { services } = resources;
  expect(await findPlan(client, services, 0, signal)).toMatchObject({ name: "pages" });
  const id = idsOf(bench).at(-1) ?? "";
  expect(await client.findRecord(services, id)).toMatchObject({ kind: "ok", found: true, row: { id } });
  expect(await client.findRecord(services, "1:2")).toMatchObject({ kind: "ok", found: false });
  bench.clinic.faults.restrict("services", "forbidden");
  expect(await client.findRecord(services, id)).toMatchObject({ kind: "forbidden" });
});
