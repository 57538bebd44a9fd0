import {
  type Arbitrary,
  array,
  assert,
  constant,
  constantFrom,
  integer,
  oneof,
  property,
  record,
} from "fast-check";
import { describe, expect, test } from "vitest";

import {
  type Health,
  type HealthEvent,
  type HealthNews,
  type HealthStep,
  disablesAt,
  initialHealth,
  nextHealth,
} from "../../../src/dispatch/policy/health.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-11-22T03:15:00Z");

/** The places on the ladder: its steps, and the two that a step alone does not tell apart. */
const PLACES = {
  healthy: { step: "healthy", since: NOW - 9 * DAY, failedForMs: 0, lastSuccessAt: NOW - HOUR },
  ailing: failingFor("healthy", 5 * HOUR),
  failing: failingFor("failing", 3 * DAY),
  warned: failingFor("warned", 4.5 * DAY),
  "disabled for failing": { ...failingFor("disabled", 5 * DAY), disabledBy: "failures" },
  "disabled by 410": { ...failingFor("disabled", HOUR), disabledBy: "gone" },
} satisfies Record<string, Health>;

type Place = keyof typeof PLACES;

/** Failed for so long, last an hour ago; on its step for half a day. */
function failingFor(step: HealthStep, failedForMs: number): Health {
  return {
    step,
    since: NOW - DAY / 2,
    failingSince: NOW - HOUR - failedForMs,
    failedForMs,
    lastFailureAt: NOW - HOUR,
    lastSuccessAt: NOW - 9 * DAY,
    reason: "connect",
  };
}

const EVENTS = {
  success: { kind: "success", at: NOW },
  failure: { kind: "failure", at: NOW, gone: false, reason: "timeout" },
  "failure 410": { kind: "failure", at: NOW, gone: true, reason: "status" },
  test_passed: { kind: "test_passed", at: NOW },
  enabled: { kind: "enabled", at: NOW },
} satisfies Record<string, HealthEvent>;

/** Every place with every event: where it leads, and what is told. */
const TABLE: Record<Place, Record<keyof typeof EVENTS, readonly [HealthStep, ...HealthNews[]]>> = {
  healthy: {
    success: ["healthy"],
    failure: ["healthy"],
    "failure 410": ["disabled", "disabled"],
    test_passed: ["healthy"],
    enabled: ["healthy"],
  },
  // Five hours of failures and the hour since are six.
  ailing: {
    success: ["healthy"],
    failure: ["failing", "failing"],
    "failure 410": ["disabled", "disabled"],
    test_passed: ["healthy"],
    enabled: ["healthy"],
  },
  failing: {
    success: ["healthy", "recovered"],
    failure: ["failing"],
    "failure 410": ["disabled", "disabled"],
    test_passed: ["healthy", "recovered"],
    enabled: ["healthy", "recovered"],
  },
  warned: {
    success: ["healthy", "recovered"],
    failure: ["warned"],
    "failure 410": ["disabled", "disabled"],
    test_passed: ["healthy", "recovered"],
    enabled: ["healthy", "recovered"],
  },
  "disabled for failing": {
    success: ["healthy", "recovered"],
    failure: ["disabled"],
    "failure 410": ["disabled"],
    test_passed: ["healthy", "recovered"],
    enabled: ["healthy", "recovered"],
  },
  "disabled by 410": {
    success: ["disabled"],
    failure: ["disabled"],
    "failure 410": ["disabled"],
    test_passed: ["healthy", "recovered"],
    enabled: ["healthy", "recovered"],
  },
};

const ROWS = Object.entries(TABLE).flatMap(([place, row]) =>
  Object.entries(row).map(([event, [step, ...told]]) => ({
    place,
    event,
    step,
    told,
    before: PLACES[place as Place],
    happened: EVENTS[event as keyof typeof EVENTS],
  })),
);

describe("the whole table", () => {
  test.each(ROWS)("$place, $event: $step, told $told", ({ before, happened, step, told }) => {
    const turn = nextHealth(before, happened);

    expect(turn.health.step).toBe(step);
    expect(turn.told).toEqual(told);
    expect(turn.health.since).toBe(step === before.step ? before.since : NOW);
    expect(turn.health.disabledBy !== undefined).toBe(step === "disabled");
  });

  test.each(ROWS.filter(({ happened }) => happened.kind === "failure"))(
    "$place, $event: it is remembered with its reason",
    ({ before, happened }) => {
      expect(nextHealth(before, happened).health).toMatchObject({
        failingSince: "failingSince" in before ? before.failingSince : NOW,
        lastFailureAt: NOW,
        reason: "reason" in happened && happened.reason,
      });
    },
  );

  test.each(ROWS.filter(({ happened, step }) => happened.kind !== "failure" && step === "healthy"))(
    "$place, $event: no failing is left over",
    ({ before, happened }) => {
      const { health } = nextHealth(before, happened);
      expect(health).toMatchObject({ failedForMs: 0 });
      expect(["failingSince", "reason", "disabledBy"].filter((name) => name in health)).toEqual([]);
    },
  );

  test("a success and a passed test are remembered, what an operator says is none", () => {
    const lastSuccess = (event: HealthEvent): number | undefined =>
      nextHealth(PLACES.failing, event).health.lastSuccessAt;

    expect(lastSuccess(EVENTS.success)).toBe(NOW);
    expect(lastSuccess(EVENTS.test_passed)).toBe(NOW);
    expect(lastSuccess(EVENTS.enabled)).toBe(NOW - 9 * DAY);
    expect(nextHealth(PLACES["disabled by 410"], EVENTS.success).health).toEqual({
      ...PLACES["disabled by 410"],
      lastSuccessAt: NOW,
    });
  });
});

