import { expect } from "vitest";

import { RESOURCE_NAMES, type ResourceName, resources } from "../../../src/resources/registry.ts";
import { type PollBench, type PollBenchOptions, createPollBench } from "../../support/poll-bench.ts";
import { disposedAfter, test as base } from "../../support/redis-test.ts";

const test = base.extend("bench", async ({ redis, keys }, { onCleanup }) =>
  disposedAfter(onCleanup, await open({ redis, keys }, 150)),
);

const DAY_MS = 86_400_000;

const WHOLE = RESOURCE_NAMES.filter((name) => resources[name].reading === "whole");

/** A clinic with so many taxes, and with whatever else is planted, read for the first time yesterday. */
async function open(
  given: Pick<PollBenchOptions, "redis" | "keys" | "unknowns">,
  taxes = 0,
  plant: (bench: PollBench) => void = () => undefined,
): Promise<PollBench> {
  const bench = await createPollBench({
    ...given,
    seed: { patients: 1, appointments: 0 },
    pollEveryMs: DAY_MS,
  });
  for (let count = 0; count < taxes; count += 1) bench.clinic.plant.record("taxes");
  plant(bench);
  bench.tick(60_000);
  for (const resource of WHOLE) await bench.poll(resource);
  bench.tick(DAY_MS);
  return bench;
}

function taxesOf({ clinic }: PollBench): string[] {
  return clinic.desk
    .of("taxes")
    .rows()
    .map(({ id }) => id);
}

/** Reads it, and again whenever it asks for that soon. Resolves to the pauses that it asked for, ms. */
async function settle(bench: PollBench, resource: ResourceName, polls = 3): Promise<number[]> {
  const pauses: number[] = [];
  for (let poll = 0; poll < polls; poll += 1) {
    pauses.push(((await bench.poll(resource)) ?? 0) - bench.now());
    bench.tick(61_000);
  }
  return pauses;
}

async function told(bench: PollBench): Promise<string[]> {
  return (await bench.events()).map(({ type, subject }) => `${type} ${subject.id}`);
}

async function isHeld({ keeper }: PollBench): Promise<boolean> {
  const { problems } = await keeper.read("northside");
  return [...problems.values()].some(({ quarantined }) => quarantined);
}

async function suspectsOf({ reading }: PollBench, resource: ResourceName): Promise<number> {
  return (await reading.suspects("northside", resource)).size;
}

test("one that is gone is told after two answers, with when it was last there, and one that a list leaves out is not", async ({
  bench,
}) => {
  const [gone = "", left = ""] = taxesOf(bench);
  await bench.poll("taxes");
  const seenAt = bench.now();
  bench.tick(DAY_MS);
  bench.clinic.desk.of("taxes").remove(gone);
  bench.clinic.faults.unlist("taxes", [left]);
  await settle(bench, "taxes");
  expect(await told(bench)).toEqual([`tax.deleted ${gone}`]);
  const [event] = await bench.events();
  expect(event?.data.previous).toEqual({ name: "GST", rate: "10" });
  const { after = "", at = "" } = event?.observed ?? {};
  expect(Math.abs(Date.parse(after) - seenAt)).toBeLessThan(5_000);
  expect(Date.parse(at)).toBeGreaterThan(seenAt + DAY_MS);
});

test("a change that moves no stamp is told, and a reading that finds none tells nothing and asks for its pages alone", async ({
  bench,
}) => {
  const [one = ""] = taxesOf(bench);
  const before = bench.requests();
  await bench.poll("taxes");
  expect([await told(bench), bench.requests() - before]).toEqual([[], 2]);
  bench.tick(DAY_MS);
  bench.clinic.desk.of("taxes").scribble(one, { rate: "12.5" }, false);
  await bench.poll("taxes");
  expect(await told(bench)).toEqual([`tax.rate_changed ${one}`]);
});

