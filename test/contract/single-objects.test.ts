import { randomBytes } from "node:crypto";

import { describe, expect } from "vitest";

import { resources } from "../../src/resources/registry.ts";
import { type TableName, TABLE_NAMES, specs } from "../../src/sandbox/tables/tables.ts";
import { createKeys } from "../../src/store/redis/keys.ts";
import { type RedisAddress, connectRedis } from "../../src/store/redis/redis.ts";
import { SPELLINGS } from "../support/contract-story.ts";
import { type PollBench, createPollBench } from "../support/poll-bench.ts";
import { test as base } from "../support/redis-test.ts";
import { owed, planTrials, toldColumns } from "../support/trials.ts";

const SINGLE = TABLE_NAMES.filter((name) => specs[name].single);
const HOUR_MS = 3_600_000;

/** What was owed, and what was told, of one thing that was done. */
interface Step {
  readonly owed: readonly string[];
  readonly told: readonly string[];
}

interface Stage {
  readonly bench: PollBench;
  /** Does it and reads once. Answers what is owed, and how many events it made. */
  readonly run: (
    run: () => unknown,
  ) => Promise<{ readonly owed: readonly string[]; readonly events: number }>;
  /** The same, with what it told. @param what for who reads the test */
  readonly step: (what: string, run: () => unknown) => Promise<Step>;
  readonly close: () => Promise<void>;
}

