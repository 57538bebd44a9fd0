import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  BEAT_MS,
  type PollFacts,
  SCHEDULE_DEFAULTS,
  type ScheduleSettings,
  createSchedule,
} from "../../../src/pollers/schedule/adaptive-schedule.ts";
import { hourOfWeek } from "../../../src/pollers/schedule/hour-weights.ts";
import type { ScheduleState } from "../../../src/store/detection/schedule-store.ts";

const NOW = Date.UTC(2026, 5, 1, 9);
const HOUR_MS = 3_600_000;
const IDLE_MS = SCHEDULE_DEFAULTS.promisedMaxMs - SCHEDULE_DEFAULTS.requestMs;
const FLAT = Array.from({ length: 168 }, () => 1);
/** Monday 9:00 UTC, hour 9 of the week, is sixteen times as busy as any other. */
const BUSY_AT_NINE = FLAT.map((weight, hour) => (hour === 9 ? 16 * weight : weight));

const schedule = createSchedule(SCHEDULE_DEFAULTS);
const flatPlan = schedule.plan(FLAT);

function facts(more: Partial<PollFacts> = {}): PollFacts {
  const startedAtMs = more.startedAtMs ?? NOW;
  return {
    key: "northside/patients",
    startedAtMs,
    nowMs: startedAtMs + 300,
    hit: false,
    capMs: flatPlan[hourOfWeek(startedAtMs)],
    requestsPerMinute: 1_000,
    ...more,
  };
}

const anySettings: fc.Arbitrary<ScheduleSettings> = fc.record({
  minMs: fc.integer({ min: 100, max: 2_000 }),
  burstFloorMs: fc.integer({ min: 100, max: 30_000 }),
  growth: fc.double({ min: 1.001, max: 3, noNaN: true }),
  averageMs: fc.integer({ min: 500, max: 120_000 }),
  promisedMaxMs: fc.integer({ min: 5_000, max: 120_000 }),
  requestMs: fc.integer({ min: 0, max: 2_000 }),
});
const anyWeights = fc.array(fc.double({ min: 0.01, max: 10_000, noNaN: true }), {
  minLength: 168,
  maxLength: 168,
});
const anyState: fc.Arbitrary<ScheduleState | undefined> = fc.option(
  fc.record({
    misses: fc.nat(100_000),
    lastHitMs: fc.option(fc.integer({ min: NOW - 30 * 24 * HOUR_MS, max: NOW }), { nil: undefined }),
  }),
  { nil: undefined },
);
const anyPoll = fc.record({
  key: fc.string(),
  startedAtMs: fc.integer({ min: NOW, max: NOW + 14 * 24 * HOUR_MS }),
  tookMs: fc.nat(200_000),
  hit: fc.boolean(),
  requestsPerMinute: fc.double({ min: 0.5, max: 200, noNaN: true }),
});

/** The next poll and what led to it, over everything that can be set or happen. */
const anyNext = fc
  .tuple(anySettings, anyWeights, anyState, anyPoll)
  .map(([settings, weights, state, { tookMs, ...poll }]) => {
    const created = createSchedule(settings);
    const given = {
      ...poll,
      nowMs: poll.startedAtMs + tookMs,
      capMs: created.plan(weights)[hourOfWeek(poll.startedAtMs)],
    };
    return { settings, given, next: created.next(state, given) };
  });

