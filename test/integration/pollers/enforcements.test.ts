import { describe, expect } from "vitest";

import { type ResourceName, isResourceName, resources } from "../../../src/resources/registry.ts";
import type { Clinic } from "../../../src/sandbox/clinic/clinic.ts";
import type { Strictness } from "../../../src/sandbox/faults/strictness.ts";
import type { Unknowns } from "../../../src/sandbox/clinic/unknowns.ts";
import type { WebhookEvent } from "../../../src/diff/event.ts";
import { columnValue } from "../../../src/sandbox/storage/columns.ts";
import { TABLE_NAMES, type TableName, specs } from "../../../src/sandbox/tables/tables.ts";
import { editOf, owed } from "../../support/trials.ts";
import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

interface Enforcement {
  readonly name: string;
  readonly strictness: Strictness;
  /** Fixed when the clinic is made: not for what begins while it runs. */
  readonly unknowns?: Partial<Unknowns>;
  /** The plan that is found, whether or not a row has proved that `deleted_at` hides none; of patients the second. */
  readonly plans: readonly [string, string?];
}

/** What an account may refuse, or ignore without a word: each alone, and some together. */
const ENFORCEMENTS: readonly Enforcement[] = [
  { name: "nothing", strictness: {}, plans: ["combined"] },
  {
    name: "wildcards beside updated_at",
    strictness: {},
    unknowns: { wildcardsCombine: false },
    plans: ["apart"],
  },
  {
    name: "deleted_at",
    strictness: {},
    unknowns: { deletedAtFilterable: false },
    plans: ["combined-undeleted", "combined"],
  },
  { name: "wildcards beside any condition", strictness: { wildcards: "alone" }, plans: ["apart"] },
  { name: "wildcards", strictness: { wildcards: "refused" }, plans: ["apart"] },
  { name: "wildcards, without a word", strictness: { wildcards: "ignored" }, plans: ["apart"] },
  {
    name: "wildcards and null tests, without a word",
    strictness: { wildcards: "ignored", presence: "ignored" },
    plans: ["dated"],
  },
  {
    name: "wildcards and null tests",
    strictness: { wildcards: "refused", presence: "refused" },
    plans: ["dated"],
  },
  {
    name: "wildcards, where deleted_at hides too",
    strictness: { wildcards: "refused", deletedHides: true },
    plans: ["apart"],
  },
  {
    name: "deleted_at, which hides too",
    strictness: { deletedHides: true },
    unknowns: { deletedAtFilterable: false },
    plans: ["old-lists", "combined"],
  },
  {
    name: "deleted_at, which hides too, and wildcards",
    strictness: { deletedHides: true, wildcards: "refused" },
    unknowns: { deletedAtFilterable: false },
    plans: ["old-lists", "apart"],
  },
  { name: "columns that hide", strictness: { hiddenColumns: "refused" }, plans: ["old-lists"] },
  {
    name: "columns that hide, and updated_at of old lists",
    strictness: { hiddenColumns: "refused", oldLists: "own_column" },
    plans: ["old-lists-own"],
  },
  {
    name: "columns that hide, and every filter of old lists",
    strictness: { hiddenColumns: "refused", oldLists: "unfiltered" },
    plans: ["old-lists-unfiltered"],
  },
  { name: "sort by id", strictness: { sortById: "refused" }, plans: ["combined-by-created"] },
  { name: "sort", strictness: { sort: "refused" }, plans: ["combined-by-created"] },
  { name: "updated_at", strictness: { updatedAt: "refused" }, plans: ["combined-whole"] },
  { name: "updated_at, without a word", strictness: { updatedAt: "ignored" }, plans: ["combined-whole"] },
  { name: "lists of ids", strictness: { idLists: "refused" }, plans: ["combined"] },
  { name: "larger pages than 7", strictness: { largestPage: 7 }, plans: ["combined"] },
  {
    name: "ranges of ids, on small pages",
    strictness: { idRanges: "refused", largestPage: 7 },
    plans: ["combined-by-created"],
  },
  {
    name: "ranges of ids, without a word, on small pages",
    strictness: { idRanges: "ignored", largestPage: 7 },
    plans: ["combined-by-created"],
  },
  {
    name: "sort by id and created_at",
    strictness: { sortById: "refused", createdAt: "refused", largestPage: 7 },
    plans: ["combined-by-page"],
  },
  {
    name: "wildcards and sort",
    strictness: { wildcards: "refused", sort: "refused" },
    plans: ["apart-by-created"],
  },
  {
    name: "wildcards and lists of ids",
    strictness: { wildcards: "refused", idLists: "refused" },
    plans: ["apart"],
  },
  {
    name: "columns that hide, sort and ranges of ids",
    strictness: { hiddenColumns: "refused", sort: "refused", idRanges: "refused" },
    plans: ["old-lists-by-created"],
  },
  {
    name: "wildcards and updated_at",
    strictness: { wildcards: "refused", updatedAt: "refused" },
    plans: ["apart-whole"],
  },
];