/** One failure, so long after the one before, of an endpoint that had failed for so long. */
const TIMES: readonly [HealthStep, failedFor: number, gap: number, onStepFor: number, HealthStep][] = [
  ["healthy", 0, 6 * HOUR - 1, DAY, "healthy"],
  ["healthy", 0, 6 * HOUR, DAY, "failing"],
  ["healthy", 6 * HOUR - 2, 1, DAY, "healthy"],
  ["healthy", 6 * HOUR - 1, 1, DAY, "failing"],
  ["healthy", 0, 30 * HOUR, DAY, "failing"],
  ["healthy", 0, 30 * HOUR + 1, DAY, "healthy"],
  ["healthy", 5 * HOUR, 40 * DAY, DAY, "healthy"],
  ["failing", 6 * HOUR, HOUR, HOUR, "failing"],
  ["failing", 4 * DAY - HOUR - 1, HOUR, DAY, "failing"],
  ["failing", 4 * DAY - HOUR, HOUR, DAY, "warned"],
  ["failing", 4 * DAY - HOUR, 31 * HOUR, DAY, "failing"],
  // One step at a time: a warning comes first.
  ["failing", 4 * DAY - 1, 30 * HOUR, DAY, "warned"],
  ["warned", 5 * DAY - HOUR - 1, HOUR, 2 * DAY, "warned"],
  ["warned", 5 * DAY - HOUR, HOUR, 2 * DAY, "disabled"],
  ["warned", 5 * DAY - HOUR, 31 * HOUR, 3 * DAY, "warned"],
  // 24 hours of notice, whatever the failures add up to.
  ["warned", 5 * DAY, HOUR, DAY - 1, "warned"],
  ["warned", 5 * DAY, HOUR, DAY, "disabled"],
  ["disabled", 40 * DAY, HOUR, 9 * DAY, "disabled"],
];

test.each(TIMES)(
  "%s after %i ms of failures, another one %i ms later, on that step for %i ms: %s",
  (step, failedForMs, gapMs, onStepMs, then) => {
    const before: Health = {
      step,
      since: NOW - onStepMs,
      failingSince: NOW - gapMs - failedForMs,
      failedForMs,
      lastFailureAt: NOW - gapMs,
    };
    const { health, told } = nextHealth(before, EVENTS.failure);

    expect(health.step).toBe(then);
    expect(told).toEqual(then === step ? [] : [then]);
  },
);

test("one failure is a moment, however long ago the last success was", () => {
  const { health, told } = nextHealth(initialHealth(NOW - 40 * DAY), EVENTS.failure);

  expect(health).toMatchObject({ step: "healthy", failingSince: NOW, failedForMs: 0 });
  expect(told).toEqual([]);
});

test("two failures at one moment are no time, nor is one that is told late", () => {
  const first = nextHealth(initialHealth(NOW - DAY), EVENTS.failure).health;
  const again = nextHealth(first, EVENTS.failure).health;
  const late = nextHealth(again, { ...EVENTS.failure, at: NOW - 7 * HOUR }).health;

  expect(late).toMatchObject({ step: "healthy", failedForMs: 0, lastFailureAt: NOW });
});

/** What is told, and when, of an endpoint that fails at these moments. */
function tell(moments: readonly number[], health = initialHealth(NOW)): [HealthNews, hours: number][] {
  const news: [HealthNews, number][] = [];
  let present = health;
  for (const at of moments) {
    const turn = nextHealth(present, { ...EVENTS.failure, at });
    present = turn.health;
    for (const one of turn.told) news.push([one, (at - NOW) / HOUR]);
  }
  return news;
}

test("an endpoint that is down and probed every five minutes: failing, warned a day ahead, disabled after five", () => {
  const moments = Array.from({ length: 7 * 24 * 12 }, (_, index) => NOW + index * 5 * MINUTE);

  expect(tell(moments)).toEqual([
    ["failing", 6],
    ["warned", 96],
    ["disabled", 120],
  ]);
});

