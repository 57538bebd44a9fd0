import { describe, expect } from "vitest";

import type { WatchedTimes } from "../../../src/pollers/availability/read-availability.ts";
import { type PollBench, type PollBenchOptions, createPollBench } from "../../support/poll-bench.ts";
import { test as base } from "../../support/redis-test.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HOLD_MS = 11 * MINUTE_MS;
const NAME = "available_times";

interface Setup {
  readonly bench: PollBench;
  readonly triple: {
    readonly business: string;
    readonly practitioner: string;
    readonly appointmentType: string;
  };
  /** Start times that are offered now, ms. */
  readonly offered: () => Promise<readonly number[]>;
  readonly read: () => Promise<void>;
  /** Reads, waits for as long as a time is held, and reads again. */
  readonly settle: () => Promise<void>;
  readonly told: () => Promise<readonly string[]>;
  readonly last: () => Promise<Readonly<Record<string, unknown>>>;
  readonly book: (startsAt: number) => string;
}

const test = base.extend<{
  readonly given: Partial<WatchedTimes>;
  readonly unknowns: NonNullable<PollBenchOptions["unknowns"]>;
  readonly setup: Setup;
}>({
  given: {},
  unknowns: {},
  setup: async ({ redis, keys, given, unknowns }, use) => {
    const seen: { triple?: Setup["triple"] } = {};
    await using bench = await createPollBench({
      redis,
      keys,
      unknowns,
      seed: { patients: 2, appointments: 0, groupAppointments: 0 },
      availableTimes: ({ businessId, practitionerIds, appointmentTypeIds }) => {
        seen.triple = {
          business: businessId,
          practitioner: practitionerIds[0] ?? "",
          appointmentType: appointmentTypeIds[0] ?? "",
        };
        return [{ ...seen.triple, days: 7, nextOnly: false, ...given }];
      },
    });
    const { triple } = seen;
    if (!triple) throw new Error("a clinic has a place");
    const { clinic } = bench;
    for (const day of [0, 1, 2, 3, 4, 5, 6])
      clinic.plant.record("daily_availabilities", {
        business_id: triple.business,
        practitioner_id: triple.practitioner,
        day_of_week: day,
        time_zone: clinic.timeZone,
      });
    const key = Buffer.from(`${clinic.addKey()}:`).toString("base64");
    const headers = {
      authorization: `Basic ${key}`,
      "user-agent": "T (t@example.com)",
      accept: "application/json",
    };
    const read = async (): Promise<void> => void (await bench.poll(NAME));
    await use({
      bench,
      triple,
      read,
      offered: async () => {
        const day = (offset: number): string =>
          new Date(bench.now() + (offset * 24 + 10) * HOUR_MS).toISOString().slice(0, 10);
        const path = `/v1/businesses/${triple.business}/practitioners/${triple.practitioner}/appointment_types/${triple.appointmentType}/available_times?from=${day(0)}&to=${day(5)}&per_page=100`;
        const { body } = clinic.handle({ method: "GET", path, headers });
        const { available_times: times } = JSON.parse(body) as {
          available_times: { appointment_start: string }[];
        };
        return times.map(({ appointment_start: at }) => Date.parse(at));
      },
      settle: async () => {
        await read();
        bench.tick(HOLD_MS);
        await read();
      },
      told: async () =>
        (await bench.events())
          .filter(({ subject }) => subject.type === "availability")
          .map(({ type }) => type),
      last: async () => {
        const event = (await bench.events()).findLast(({ subject }) => subject.type === "availability");
        return { ...event?.data.object, previous: event?.data.previous, changed: event?.data.changed };
      },
      book: (startsAt) =>
        clinic.desk.book({
          patientId: clinic.desk.patients()[0]?.id ?? "",
          practitionerId: triple.practitioner,
          businessId: triple.business,
          appointmentTypeId: triple.appointmentType,
          startsAt,
        }),
    });
  },
});

