import { expect, test } from "vitest";

import { localTimes } from "../../../src/diff/local-time.ts";
import type { Related, RelatedPart } from "../../../src/diff/related.ts";
import { eventOf } from "../../support/stored-things.ts";

const VIEW = { payload: "full", include: [] } as const;

function at(zone: string | null, link = "business"): Related {
  const part: RelatedPart = {
    state: "read",
    resource: link === "@home" ? "users" : "businesses",
    id: "1",
    values: new Map([["time_zone_identifier", zone]]),
  };
  return { holdsBack: false, parts: new Map([[link, part]]) };
}

function starting(starts_at: string): ReturnType<typeof eventOf> {
  const event = eventOf();
  return { ...event, data: { ...event.data, object: { ...event.data.object, starts_at } } };
}

for (const [zone, utc, local] of [
  ["Australia/Brisbane", "2026-11-22T22:30:00Z", "2026-11-23T08:30:00+10:00"],
  // Before and after the clocks go forward, and the hour that is there twice when they go back.
  ["Australia/Sydney", "2026-10-03T15:59:59Z", "2026-10-04T01:59:59+10:00"],
  ["Australia/Sydney", "2026-10-03T16:00:00Z", "2026-10-04T03:00:00+11:00"],
  ["Europe/London", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00+01:00"],
  ["Europe/London", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00+00:00"],
  ["Australia/Lord_Howe", "2026-07-01T00:00:00Z", "2026-07-01T10:30:00+10:30"],
  ["Asia/Kathmandu", "2026-02-28T18:15:00Z", "2026-03-01T00:00:00+05:45"],
  ["America/St_Johns", "2026-01-01T02:00:00Z", "2025-12-31T22:30:00-03:30"],
  ["UTC", "2026-02-28T00:00:00.900Z", "2026-02-28T00:00:00+00:00"],
  ["Australia/Brisbane", "2026-11-23T08:30:00.000+10:00", "2026-11-23T08:30:00+10:00"],
] as const) {
  test(`${utc} is ${local} in ${zone}`, () => {
    const told = localTimes(starting(utc), at(zone), VIEW);

    expect(told?.object?.["starts_at"]).toBe(local);
    expect(Date.parse(told?.object?.["starts_at"] ?? "")).toBe(Math.floor(Date.parse(utc) / 1_000) * 1_000);
  });
}

test("former times are told as well, by the clock of the place where the record is", () => {
  expect(localTimes(eventOf(), at("Australia/Brisbane"), VIEW)).toMatchObject({
    time_zone: "Australia/Brisbane",
    time_zone_from: "business",
    previous: { starts_at: "2024-04-02T11:00:00+10:00" },
  });
});

test("a record that is at no place has the times of the account's first place, and says so", () => {
  expect(localTimes(eventOf(), at("Europe/London", "@home"), VIEW)).toMatchObject({
    time_zone: "Europe/London",
    time_zone_from: "account",
  });
  expect(localTimes(eventOf(), at("Europe/London", "@zone"), VIEW)?.time_zone_from).toBe("business");
});

test("at payload level changes there are the times that changed, and no others", () => {
  const told = localTimes(eventOf(), at("Australia/Brisbane"), { ...VIEW, payload: "changes" });

  expect(Object.keys(told?.current ?? {})).toEqual(["starts_at"]);
  expect(told?.object).toBeNull();
});

const NO_CLOCK: readonly (readonly [string, Related])[] = [
  ["no place that is known", { holdsBack: false, parts: new Map() }],
  ["a place without a time zone", at(null)],
  ["a time zone that nobody knows", at("Mars/Olympus")],
  [
    "a place that was forgotten",
    { holdsBack: false, parts: new Map([["business", { state: "forgotten" }]]) },
  ],
];

for (const [what, related] of NO_CLOCK) {
  test(`there are no local times with ${what}`, () => {
    expect(localTimes(eventOf(), related, VIEW)).toBeUndefined();
  });
}

test("a time of which ISO 8601 has no words in that zone is left out", () => {
  // The clocks of Sydney were 10 h 4 min 52 s ahead before 1895, and no text with such an offset is a date-time.
  for (const [zone, utc] of [
    ["Australia/Sydney", "1890-01-01T00:00:00Z"],
    ["UTC", "0000-06-01T00:00:00Z"],
  ] as const)
    expect([utc, localTimes(starting(utc), at(zone), VIEW)?.object]).not.toMatchObject([
      utc,
      { starts_at: expect.anything() },
    ]);
  expect(localTimes(starting("0026-11-30T00:00:00Z"), at("UTC"), VIEW)?.object).toMatchObject({
    starts_at: "0026-11-30T00:00:00+00:00",
  });
});

test("what no field of the record calls a moment stays as it is", () => {
  const event = starting("2026-11-22T22:30:00Z");
  const odd = { ...event.data.object, ends_at: "soon", notes: "2026-11-22T22:30:00Z" };
  const told = localTimes({ ...event, data: { ...event.data, object: odd } }, at("UTC"), VIEW);

  expect(told?.object).not.toHaveProperty("ends_at");
  expect(told?.object).not.toHaveProperty("notes");
});