test("a page that vanishes from the middle is held, and after its return nothing is told", async ({
  bench,
}) => {
  bench.clinic.faults.unlist("taxes", taxesOf(bench).slice(60, 90));
  await settle(bench, "taxes");
  expect([await isHeld(bench), await told(bench), await suspectsOf(bench, "taxes")]).toEqual([true, [], 0]);
  bench.clinic.faults.heal();
  await bench.release();
  await settle(bench, "taxes");
  expect([await isHeld(bench), await told(bench)]).toEqual([false, []]);
  expect(bench.notices.at(-1)?.transition).toBe("recovered");
});

test("many that are gone are held, and told when an operator says that they are", async ({ bench }) => {
  const gone = taxesOf(bench).slice(0, 25);
  for (const id of gone) bench.clinic.desk.of("taxes").remove(id);
  await settle(bench, "taxes");
  expect([await isHeld(bench), await told(bench)]).toEqual([true, []]);
  await bench.release({ acceptDeletions: true });
  await settle(bench, "taxes", 8);
  expect((await told(bench)).toSorted()).toEqual(gone.map((id) => `tax.deleted ${id}`).toSorted());
  expect((await bench.reading.read("northside", "taxes")).deletionsAccepted).toBe(false);
});

test.for([
  {
    name: "answers empty",
    faults: (bench: PollBench) => bench.clinic.faults.unlist("taxes", taxesOf(bench)),
  },
  {
    name: "is hidden from the user",
    faults: (bench: PollBench) => bench.clinic.faults.restrict("taxes", "empty"),
  },
])("nothing is deleted by a list that $name", async ({ faults }, { redis, keys }) => {
  await using bench = await open({ redis, keys }, 12);
  faults(bench);
  await settle(bench, "taxes", 6);
  expect(await told(bench)).toEqual([]);
  bench.clinic.faults.heal();
  bench.clinic.faults.unrestrict();
  if (await isHeld(bench)) await bench.release();
  await settle(bench, "taxes");
  expect([await told(bench), await suspectsOf(bench, "taxes")]).toEqual([[], 0]);
});

test.for([
  { name: "fails in the middle", isLost: false },
  { name: "loses its lease in the middle", isLost: true },
])(
  "a reading that $name suspects nobody, and the next one finds what is gone",
  async ({ isLost }, { bench, redis, keys }) => {
    const [gone = ""] = taxesOf(bench).slice(20);
    bench.clinic.desk.of("taxes").remove(gone);
    let pages = 0;
    bench.beforeAnswer((path) => {
      pages += path.includes("/taxes?") ? 1 : 0;
      if (pages !== 2) return;
      // The reading's next commit comes after it on this connection.
      if (isLost) void redis.del(keys.lease("northside", "taxes"));
      else bench.clinic.faults.failNext({ kind: "status", status: 504 });
    });
    await bench.poll("taxes");
    expect(bench.scans.at(-1)?.kind).toBe(isLost ? "stopped" : "failed");
    expect([pages, await suspectsOf(bench, "taxes"), await told(bench)]).toEqual([2, 0, []]);
    await settle(bench, "taxes");
    expect(await told(bench)).toEqual([`tax.deleted ${gone}`]);
  },
);

test("a first sync that stops in the middle goes on there, and suspects nobody", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 1, appointments: 0 } });
  for (let count = 0; count < 150; count += 1) bench.clinic.plant.record("taxes");
  bench.tick(60_000);
  let pages = 0;
  bench.beforeAnswer((path) => {
    pages += path.includes("/taxes?") ? 1 : 0;
    if (pages === 2) bench.clinic.faults.failNext({ kind: "status", status: 500 });
  });
  for (let poll = 0; poll < 2; poll += 1) {
    await bench.poll("taxes");
    bench.tick(10_000);
  }
  expect(bench.scans.map(({ kind }) => kind)).toEqual(["failed", "completed"]);
  expect([pages, await isHeld(bench), await suspectsOf(bench, "taxes"), await told(bench)]).toEqual([
    3,
    false,
    0,
    [],
  ]);
});

