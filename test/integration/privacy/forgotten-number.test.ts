import { expect } from "vitest";

import { restoreForgotten } from "../../../src/admin/privacy/look-after-erased.ts";
import { forgetPatient, unforgetPatient } from "../../../src/admin/privacy/forget.ts";
import { startDayWithPatient, told } from "../../support/day-with-patient.ts";
import { eventually } from "../../support/harness.ts";
import { openKeyring } from "../../support/personal-data.ts";
import { test } from "../../support/redis-test.ts";
import { search, stealFrom } from "../../support/thief.ts";

const ACCOUNT = "northside";
const CALLER = { id: "cli:ada", name: "ada", role: "admin" } as const;
const RUN = { signal: new AbortController().signal };
const READ = ["patients", "individual_appointments", "group_appointments", "attendees", "referral_sources"];

/** What was told, of whom, and who read it; and the tombstone itself. docs/privacy.md says so. */
const LISTS = [/:access-log$/, /:heads$/, /:forgotten$/, /:log$/, /:log-trails$/];

test.for([true, false])(
  "nothing that is remembered goes by a forgotten patient's number, where referral sources have ids: %s",
  async (referralSourcesHaveIds, { address, prefix, redis }) => {
    const { day, id } = await startDayWithPatient({
      ...{ address, prefix, keyring: openKeyring() },
      account: { resources: READ },
      unknowns: { referralSourcesHaveIds },
    });
    await using _day = day;
    const { base, clinic } = day;
    const desk = clinic.desk.of("referral_sources");
    const source = clinic.plant.record("referral_sources", { patient_id: id, notes: "By a friend" });
    const name = referralSourcesHaveIds ? source : id;
    const sources = (): string[] =>
      told(day, name).flatMap(({ type }) => (type.startsWith("referral_source.") ? [type] : []));
    await eventually(() => sources().includes("referral_source.created") || undefined);
    const places = async (): Promise<string[]> => {
      const hits = search(await stealFrom(redis, prefix), [id]);
      return [...new Set(hits.map(({ where }) => where.replace(`${prefix}:`, "")))].toSorted();
    };
    const before = await places();
    for (const place of ["snapshots:patients", "snapshots:referral_sources", "reading:patients", "related"])
      expect(before).toContain(`{${ACCOUNT}}:${place}`);

    const remembered = base.keys.snapshots(ACCOUNT, "referral_sources");
    const bytes = await redis.hgetBuffer(remembered, name);
    // A while ago: what is there again so soon may be a cache's.
    const earlier = { ...base, now: () => Date.now() - 3_600_000 };
    const { records } = await forgetPatient(earlier, CALLER, { account: ACCOUNT, patientId: id }, RUN);

    expect(records).toMatchObject({
      patient: referralSourcesHaveIds ? 1 : 2,
      referral_sources: referralSourcesHaveIds ? 1 : 0,
    });
    clinic.desk.changePatient(id, { notes: "Grimsditch came back" });
    desk.change(source, { notes: "By a friend of theirs" });
    await day.settled();
    await day.settled();
    expect((await places()).filter((place) => !LISTS.some((list) => list.test(place)))).toEqual([]);
    expect(sources()).toEqual(["referral_source.created"]);
    expect(await redis.hexists(remembered, id)).toBe(0);

    if (!referralSourcesHaveIds) {
      // An older copy of Redis brings the record back, and knows nothing of the tombstone.
      await redis.hset(remembered, name, bytes ?? "");
      await redis.del(base.keys.forgotten(ACCOUNT));
      await restoreForgotten(earlier);
      expect(await redis.hexists(remembered, id)).toBe(0);
      await day.settled();
    }

    await unforgetPatient(base, CALLER, { account: ACCOUNT, patientId: id });
    await eventually(() => sources()[1]);
    expect(sources()).toEqual([
      "referral_source.created",
      referralSourcesHaveIds ? "referral_source.updated" : "referral_source.restored",
    ]);
    const events = told(day, name).filter(({ type }) => type.startsWith("referral_source."));
    expect(events.map((event) => Reflect.get(event, "sequence"))).toEqual([1, 2]);
  },
);