/** Whatever the account takes, until something that is archived has shown. */
const UNPROVED = "unproved";

/** One resource of each way of being listed: what its rows are hidden by, what lists it has, and which rows are kept. */
const LISTED_ALIKE = new Map(
  // What has no id has no filters either that could be refused.
  TABLE_NAMES.filter(isResourceName)
    .filter((name) => resources[name].hasStamps)
    .toReversed()
    .map((name) => {
      const { hiddenBy, deletedHides, variants, parts, keptIf } = resources[name];
      return [JSON.stringify([hiddenBy, deletedHides, variants, parts, keptIf]), name];
    }),
);
const EACH_LISTING = [...LISTED_ALIKE.values()].toReversed();

const RUNTIME = ENFORCEMENTS.filter(({ unknowns }) => unknowns === undefined);

function planFor(
  resource: ResourceName & TableName,
  { plans: [plan, ofPatients = plan], strictness, unknowns }: Enforcement,
): string {
  const { deletedHides, hiddenBy, reading, variants } = resources[resource];
  // What is read whole is never asked since when.
  const own = deletedHides ? plan : ofPatients;
  const known = own.replace(reading === "whole" ? "-whole" : /$^/, "");
  const best = reading === "whole" ? "all" : "combined";
  if (reading === "whole" && hiddenBy.length > 0) {
    // No other condition stands beside a wildcard there.
    if (unknowns?.wildcardsCombine === false) return best;
    if (strictness.wildcards === "alone") return deletedHides ? `${best}-undeleted` : best;
  }
  if (hiddenBy.length === 0)
    return known.replace(/^(?:combined|apart|dated|old-lists(?:-own|-unfiltered)?)/, best);
  if (strictness.deletedHides && unknowns && isBlind(resource) && deletedHides) return UNPROVED;
  // The first that answers: `/deleted` is asked by its own column anyway, and where there is no old list there is nothing to ask.
  const isOneWay = isBlind(resource) || reading === "whole";
  if (own.startsWith("old-lists") && isOneWay) return own.replace(/-(?:own|unfiltered)/, "");
  const isDeletedAlone = Object.values(variants).every((variant) => variant === "deleted");
  if (own === "old-lists-own" && isDeletedAlone) return "old-lists";
  return known.replace("combined", best);
}

/** Nothing but the columns themselves shows what they hide. */
function isBlind(resource: ResourceName & TableName): boolean {
  const { hiddenBy, variants } = resources[resource];
  return hiddenBy.some((column) => variants[column] === undefined);
}

/** One change, one cancellation where there is such a thing, and one archiving, and what they are to be told as. */
function actOn(clinic: Clinic, resource: TableName): readonly (readonly [string, string])[] {
  const { desk, ledger } = clinic;
  const { acts = {} } = specs[resource];
  const from = ledger.entries.length;
  const [one = "", ...others] = standing(clinic, resource);
  editOf(clinic, resource, one).run();
  for (const [index, act] of ["cancel", "archive"].filter((name) => name in acts).entries())
    desk.of(resource).perform(others[index] ?? "", act);
  return ledger.entries
    .slice(from)
    .filter((entry) => entry.resource === resource && !entry.noise)
    .map(({ id, facts }) => [id, owed(resource, facts)]);
}

/** Records that are neither hidden nor follow another. */
function standing({ desk }: Clinic, resource: TableName): string[] {
  const spec = specs[resource];
  return desk
    .of(resource)
    .rows()
    .filter((row) => spec.owes?.(row) !== false)
    .filter((row) => spec.hiddenBy.every((column) => (columnValue(row, column) ?? null) === null))
    .map(({ id }) => id);
}

async function openBench(
  given: Pick<Parameters<typeof createPollBench>[0], "redis" | "keys">,
  { unknowns }: Enforcement,
): Promise<PollBench> {
  const seed = { patients: 25, appointments: 45 };
  const bench = await createPollBench({ ...given, seed, ...(unknowns ? { unknowns } : {}) });
  // What a seeded clinic has none of.
  for (const resource of EACH_LISTING)
    for (let count = standing(bench.clinic, resource).length; count < 10; count += 1)
      bench.clinic.plant.record(resource);
  return bench;
}

function toWords({ subject, type, data }: WebhookEvent): readonly [string, string] {
  return [subject.id, `${type} (${data.transitions.toSorted().join(", ")})`];
}