test("one event on its schedule alone, given up after three days, does not disable; the next one after it may", () => {
  const waits = [0, 5_000, 5 * MINUTE, 30 * MINUTE, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)];
  const schedule = (start: number): number[] => {
    let at = start;
    return waits.map((wait) => (at += wait));
  };

  expect(tell(schedule(NOW)).map(([news]) => news)).toEqual(["failing"]);
  const twice = [...schedule(NOW), ...schedule(NOW + 30 * DAY)];
  expect(tell(twice).map(([news]) => news)).toEqual(["failing", "warned", "disabled"]);
});

test("a failure every other day is silence between, and is never told", () => {
  const everyOtherDay = Array.from({ length: 60 }, (_, index) => NOW + index * 2 * DAY);
  const everyDay = Array.from({ length: 60 }, (_, index) => NOW + index * DAY);

  expect(tell(everyOtherDay)).toEqual([]);
  expect(tell(everyDay).map(([news]) => news)).toEqual(["failing", "warned", "disabled"]);
});

test("a warned endpoint knows when it can be disabled at the earliest, others do not", () => {
  for (const health of Object.values(PLACES)) {
    expect(disablesAt(health)).toBe(health.step === "warned" ? health.since + DAY : undefined);
  }
});

test("a 410 takes over from failures as what disabled it, so that a late success does not enable it", () => {
  const gone = nextHealth(PLACES["disabled for failing"], EVENTS["failure 410"]).health;

  expect(gone.disabledBy).toBe("gone");
  expect(nextHealth(gone, EVENTS.success).health.step).toBe("disabled");
  // And a late failure of another kind does not take it back.
  expect(nextHealth(gone, EVENTS.failure).health.disabledBy).toBe("gone");
});

test("a busy healthy endpoint is the same object for a minute", () => {
  const health = nextHealth(initialHealth(NOW - DAY), { kind: "success", at: NOW }).health;
  const later = (ms: number): Health => nextHealth(health, { kind: "success", at: NOW + ms }).health;

  expect(later(0)).toBe(health);
  expect(later(MINUTE - 1)).toBe(health);
  expect(later(MINUTE)).toEqual({ ...health, lastSuccessAt: NOW + MINUTE });
  expect(nextHealth(health, { kind: "enabled", at: NOW + DAY }).health).toBe(health);
});

test("a success within the minute still ends what began in between", () => {
  const health = nextHealth(initialHealth(NOW - DAY), { kind: "success", at: NOW }).health;
  const failed = nextHealth(health, { ...EVENTS.failure, at: NOW + 1_000 }).health;
  const mended = nextHealth(failed, { kind: "success", at: NOW + 2_000 }).health;

  expect(failed.failingSince).toBe(NOW + 1_000);
  expect(mended).not.toHaveProperty("failingSince");
});

interface Happening {
  readonly kind: HealthEvent["kind"];
  readonly gapMs: number;
  readonly gone: boolean;
  readonly reason: string;
}

const kind = oneof(
  { weight: 15, arbitrary: constant("failure" as const) },
  { weight: 1, arbitrary: constantFrom("success" as const, "test_passed" as const, "enabled" as const) },
);

const life: Arbitrary<Happening[]> = array(
  record({
    kind,
    gapMs: integer({ min: 0, max: 40 * HOUR }),
    gone: integer({ min: 0, max: 30 }).map((one) => one === 0),
    reason: constantFrom("timeout", "status"),
  }),
  { minLength: 1, maxLength: 80, size: "max" },
);

/** A life's turns, stored as JSON between them. */
function live(happenings: readonly Happening[]) {
  let at = NOW;
  let before = initialHealth(at);
  return happenings.map(({ gapMs, ...happening }) => {
    at += gapMs;
    const turn = nextHealth(before, { ...happening, at });
    const past = before;
    before = JSON.parse(JSON.stringify(turn.health)) as Health;
    return { ...turn, before: past, at, gone: happening.gone };
  });
}

test("in any life a step is told once, when it is reached, and nothing else is", () => {
  assert(
    property(life, (happenings) => {
      for (const { before, health, told } of live(happenings)) {
        const expected = health.step === "healthy" ? "recovered" : health.step;
        expect(told).toEqual(health.step === before.step ? [] : [expected]);
      }
    }),
  );
});

test("in any life a disabling other than a 410's follows five days of failures and a day's notice", () => {
  assert(
    property(life, (happenings) => {
      const disabled = live(happenings).filter(({ told, gone }) => told.includes("disabled") && !gone);
      for (const { before, health, at } of disabled) {
        expect(before.step).toBe("warned");
        expect(at - before.since).toBeGreaterThanOrEqual(DAY);
        expect(at - (health.failingSince ?? NaN)).toBeGreaterThanOrEqual(5 * DAY);
      }
    }),
    { numRuns: 500 },
  );
});