/** As Cliniko writes a moment. @param at ms */
function wire(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

test("what is booked and freed is told, when it has lasted for as long as a time is held", async ({
  setup,
}) => {
  const { bench, book, last, offered, read, settle, told, triple } = setup;
  await bench.poll("individual_appointments");
  await read();
  await read();
  expect(await told()).toEqual([]);
  const at = (await offered()).at(-9) ?? 0;
  const id = book(at);
  const quiet = bench.requests();
  await read();
  expect(bench.requests()).toBe(quiet);
  // Nobody had to wait for the next time: what was booked has it read at once.
  bench.tick(MINUTE_MS);
  await bench.poll("individual_appointments");
  expect(bench.woken).toContain("available_times");
  const asked = bench.requests();
  await read();
  expect(bench.requests()).toBeGreaterThan(asked);
  expect(await told()).toEqual([]);
  bench.tick(HOLD_MS);
  await read();
  expect(await told()).toEqual(["availability.changed"]);
  const taken = await last();
  expect(taken).toMatchObject({ added: [], changed: ["times"] });
  expect(taken["removed"]).toContain(wire(at));
  expect(taken["times"]).not.toContain(wire(at));
  expect((await bench.events()).at(-1)?.subject.id).toBe(
    [triple.business, triple.practitioner, triple.appointmentType].join(":"),
  );
  bench.clinic.desk.cancel(id, { reason: 50, note: null });
  bench.tick(HOUR_MS);
  await settle();
  expect(await told()).toEqual(["availability.changed", "availability.changed"]);
  expect(await last()).toMatchObject({ added: taken["removed"], removed: [] });
});

test("neither time that goes by nor a visitor's hold is a change, whatever is offered of a morning", async ({
  setup,
}) => {
  const { bench, offered, settle, told } = setup;
  const { clinic } = bench;
  for (const limit of [null, 2]) {
    clinic.desk.of("settings").change("account", {
      "online_bookings.max_appointments_per_day_segment": limit,
      "online_bookings.allow_bookings_days_in_advance": limit === null ? 84 : 4,
      "online_bookings.min_hours_advance_required_to_book": limit === null ? 2 : 24,
    });
    await bench.poll("settings");
    await settle();
    await settle();
    const already = (await told()).length;
    for (let step = 0; step < 12; step += 1) {
      bench.tick(157 * MINUTE_MS);
      await settle();
    }
    const all = await offered();
    const held = all[Math.floor(all.length / 2)] ?? 0;
    expect(await told()).toHaveLength(already);
    const practitioner = clinic.desk.practitioners()[0]?.id ?? "";
    clinic.faults.holdTime(practitioner, held, bench.now() + 10 * MINUTE_MS);
    await settle();
    await settle();
    expect(await told()).toHaveLength(already);
    // The same time, held for longer than any visitor may, is taken.
    clinic.faults.holdTime(practitioner, held, bench.now() + 24 * HOUR_MS);
    bench.tick(HOUR_MS);
    await settle();
    expect(await told()).toHaveLength(already + 1);
  }
});

test("what is not offered online any longer is told when it has been said twice, and when it is offered again", async ({
  setup,
}) => {
  const { bench, last, read, told, triple } = setup;
  const places = bench.clinic.desk.of("businesses");
  await read();
  places.perform(triple.business, "hideOnline");
  bench.tick(HOUR_MS);
  await read();
  expect(await told()).toEqual([]);
  bench.tick(66_000);
  await read();
  expect(await told()).toEqual(["availability.unpublished"]);
  places.perform(triple.business, "showOnline");
  bench.tick(HOUR_MS);
  await read();
  expect(await told()).toEqual(["availability.unpublished", "availability.published"]);
  expect((await last())["times"]).not.toEqual([]);
  bench.tick(HOUR_MS);
  await read();
  expect(await told()).toHaveLength(2);
});

describe("of today alone", () => {
  test.override({ given: { days: 1 } });

  test("what is booked of the rest of the day is told, and neither its end nor another day's is", async ({
    setup,
  }) => {
    const { bench, book, last, offered, settle, told } = setup;
    // Eight in the morning there.
    bench.tick(11 * HOUR_MS);
    await settle();
    const at = (await offered()).find((time) => time > bench.now() + 4 * HOUR_MS) ?? 0;
    book(at);
    book(at + 24 * HOUR_MS);
    bench.tick(HOUR_MS);
    await settle();
    expect(await told()).toEqual(["availability.changed"]);
    const { removed, times } = await last();
    expect(removed).toContain(wire(at));
    // The last one is of the afternoon.
    expect(times).toContainEqual(expect.stringContaining("T05:"));
    expect((times as readonly string[]).filter((time) => Date.parse(time) > at + 12 * HOUR_MS)).toEqual([]);
    for (let step = 0; step < 20; step += 1) {
      bench.tick(157 * MINUTE_MS);
      await settle();
    }
    expect(await told()).toEqual(["availability.changed"]);
  });
});

describe("where the account's day ends before the place's", () => {
  test.override({ given: { days: 2 } });

  test("what is left of today, and cannot be asked for, is not told as taken", async ({ setup }) => {
    const { bench, settle, told, triple } = setup;
    const { desk } = bench.clinic;
    const hours = desk.of("daily_availabilities");
    desk.of("businesses").change(triple.business, { time_zone: "Australia/Perth" });
    for (const { id } of hours.rows())
      hours.change(id, { availabilities: [{ starts_at: "08:00", ends_at: "23:59" }] });
    desk.of("settings").change("account", { "online_bookings.min_hours_advance_required_to_book": 0 });
    await bench.poll("businesses");
    await bench.poll("settings");
    for (let step = 0; step < 24; step += 1) {
      bench.tick(12 * MINUTE_MS);
      await settle();
    }
    expect(await told()).toEqual([]);
  });
});

describe.for([true, false])("where a type's own shorter lead time stands: %s", (typeLeadTimeStands) => {
  test.override({ unknowns: { typeLeadTimeStands } });

  test("what is freed nearer than the clinic allows is told where it is offered, and no time that came too near", async ({
    setup,
  }) => {
    const { bench, book, last, offered, settle, told, triple } = setup;
    const { desk } = bench.clinic;
    desk.of("settings").change("account", { "online_bookings.min_hours_advance_required_to_book": 24 });
    desk.of("appointment_types").change(triple.appointmentType, { online_bookings_lead_time_hours: 1 });
    await bench.poll("settings");
    await bench.poll("appointment_types");
    // Eight in the morning there.
    bench.tick(11 * HOUR_MS);
    await settle();
    const at = bench.now() + 5 * HOUR_MS - ((bench.now() + 5 * HOUR_MS) % HOUR_MS);
    const id = book(at);
    bench.tick(HOUR_MS);
    await settle();
    desk.cancel(id, { reason: 50, note: null });
    bench.tick(HOUR_MS);
    await settle();
    expect((await offered()).includes(at)).toBe(typeLeadTimeStands);
    expect(await told()).toEqual(typeLeadTimeStands ? ["availability.changed", "availability.changed"] : []);
    if (typeLeadTimeStands) expect((await last())["added"]).toContain(wire(at));
    const before = await told();
    for (let step = 0; step < 10; step += 1) {
      bench.tick(157 * MINUTE_MS);
      await settle();
    }
    expect(await told()).toEqual(before);
  });
});

describe("of many weeks", () => {
  test.override({ given: { days: 28 } });

  test("a tenth of the account's requests is not exceeded, however much moves", async ({ setup }) => {
    const { bench } = setup;
    const paths: number[] = [];
    bench.beforeAnswer((path) => {
      if (path.includes("available_times")) paths.push(bench.now());
    });
    const hours = bench.clinic.desk.of("daily_availabilities");
    await bench.poll("daily_availabilities");
    const began = bench.now();
    for (let step = 0; step < 40; step += 1) {
      const row = hours.rows()[step % 7];
      if (row) hours.perform(row.id, step % 14 < 7 ? "close" : "open");
      bench.tick(30_000);
      await bench.poll("daily_availabilities");
      const nextAt = (await bench.poll("available_times")) ?? 0;
      expect(nextAt).toBeGreaterThan(bench.now());
    }
    const minutes = (bench.now() - began) / MINUTE_MS;
    expect(paths.length).toBeGreaterThan(minutes * 3);
    expect(paths.length).toBeLessThanOrEqual(minutes * 5 + 5);
  });
});

describe("of the earliest one alone", () => {
  test.override({ given: { nextOnly: true, days: 14 } });

  test("another one is told, and not that it came too near", async ({ setup }) => {
    const { bench, book, last, offered, read, settle, told } = setup;
    await read();
    for (let step = 0; step < 10; step += 1) {
      bench.tick(3 * HOUR_MS);
      await settle();
    }
    expect(await told()).toEqual([]);
    // At night: the first one of the morning.
    bench.tick(18 * HOUR_MS);
    await settle();
    const before = await told();
    const [first = 0] = (await offered()).filter((time) => time > bench.now() + 2 * HOUR_MS);
    const id = book(first);
    bench.tick(10 * MINUTE_MS);
    await settle();
    expect(await told()).toEqual([...before, "availability.next_changed"]);
    expect(await last()).toMatchObject({ times: null, changed: ["next"], removed: [wire(first)] });
    bench.clinic.desk.cancel(id, { reason: 50, note: null });
    bench.tick(10 * MINUTE_MS);
    await settle();
    expect((await last())["added"]).toEqual([wire(first)]);
  });
});

test("one offer that cannot be read keeps no other from being told", async ({ redis, keys }) => {
  await using bench = await createPollBench({
    redis,
    keys,
    seed: { patients: 2, appointments: 0, groupAppointments: 0 },
    availableTimes: ({ businessId, practitionerIds, appointmentTypeIds }) =>
      appointmentTypeIds.slice(0, 2).map((appointmentType) => ({
        business: businessId,
        practitioner: practitionerIds[0] ?? "",
        appointmentType,
        days: 7,
        nextOnly: false,
      })),
  });
  const { clinic, seeded } = bench;
  const [business, practitioner = ""] = [seeded.businessId, ...seeded.practitionerIds];
  const types = seeded.appointmentTypeIds.slice(0, 2);
  for (const day of [0, 1, 2, 3, 4, 5, 6])
    clinic.plant.record("daily_availabilities", {
      business_id: business,
      practitioner_id: practitioner,
      day_of_week: day,
      time_zone: clinic.timeZone,
    });
  await bench.poll(NAME);
  bench.tick(MINUTE_MS);
  await bench.poll(NAME);
  clinic.faults.failRandomly({ kind: "status", status: 500 }, 1, { path: `${types[0]}/available_times` });
  const [hours] = clinic.desk.of("daily_availabilities").rows();
  clinic.desk.of("daily_availabilities").remove(hours?.id ?? "");
  for (let poll = 0; poll < 4; poll += 1) {
    bench.tick(HOLD_MS);
    await bench.poll(NAME);
  }
  expect((await bench.events()).map(({ subject, type }) => [type, subject.id])).toEqual([
    ["availability.changed", [business, practitioner, types[1]].join(":")],
  ]);
  expect(bench.notices.at(-1)).toMatchObject({ transition: "degraded", resource: NAME });
  clinic.faults.heal();
  for (let poll = 0; poll < 2; poll += 1) {
    bench.tick(HOLD_MS);
    await bench.poll(NAME);
  }
  expect(bench.notices.at(-1)).toMatchObject({ transition: "recovered", resource: NAME });
  expect(await bench.events()).toHaveLength(2);
});