/** Polls until a scan has read everything, and not more than a few times. */
async function readWhole(bench: PollBench, resource: ResourceName & TableName): Promise<void> {
  for (let polls = 0; polls < 4; polls += 1) {
    bench.tick(10_000);
    await bench.poll(resource);
    if (bench.scans.at(-1)?.kind === "completed") return;
  }
  throw new Error(`not read whole: ${JSON.stringify(bench.scans.at(-1))}`);
}

async function readBefore(bench: PollBench, resource: ResourceName & TableName): Promise<void> {
  if (resource !== "attendees") return;
  // Whose bookings are classes is known by then, of some.
  await readWhole(bench, "group_appointments");
}

/** What the changes are told as, nothing else, and nothing more for a day. */
async function expectTold(
  bench: PollBench,
  resource: ResourceName & TableName,
  enforcement: Enforcement,
): Promise<void> {
  const isUnseen = /^(?:old-lists|unproved)/.test(planFor(resource, enforcement)) && isBlind(resource);
  // What is archived and cannot be seen is not taken for gone.
  const expected = actOn(bench.clinic, resource).filter(
    ([, words]) => !(isUnseen && words.includes("archived")),
  );
  await readWhole(bench, resource);
  await readWhole(bench, resource);
  for (let polls = 0; polls < 6; polls += 1) {
    bench.tick(5 * 3_600_000);
    await bench.poll(resource);
    bench.tick(61_000);
    await bench.poll(resource);
  }
  const told = (await bench.events()).map(toWords);
  expect(told.toSorted()).toEqual([...expected].toSorted());
  const notices = bench.notices.filter(({ transition }) => transition !== "baseline_completed");
  // That nothing archived can be asked for is told, once.
  const isNeverShown = isUnseen && planFor(resource, enforcement).startsWith("old-lists");
  expect(notices.map(({ transition }) => transition)).toEqual(isNeverShown ? ["degraded"] : []);
}

describe.each(ENFORCEMENTS)("an account that refuses $name", (enforcement) => {
  test.for(EACH_LISTING)(
    "from the start is read whole, and tells of its %s",
    async (resource, { redis, keys }) => {
      await using bench = await openBench({ redis, keys }, enforcement);
      bench.clinic.faults.enforce(enforcement.strictness);
      await readBefore(bench, resource);
      const before = bench.requests();
      await readWhole(bench, resource);
      // Where every booking is asked for by itself, by each list, it is some hundreds.
      expect(bench.requests() - before).toBeLessThan(resource === "attendees" ? 300 : 90);

      bench.tick(300_000);
      await expectTold(bench, resource, enforcement);
      const { plan } = await bench.reading.read("northside", resource);
      const best = resources[resource].reading === "whole" ? "all" : "combined";
      const found = (plan ?? best).replace(/-(?:deleted|plain)/, "").replace(/^.*-unproved$/, UNPROVED);
      expect(found).toBe(planFor(resource, enforcement));
    },
  );
});

describe.each(RUNTIME)("an account that begins to refuse $name while it is read", (enforcement) => {
  test.for(EACH_LISTING)("loses and invents nothing of its %s", async (resource, { redis, keys }) => {
    await using bench = await openBench({ redis, keys }, enforcement);
    await readBefore(bench, resource);
    await readWhole(bench, resource);
    bench.tick(300_000);
    bench.clinic.faults.enforce(enforcement.strictness);
    await expectTold(bench, resource, enforcement);
  });
});

const NOTHING: Enforcement = { name: "nothing", strictness: {}, plans: ["combined"] };

test("where every way is refused the account is degraded and says why, is asked now and then, and goes on by itself", async ({
  redis,
  keys,
}) => {
  await using bench = await openBench({ redis, keys }, NOTHING);
  await readWhole(bench, "patients");
  const told = actOn(bench.clinic, "patients");
  bench.clinic.faults.enforce({ hiddenColumns: "refused", oldLists: "gone" });
  const from = bench.requests();
  for (let polls = 0; polls < 60; polls += 1) {
    bench.tick(60_000);
    await bench.poll("patients");
  }
  // An hour: a search every ten minutes, and nothing between them.
  expect(bench.requests() - from).toBeLessThan(6 * 40);
  expect(bench.scans.at(-1)?.kind).toBe("failed");
  expect(bench.notices.map(({ transition }) => transition)).toEqual(["baseline_completed", "degraded"]);
  expect(bench.notices.at(-1)?.detail).toContain("archived_at is not filterable");
  expect(await bench.events()).toEqual([]);

  bench.clinic.faults.heal();
  bench.tick(600_000);
  await bench.poll("patients");
  expect(bench.notices.at(-1)?.transition).toBe("recovered");
  const types = (await bench.events()).map(toWords);
  expect(types.toSorted()).toEqual([...told].toSorted());
});