describe("whatever is set, learnt or found", () => {
  test("the promised maximum is never exceeded, unless it says so and cannot help it", () => {
    fc.assert(
      fc.property(anyNext, ({ settings, given, next }) => {
        const latestMs = given.startedAtMs + settings.promisedMaxMs - settings.requestMs;
        const possible =
          60_000 / given.requestsPerMinute <= latestMs - given.startedAtMs &&
          given.nowMs + settings.minMs <= latestMs;
        expect(next.promiseKept).toBe(possible);
        expect(next.atMs <= latestMs || !possible).toBe(true);
      }),
    );
  });

  test("no pause is shorter than the minimum, and no tick lies in the past", () => {
    fc.assert(
      fc.property(anyNext, ({ settings, given, next }) => {
        expect(next.atMs).toBeGreaterThanOrEqual(given.nowMs + settings.minMs);
      }),
    );
  });

  test("polls never follow one another faster than the allowance", () => {
    fc.assert(
      fc.property(anyNext, ({ given, next }) => {
        expect(next.atMs - given.startedAtMs).toBeGreaterThanOrEqual(
          60_000 / given.requestsPerMinute - 0.001,
        );
      }),
    );
  });

  test("the state survives JSON: another process goes on as this one would", () => {
    fc.assert(
      fc.property(anySettings, fc.array(anyPoll, { minLength: 1, maxLength: 20 }), (settings, polls) => {
        const created = createSchedule(settings);
        const plan = created.plan(BUSY_AT_NINE);
        let here: ScheduleState | undefined;
        let elsewhere: ScheduleState | undefined;
        for (const { tookMs, ...poll } of polls) {
          const given = {
            ...poll,
            nowMs: poll.startedAtMs + tookMs,
            capMs: plan[hourOfWeek(poll.startedAtMs)],
          };
          const next = created.next(here, given);
          expect(createSchedule(settings).next(elsewhere, given).atMs).toBe(next.atMs);
          here = next.state;
          elsewhere = JSON.parse(JSON.stringify(next.state));
        }
      }),
    );
  });

  test("a hit brings the next poll no later than a miss would", () => {
    fc.assert(
      fc.property(anyState, anyPoll, anyWeights, (state, { tookMs, ...poll }, weights) => {
        const given = {
          ...poll,
          nowMs: poll.startedAtMs + tookMs,
          capMs: schedule.plan(weights)[hourOfWeek(poll.startedAtMs)],
        };
        const afterHit = schedule.next(state, { ...given, hit: true });
        const afterMiss = schedule.next(state, { ...given, hit: false });
        expect(afterHit.atMs).toBeLessThanOrEqual(afterMiss.atMs);
        expect(afterHit.state).toEqual({ misses: 0, lastHitMs: poll.startedAtMs });
      }),
    );
  });

  test("misses never shorten the interval, but for the cut at the end that keeps accounts apart", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(HOUR_MS), (misses, agoMs) => {
        const lastHitMs = NOW - agoMs;
        const one = schedule.next({ misses, lastHitMs }, facts()).atMs - NOW;
        const more = schedule.next({ misses: misses + 1, lastHitMs }, facts()).atMs - NOW;
        const capMs = flatPlan[9] ?? 0;
        expect(more).toBeGreaterThanOrEqual(Math.min(one, 0.9 * capMs - BEAT_MS / 2));
      }),
    );
  });
});

test("a run of edits is followed closely, then ever less", () => {
  let state: ScheduleState | undefined;
  let atMs = NOW;
  const intervals: number[] = [];
  for (let poll = 0; poll < 150; poll++) {
    const next = schedule.next(state, facts({ startedAtMs: atMs, hit: poll === 0 }));
    intervals.push(next.atMs - atMs);
    ({ atMs, state } = next);
  }
  expect(intervals[0]).toBe(SCHEDULE_DEFAULTS.minMs + 300);
  expect(intervals.slice(0, 60)).toEqual(intervals.slice(0, 60).toSorted((left, right) => left - right));
  expect(intervals[30]).toBeGreaterThan(2 * (intervals[0] ?? 0));
  expect(Math.abs((intervals.at(-1) ?? 0) - (flatPlan[0] ?? 0))).toBeLessThanOrEqual(BEAT_MS / 2);
});

test("a tick that was missed is skipped: after an outage there is one poll, not many", () => {
  const before = schedule.next(undefined, facts({ hit: true }));
  const back = before.atMs + 5 * HOUR_MS;
  const next = schedule.next(before.state, facts({ startedAtMs: back }));

  expect(next.atMs - back).toBeGreaterThan(0.89 * (flatPlan[14] ?? 0));
});

test("a poll that outlasts its interval is followed by one pause and one poll, and says that it was late", () => {
  const next = schedule.next(undefined, facts({ nowMs: NOW + 90_000 }));

  expect(next.atMs).toBe(NOW + 90_000 + SCHEDULE_DEFAULTS.minMs);
  expect(next.promiseKept).toBe(false);
});

test("where the budget does not pay for the promise, the interval follows the budget and says so", () => {
  const next = schedule.next(undefined, facts({ requestsPerMinute: 2 }));

  expect(next).toMatchObject({ atMs: NOW + 30_000, promiseKept: false });
  expect(schedule.next(undefined, facts({ requestsPerMinute: 4 })).promiseKept).toBe(true);
});

test("with nothing learnt every hour has the average interval", () => {
  for (const capMs of flatPlan) expect(capMs).toBeCloseTo(SCHEDULE_DEFAULTS.averageMs, 3);
});