async function open(address: RedisAddress, name: TableName, publicSettingsSayNull = false): Promise<Stage> {
  const redis = await connectRedis(address, 10_000);
  const keys = createKeys(`t${randomBytes(6).toString("hex")}`);
  const seed = { patients: 1, appointments: 0 };
  const bench = await createPollBench({ redis, keys, seed, unknowns: { publicSettingsSayNull } });
  const { entries } = bench.clinic.ledger;
  const run: Stage["run"] = async (act) => {
    const from = entries.length;
    act();
    bench.tick(HOUR_MS);
    await bench.poll(resources.settings.path);
    const done = bench.clinic.ledger.entries.slice(from).filter(({ noise }) => !noise);
    return {
      owed: done.map(({ facts }) => owed(name, facts)),
      events: bench.scans.at(-1)?.events ?? 0,
    };
  };
  return {
    bench,
    run,
    step: async (_what, act) => {
      const { owed: due, events } = await run(act);
      return { owed: due, told: events === 0 ? [] : wordsOf((await bench.events()).slice(-events)) };
    },
    close: async () => {
      await bench[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

function wordsOf(events: Awaited<ReturnType<PollBench["events"]>>): readonly string[] {
  return events.map(({ type, data }) => `${type} (${data.transitions.toSorted().join(", ")})`);
}

const NOTHING = () => undefined;

describe.each(SINGLE)("%s, the one object", (name) => {
  const test = base.extend("stage", async ({ address }, { onCleanup }): Promise<Stage> => {
    const stage = await open(address, name);
    onCleanup(stage.close);
    return stage;
  });
  const isWhole = (column: string): boolean =>
    specs[name].single?.onlyWhole.some((path) => column === path || column.startsWith(`${path}.`)) === true;

  test("is silent at first, and tells each change of a field as what it is, and no noise", async ({
    stage,
  }) => {
    const { bench, run } = stage;
    expect((await run(NOTHING)).events).toBe(0);
    const plan = planTrials(bench.clinic, name);
    const { noise = [], facts = {} } = specs[name];
    const explained = Object.values(facts).flatMap(({ explains }) => explains);
    const plain = plan.filter(({ what }) => toldColumns(name).includes(what) && !explained.includes(what));
    // Of another id it is another account, which is held: test/integration/pollers/another-clinic.test.ts.
    const quiet = plan.filter(({ what }) => noise.includes(what) && what !== "account.id");
    const rest = plan.filter((trial) => !plain.includes(trial) && !noise.includes(trial.what));
    expect([plain.length > 40, quiet.length, rest.length]).toEqual([true, noise.length - 1, 3]);
    for (const { run: act } of quiet) act();
    expect((await run(NOTHING)).events).toBe(0);
    const groups = [0, 1, 2, 3, 4].map((group) => plain.filter((_, index) => index % 5 === group));
    for (const group of groups) {
      for (const { run: act } of group) act();
      expect((await run(NOTHING)).events).toBe(1);
    }
    const due: (readonly string[])[] = [];
    for (const trial of rest.toReversed()) due.push((await run(trial.run)).owed);
    expect((await run(NOTHING)).events).toBe(0);
    const events = await bench.events();
    const changed = events.slice(0, 5).map(({ data }) => data.changed.toSorted());
    expect(changed).toEqual(groups.map((group) => group.map(({ what }) => what).toSorted()));
    expect(due.flat()).toHaveLength(3);
    expect(wordsOf(events.slice(5))).toEqual(due.flat());
    const [event] = events.slice(-1);
    // The record is as it is served; what changed is named by its path, and an address that may be signed is nowhere.
    expect(Object.keys(event?.data.object ?? {})).toEqual(expect.arrayContaining(["account", "calendar"]));
    expect(JSON.stringify(events)).not.toContain("signature=1");
    expect(event?.subject).toEqual({ type: "settings", id: "account" });
    const policy = events.find(({ data }) => data.changed.includes("online_bookings.policy"));
    expect(policy?.data.previous).toHaveProperty(["online_bookings.policy"], "Please come in time.");
  });

  test.for(Object.keys(SPELLINGS))("says the same with %s", async (spelling, { stage }) => {
    const { bench, step } = stage;
    await step("first sync", NOTHING);
    bench.clinic.faults.spell(SPELLINGS[spelling]);
    expect((await step("spelled otherwise", NOTHING)).told).toEqual([]);
    const edit = (): unknown =>
      bench.clinic.desk.of("settings").change("account", { "account.name": "Southside" });
    expect((await step("edit", edit)).told).toEqual(["settings.updated (updated)"]);
  });

  test("two caches that answer in turn tell once of a change, and when they agree it is so", async ({
    stage,
  }) => {
    const { bench, run, step } = stage;
    await step("first sync", NOTHING);
    bench.clinic.faults.alternateList(name, bench.now());
    const rename = (): unknown =>
      bench.clinic.desk.of(name).change("account", { "account.name": "Southside" });
    let events = (await run(rename)).events;
    const read = async (polls: number): Promise<void> => {
      for (let poll = 0; poll < polls; poll += 1) {
        bench.tick(61_000);
        await bench.poll(resources.settings.path);
        events += bench.scans.at(-1)?.events ?? 0;
      }
    };
    await read(40);
    expect(events).toBeLessThanOrEqual(1);
    bench.clinic.faults.heal();
    await read(20);
    expect(events).toBe(1);
    expect((await bench.events()).at(-1)?.data.object).toMatchObject({ account: { name: "Southside" } });
  });

  test("is read in its public part where the whole is refused or not there, and 403 of both is told", async ({
    stage,
  }) => {
    const { bench, step } = stage;
    const { faults } = bench.clinic;
    await step("first sync", NOTHING);
    const close = (): unknown => bench.clinic.desk.of("settings").perform("account", "closeOnline");
    const reopen = (): unknown => bench.clinic.desk.of("settings").perform("account", "openOnline");
    for (const restriction of ["forbidden", "missing"] as const) {
      faults.restrict("settings", restriction);
      expect((await step("refused", NOTHING)).told).toEqual([]);
      expect((await step("close", close)).told).toHaveLength(1);
      faults.unrestrict();
      expect((await step("given back", NOTHING)).told).toEqual([]);
      expect((await step("open", reopen)).told).toHaveLength(1);
    }
    faults.restrict("settings", "forbidden");
    faults.restrict("settings/public", "forbidden");
    expect((await step("close, unseen", close)).told).toEqual([]);
    expect(bench.notices.at(-1)).toMatchObject({ transition: "permission_reduced", resource: "settings" });
    faults.unrestrict();
    expect((await step("seen again", NOTHING)).told).toHaveLength(1);
  });

  test("tells nothing of a field that was never served before", async ({ stage }) => {
    const { bench, step } = stage;
    const { faults } = bench.clinic;
    faults.spell({ withheldField: "account.name" });
    await step("first sync without it", NOTHING);
    faults.spell(undefined);
    expect((await step("served", NOTHING)).told).toEqual([]);
    faults.spell({ withheldField: "account.name" });
    expect((await step("left out again", NOTHING)).told).toEqual([]);
    faults.spell(undefined);
    const edit = (): unknown =>
      bench.clinic.desk.of("settings").change("account", { "account.name": "Southside" });
    expect((await step("another", edit)).told).toEqual(["settings.updated (updated)"]);
  });

  test("is not believed when it holds none of what is documented", async ({ stage }) => {
    const { bench, step } = stage;
    await step("first sync", NOTHING);
    bench.clinic.faults.failNext({ kind: "wrong_content_type" }, { path: "/settings" });
    expect((await step("a page for people", NOTHING)).told).toEqual([]);
    expect(bench.scans.at(-1)?.kind).toBe("failed");
  });

  base.for([false, true])(
    "loses its whole and gets it back without a word, and swallows no change (hidden is null: %s)",
    async (sayNull, { address }) => {
      const stage = await open(address, name, sayNull);
      try {
        const { bench, step } = stage;
        const { faults } = bench.clinic;
        const desk = bench.clinic.desk.of("settings");
        const hidden = toldColumns(name).filter(isWhole);
        const change = (values: object) => (): unknown => desk.change("account", values);
        // First seen by somebody who may not see the whole.
        faults.restrict("settings", "forbidden");
        expect((await step("first sync of a part", NOTHING)).told).toEqual([]);
        faults.unrestrict();
        expect((await step("the whole for the first time", NOTHING)).told).toEqual([]);
        const mail = { "account.email_from": "first@example.com" };
        expect((await step("what only the whole has", change(mail))).told).toHaveLength(1);

        faults.restrict("settings", "forbidden");
        expect((await step("lost", NOTHING)).told).toEqual([]);
        expect((await step("still lost", NOTHING)).told).toEqual([]);
        const tracking = { "online_bookings.google_analytics.tracking_id": null };
        const behind = { ...tracking, "account.email_from": "second@example.com" };
        expect((await step("changed where it is not seen", change(behind))).told).toEqual([]);
        const policy = { "online_bookings.policy": null };
        expect((await step("cleared where it is seen", change(policy))).told).toHaveLength(1);
        faults.unrestrict();
        expect((await step("given back", NOTHING)).told).toEqual(["settings.updated (updated)"]);
        const [event] = (await bench.events()).slice(-1);
        expect(event?.data.changed.toSorted()).toEqual([
          "account.email_from",
          "online_bookings.google_analytics.tracking_id",
        ]);
        expect(event?.data.previous).toMatchObject(mail);
        expect(hidden).toContain("account.email_from");
        expect((await step("nothing more", NOTHING)).told).toEqual([]);
      } finally {
        await stage.close();
      }
    },
  );
});