test("what is hidden by deleted_at is not taken for gone, and once something archived shows, what is gone is told", async ({
  redis,
  keys,
}) => {
  const enforcement = {
    name: "",
    strictness: {},
    unknowns: { deletedAtFilterable: false },
    plans: [""] as const,
  };
  await using bench = await openBench({ redis, keys }, enforcement);
  bench.clinic.faults.enforce({ deletedHides: true });
  await readWhole(bench, "businesses");
  const [archived = "", gone = "", ...others] = standing(bench.clinic, "businesses");
  const table = bench.clinic.desk.of("businesses");
  table.perform(archived, "archive");
  table.remove(gone);
  const aDay = async (): Promise<void> => {
    for (let polls = 0; polls < 6; polls += 1) {
      bench.tick(5 * 3_600_000);
      await bench.poll("businesses");
      bench.tick(61_000);
      await bench.poll("businesses");
    }
  };
  await aDay();
  expect(await bench.events()).toEqual([]);

  bench.clinic.faults.enforce({});
  await aDay();
  await aDay();
  expect((await bench.events()).map(toWords).toSorted()).toEqual(
    [
      [archived, "business.archived (archived)"],
      [gone, "business.deleted (deleted)"],
    ].toSorted(),
  );
  expect(others.length).toBeGreaterThan(0);
});

test("the better plan is tried again after a day, without a scan that fails", async ({ redis, keys }) => {
  await using bench = await openBench({ redis, keys }, NOTHING);
  const resource = "individual_appointments";
  await readWhole(bench, resource);
  bench.clinic.faults.enforce({ wildcards: "refused" });
  bench.tick(10_000);
  await bench.poll(resource);
  const planOf = async (): Promise<string | undefined> => {
    return (await bench.reading.read("northside", resource)).plan;
  };
  expect(await planOf()).toBe("apart");
  bench.clinic.faults.heal();
  bench.tick(80_000_000);
  await bench.poll(resource);
  expect(await planOf()).toBe("apart");
  const scans = bench.scans.length;
  bench.tick(7_000_000);
  await bench.poll(resource);
  expect(await planOf()).toBe("combined");
  expect(bench.scans.slice(scans).map(({ kind }) => kind)).toEqual(["completed"]);
});

test.for(["itself", "first", "elsewhere"] as const)(
  "a next link that names %s is not followed, and no poll asks without end",
  async (nextLink, { redis, keys }) => {
    await using bench = await openBench({ redis, keys }, NOTHING);
    bench.clinic.faults.enforce({ nextLink });
    for (let polls = 0; polls < 10; polls += 1) {
      bench.tick(60_000);
      await bench.poll("patients");
    }
    // Each poll: the rows, and an empty page that names a next one.
    expect(bench.requests()).toBeLessThanOrEqual(20);
    expect(bench.scans.at(-1)).toMatchObject({ kind: "failed", failure: { kind: "malformed" } });
    expect(bench.notices.map(({ transition }) => transition)).toEqual(["degraded"]);
    bench.clinic.faults.heal();
    await readWhole(bench, "patients");
    expect(await bench.events()).toEqual([]);
  },
);

test("a row that is older than asked for, once, costs the best plan a quarter of an hour and not a day", async ({
  redis,
  keys,
}) => {
  await using bench = await openBench({ redis, keys }, NOTHING);
  const { faults } = bench.clinic;
  await bench.poll();
  const planOf = async (): Promise<string> =>
    (await bench.reading.read("northside", "individual_appointments")).plan ?? "combined";
  bench.tick(600_000);
  await bench.poll();
  expect(await planOf()).toBe("combined");
  let isFirst = true;
  bench.beforeAnswer((path) => {
    if (!path.includes("individual_appointments")) return;
    faults.enforce(isFirst ? { updatedAt: "ignored" } : {});
    isFirst = false;
  });
  bench.tick(5_000);
  await bench.poll();
  expect(bench.scans.at(-1)).toMatchObject({ kind: "failed", failure: { kind: "bad_filter" } });
  expect(await planOf()).not.toBe("combined");
  bench.tick(5_000);
  await bench.poll();
  expect(bench.scans.at(-1)).toMatchObject({ kind: "completed" });
  bench.tick(901_000);
  await bench.poll();
  expect(bench.scans.at(-1)).toMatchObject({ kind: "completed" });
  expect(await planOf()).toBe("combined");
});

test("a page that comes again and again is noticed", async ({ redis, keys }) => {
  await using bench = await openBench({ redis, keys }, NOTHING);
  bench.clinic.faults.enforce({ sortById: "refused", createdAt: "refused", page: "ignored", largestPage: 7 });
  for (let polls = 0; polls < 5; polls += 1) {
    bench.tick(60_000);
    await bench.poll("patients");
  }
  expect(bench.requests()).toBeLessThan(100);
  expect(bench.scans.at(-1)).toMatchObject({ kind: "failed", failure: { kind: "bad_filter" } });
});