test("the second look at one that is gone does not wait for its tier", async ({ redis, keys }) => {
  await using bench = await open({ redis, keys }, 3);
  const [gone = ""] = taxesOf(bench);
  const [quiet = 0] = await settle(bench, "taxes", 1);
  bench.clinic.desk.of("taxes").remove(gone);
  const [soon, after = 0] = await settle(bench, "taxes", 2);
  expect(soon).toBe(61_000);
  expect([quiet > 61_000, after > 61_000, await told(bench)]).toEqual([true, true, [`tax.deleted ${gone}`]]);
});

/** One who practises and one who does not, and says so or not. */
async function openStaff(
  given: Pick<PollBenchOptions, "redis" | "keys">,
  says_active: boolean,
): Promise<PollBench & { readonly there: string; readonly left: string }> {
  const ids = { there: "", left: "" };
  const bench = await open(given, 0, ({ clinic: { plant } }) => {
    ids.there = plant.practitioner({ says_active });
    ids.left = plant.practitioner({ says_active, active: false });
  });
  await bench.poll("practitioners");
  bench.tick(DAY_MS);
  expect(await bench.events()).toEqual([]);
  return { ...bench, ...ids };
}

test.for([true, false])(
  "who leaves, and who comes back, is told by the list that they are in where they say %s of it themselves",
  async (says, { redis, keys }) => {
    await using bench = await openStaff({ redis, keys }, says);
    const { desk } = bench.clinic;
    desk.setPractitionerActive(bench.there, false);
    desk.setPractitionerActive(bench.left, true);
    await settle(bench, "practitioners");
    expect((await told(bench)).toSorted()).toEqual(
      [`practitioner.deactivated ${bench.there}`, `practitioner.reactivated ${bench.left}`].toSorted(),
    );
    const objects = (await bench.events()).map(({ data }) => data.object?.["active"]);
    expect(objects.map(String).toSorted()).toEqual(["false", "true"]);
  },
);

test.for([
  { says: true, active: false },
  { says: true, active: true },
  { says: false, active: false },
  { says: false, active: true },
])(
  "who moves between the lists while they are read is told once: %o",
  async ({ says, active }, { redis, keys }) => {
    await using bench = await openStaff({ redis, keys }, says);
    const id = active ? bench.left : bench.there;
    let isMoved = false;
    bench.beforeAnswer((path) => {
      if (isMoved || !path.includes("/practitioners/inactive")) return;
      isMoved = true;
      bench.clinic.desk.setPractitionerActive(id, active);
    });
    await settle(bench, "practitioners");
    expect([isMoved, await told(bench)]).toEqual([
      true,
      [`practitioner.${active ? "reactivated" : "deactivated"} ${id}`],
    ]);
    expect(await suspectsOf(bench, "practitioners")).toBe(0);
  },
);

test("where there is no list of those who left they are asked for by id", async ({ redis, keys }) => {
  await using bench = await openStaff({ redis, keys }, true);
  bench.clinic.faults.enforce({ parts: "gone" });
  bench.clinic.desk.setPractitionerActive(bench.there, false);
  await settle(bench, "practitioners", 5);
  expect(await told(bench)).toEqual([`practitioner.deactivated ${bench.there}`]);
  bench.tick(7_200_000);
  const before = bench.requests();
  await settle(bench, "practitioners", 5);
  expect(bench.requests() - before).toBe(5);
  bench.clinic.desk.setPractitionerActive(bench.there, true);
  await settle(bench, "practitioners");
  expect(await told(bench)).toEqual([
    `practitioner.deactivated ${bench.there}`,
    `practitioner.reactivated ${bench.there}`,
  ]);
});

test("a list that is not there at all is no question of how to read it", async ({ redis, keys }) => {
  await using bench = await openStaff({ redis, keys }, true);
  bench.clinic.faults.restrict("practitioners", "missing");
  await settle(bench, "practitioners");
  bench.clinic.faults.unrestrict();
  bench.tick(3_600_000);
  bench.clinic.desk.setPractitionerActive(bench.there, false);
  await settle(bench, "practitioners");
  expect(await told(bench)).toEqual([`practitioner.deactivated ${bench.there}`]);
  expect((await bench.reading.read("northside", "practitioners")).plan).toBeUndefined();
});