test("an hour with sixteen times the changes has a quarter of the interval", () => {
  const plan = createSchedule({ ...SCHEDULE_DEFAULTS, averageMs: 10_000 }).plan(BUSY_AT_NINE);

  expect((plan[9] ?? 0) * 4).toBeCloseTo(plan[10] ?? 0, 3);
});

test("what changes four times as often as another one that it shares with is read twice as often, for the requests of both", () => {
  const [often, seldom] = [FLAT.map(() => 4), FLAT];
  const sharing = createSchedule({ ...SCHEDULE_DEFAULTS, averageMs: 9_000 });
  const [one = 0] = sharing.plan(often, [seldom]);
  const [other = 0] = sharing.plan(seldom, [often]);

  expect(other / one).toBeCloseTo(2, 3);
  expect(1 / one + 1 / other).toBeCloseTo(2 / 9_000, 6);
});

test("a plan costs what the average interval costs, wherever the clamps leave that open", () => {
  fc.assert(
    fc.property(anySettings, anyWeights, (settings, weights) => {
      const plan = createSchedule(settings).plan(weights);
      const ceilingMs = Math.max(settings.promisedMaxMs - settings.requestMs, settings.minMs);
      const wantedMs = Math.min(Math.max(settings.averageMs, settings.minMs), ceilingMs);
      const rate = plan.reduce((sum, capMs) => sum + 1 / capMs, 0) / plan.length;
      expect(1 / rate / wantedMs).toBeCloseTo(1, 3);
      expect(Math.min(...plan)).toBeGreaterThanOrEqual(settings.minMs);
      expect(Math.max(...plan)).toBeLessThanOrEqual(ceilingMs);
    }),
  );
});

test("a thousand accounts that start together do not poll together, then or later", () => {
  const starts = Array.from(
    { length: 1_000 },
    (_, account) => schedule.first(`a${account}/patients`, NOW) - NOW,
  );
  const later = Array.from({ length: 1_000 }, (_, account) => {
    let state: ScheduleState | undefined;
    let atMs = NOW;
    while (atMs < NOW + 20 * 60_000) {
      ({ atMs, state } = schedule.next(state, facts({ key: `a${account}/patients`, startedAtMs: atMs })));
    }
    return atMs - NOW;
  });

  for (const times of [starts, later]) {
    const perSecond = new Map<number, number>();
    for (const time of times) {
      const second = Math.floor(time / 1_000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    expect(Math.max(...perSecond.values())).toBeLessThan(130); // 1,000 over 13 to 19 seconds
  }
  expect(Math.max(...starts)).toBeLessThan(IDLE_MS);
});

test("idle polls of many clinics share their moments, and each is as often as it was", () => {
  const capMs = 11_300;
  for (let account = 0; account < 20; account++) {
    let state: ScheduleState | undefined = { misses: 1_000, lastHitMs: undefined };
    let atMs = NOW + 37 * account;
    let settledAtMs = 0;
    for (let poll = 0; poll < 140; poll++) {
      const given = facts({ key: `a${account}/patients`, startedAtMs: atMs, capMs });
      ({ atMs, state } = schedule.next(state, given));
      expect(atMs % BEAT_MS).toBe(0);
      if (poll === 39) settledAtMs = atMs;
    }
    expect(Math.abs(atMs - settledAtMs - 100 * capMs)).toBeLessThanOrEqual(BEAT_MS);
  }
});

test("what follows a hit waits for nobody", () => {
  const next = schedule.next(undefined, facts({ startedAtMs: NOW + 1, hit: true }));

  expect(next.atMs).toBe(NOW + 301 + SCHEDULE_DEFAULTS.minMs);
});

test("an idle poll that wakes late does not drift: its ticks stay on the grid of its key", () => {
  let state: ScheduleState | undefined;
  let atMs = NOW;
  const ticks: number[] = [];
  for (let poll = 0; poll < 40; poll++) {
    ({ atMs, state } = schedule.next(state, facts({ startedAtMs: atMs + 40 })));
    ticks.push(atMs);
  }
  const capMs = flatPlan[9] ?? 0;
  const intervals = ticks.slice(11).map((tick, index) => tick - (ticks[index + 10] ?? 0));
  for (const intervalMs of intervals) expect(Math.abs(intervalMs - capMs)).toBeLessThanOrEqual(BEAT_MS);
  expect((ticks.at(-1) ?? 0) - (ticks[11] ?? 0)).toBeGreaterThan((ticks.length - 12) * capMs - BEAT_MS);
});