/** One more of a resource than the clinic has. */
async function openWith(
  given: Pick<PollBenchOptions, "redis" | "keys" | "unknowns">,
  name: "users" | "product_suppliers" | "daily_availabilities",
): Promise<PollBench & { readonly id: string }> {
  let id = "";
  const bench = await open(given, 0, ({ clinic: { plant } }) => {
    id = plant.record(name);
    plant.record(name);
  });
  return { ...bench, id };
}

test.for([
  { inactiveUsersListed: true, activeMovesUpdatedAt: false },
  { inactiveUsersListed: false, activeMovesUpdatedAt: false },
  { inactiveUsersListed: false, activeMovesUpdatedAt: true },
])(
  "a user who may not sign in any longer, and may again, is told where %o",
  async (unknowns, { redis, keys }) => {
    await using bench = await openWith({ redis, keys, unknowns }, "users");
    const { desk } = bench.clinic;
    desk.of("users").perform(bench.id, "deactivate");
    await settle(bench, "users");
    expect(await told(bench)).toEqual([`user.deactivated ${bench.id}`]);
    desk.of("users").perform(bench.id, "reactivate");
    await settle(bench, "users");
    expect((await told(bench)).slice(1)).toEqual([`user.reactivated ${bench.id}`]);
    desk.of("users").perform(bench.id, "deactivate");
    desk.of("users").change(bench.id, { role: "scheduler" });
    await settle(bench, "users");
    expect((await bench.events()).at(-1)?.data.transitions).toEqual(["role_changed", "deactivated"]);
  },
);

test("who has left the list and answers by id is asked for once a day, told of when that changes, and missed when it is gone", async ({
  redis,
  keys,
}) => {
  await using bench = await openWith({ redis, keys, unknowns: { inactiveUsersListed: false } }, "users");
  const { desk } = bench.clinic;
  desk.of("users").perform(bench.id, "deactivate");
  await settle(bench, "users");
  const readOften = async (polls: number): Promise<number> => {
    const before = bench.requests();
    for (let poll = 0; poll < polls; poll += 1) {
      bench.tick(900_000);
      await bench.poll("users");
    }
    return bench.requests() - before - polls;
  };
  expect(await readOften(80)).toBe(0);
  desk.of("users").change(bench.id, { first_name: "Nadia" });
  // The witness before it, itself, and, as it is another one than before, whose answers these are.
  expect(await readOften(20)).toBe(1 + 1 + 2);
  expect((await told(bench)).slice(1)).toEqual([`user.updated ${bench.id}`]);
  const deletedAt = bench.now();
  desk.of("users").remove(bench.id);
  await readOften(100);
  expect((await told(bench)).slice(2)).toEqual([`user.deleted ${bench.id}`]);
  const { after = "", at = "" } = (await bench.events()).at(-1)?.observed ?? {};
  expect(Date.parse(after)).toBeLessThanOrEqual(deletedAt);
  expect(Date.parse(at)).toBeGreaterThan(deletedAt);
});

test.for([true, false])(
  "a supplier that is archived is kept without a word where it answers by id: %s",
  async (archivedSuppliersAnswer, { redis, keys }) => {
    const given = { redis, keys, unknowns: { archivedSuppliersAnswer } };
    await using bench = await openWith(given, "product_suppliers");
    bench.clinic.desk.of("product_suppliers").perform(bench.id, "archive");
    await settle(bench, "product_suppliers");
    expect(await told(bench)).toEqual(
      archivedSuppliersAnswer ? [] : [`product_supplier.deleted ${bench.id}`],
    );
    const before = bench.requests();
    await settle(bench, "product_suppliers", 10);
    expect(bench.requests() - before).toBe(10);
  },
);

test("what many that answer by id cost in one poll is bounded, and holds nothing", async ({
  redis,
  keys,
}) => {
  const unknowns = { archivedSuppliersAnswer: true };
  const ids: string[] = [];
  await using bench = await open({ redis, keys, unknowns }, 0, ({ clinic: { plant } }) => {
    for (let count = 0; count < 60; count += 1) ids.push(plant.record("product_suppliers"));
  });
  const { desk } = bench.clinic;
  // Not more at once than a clinic deletes.
  for (let from = 0; from < 45; from += 15) {
    for (const id of ids.slice(from, from + 15)) desk.of("product_suppliers").perform(id, "archive");
    await settle(bench, "product_suppliers");
  }
  for (let day = 0; day < 4; day += 1) {
    bench.tick(DAY_MS);
    const before = bench.requests();
    await bench.poll("product_suppliers");
    // The list, a witness, and so many of those that answer.
    expect(bench.requests() - before).toBeLessThanOrEqual(1 + 1 + 10);
  }
  expect([await isHeld(bench), await told(bench)]).toEqual([false, []]);
});

test.for([true, false])(
  "a weekday that is taken away is told where its row stays: %s",
  async (stays, { redis, keys }) => {
    const given = { redis, keys, unknowns: { removedWeekdayStays: stays } };
    await using bench = await openWith(given, "daily_availabilities");
    bench.clinic.desk.of("daily_availabilities").perform(bench.id, "takeAway");
    await settle(bench, "daily_availabilities");
    const events = (await bench.events()).map(({ type, data }) => [type, data.transitions]);
    expect(events).toEqual(
      stays
        ? [["daily_availability.closed", ["closed"]]]
        : [["daily_availability.deleted", ["deleted", "closed"]]],
    );
  },
);

test("a list of a cache takes nothing back: who was made inactive stays so, and what is gone stays gone", async ({
  redis,
  keys,
}) => {
  await using bench = await openWith({ redis, keys }, "users");
  const { desk, faults } = bench.clinic;
  const [tax = ""] = ["first", "other"].map(() => bench.clinic.plant.record("taxes"));
  await bench.poll("taxes");
  bench.tick(DAY_MS);
  const from = (await told(bench)).length;
  desk.of("taxes").remove(tax);
  desk.of("users").perform(bench.id, "deactivate");
  await settle(bench, "users", 1);
  await settle(bench, "taxes", 2);
  const news = [`user.deactivated ${bench.id}`, `tax.deleted ${tax}`];
  expect((await told(bench)).slice(from)).toEqual(news);
  faults.staleLists({ minMs: 250_000, maxMs: 250_000 });
  for (const resource of ["users", "taxes"] as const) await bench.poll(resource);
  expect(bench.scans.slice(-2).map((scanned) => "doubted" in scanned && scanned.doubted)).toEqual([
    [bench.id],
    [tax],
  ]);
  faults.heal();
  for (const resource of ["users", "taxes"] as const) await settle(bench, resource, 2);
  expect((await told(bench)).slice(from)).toEqual(news);
});

test("what changes without a stamp soon after a reading is asked for by id, a few in a poll, and all of it is told", async ({
  redis,
  keys,
}) => {
  await using bench = await open({ redis, keys }, 25);
  await bench.poll("taxes");
  bench.tick(61_000);
  const ids = taxesOf(bench);
  for (const id of ids) bench.clinic.desk.of("taxes").scribble(id, { rate: "12.5" }, false);
  const before = bench.requests();
  const pauses = await settle(bench, "taxes", 4);
  expect((await told(bench)).toSorted()).toEqual(ids.map((id) => `tax.rate_changed ${id}`).toSorted());
  expect(pauses.slice(0, 2)).toEqual([61_000, 61_000]);
  // Each by itself, in three polls; and whose answers these are, where nothing was as it was.
  expect(bench.requests() - before).toBeLessThan(4 + 25 + 2 * 25 + 1);
});
