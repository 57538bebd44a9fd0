import { isDeepStrictEqual } from "node:util";

import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  tuple,
} from "fast-check";
import { expect, test } from "vitest";

import {
  type Circuit,
  afterOutcome,
  afterStart,
  allowed,
  initialCircuit,
} from "../../../src/dispatch/policy/circuit.ts";
import { type DeliveryOutcome, UNREACHABLE_CLASSES } from "../../../src/dispatch/worker/outcome.ts";
import {
  asked,
  chance,
  delivered,
  outcome,
  ownFault,
  refused,
  rejected,
  unreachable,
} from "./arbitrary-outcome.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const NOW = Date.parse("2026-11-22T03:15:00Z");
const CONCURRENCY = 8;
const FULL = initialCircuit(CONCURRENCY);

/** The circuit after these outcomes, all at one moment, with jitter in the middle. */
function after(circuit: Circuit, outcomes: readonly DeliveryOutcome[], nowMs = NOW, random = 0.5): Circuit {
  const moment = { nowMs, concurrency: CONCURRENCY, random };
  return outcomes.reduce((state, ended) => afterOutcome(state, ended, moment), circuit);
}

function times(count: number, ended: DeliveryOutcome): DeliveryOutcome[] {
  return Array.from({ length: count }, () => ended);
}

const OPEN = after(FULL, times(5, rejected(500)));
const PROBED_AT = NOW + 5 * SECOND;
const HALF_OPEN = afterStart(OPEN, PROBED_AT);

test("a new endpoint may have all its slots", () => {
  expect(allowed(FULL, NOW)).toBe(8);
  expect(allowed(initialCircuit(0.5), NOW)).toBe(1);
});

test("a success at full width changes nothing, and neither does a start", () => {
  expect(after(FULL, [delivered()])).toBe(FULL);
  expect(afterStart(FULL, NOW)).toBe(FULL);
});

const FAILURES: readonly [string, DeliveryOutcome][] = [
  ...UNREACHABLE_CLASSES.map((one) => [one, unreachable(one)] as [string, DeliveryOutcome]),
  ["a refusal of the guard", refused],
  ...[301, 308, 408, 410, 425, 500, 501, 502, 503, 504, 599].map(
    (status) => [`status ${status}`, rejected(status)] as [string, DeliveryOutcome],
  ),
];

test.each(FAILURES)("the fifth %s in a row opens the circuit, the fourth does not", (_name, ended) => {
  expect(after(FULL, times(4, ended))).toMatchObject({ state: "closed", failuresInRow: 4 });
  expect(after(FULL, times(5, ended))).toEqual({
    state: "open",
    slots: 1,
    failuresInRow: 5,
    notBeforeMs: NOW + 5 * SECOND,
    coolDownMs: 5 * SECOND,
    openedAt: NOW,
  });
});

test.each([delivered(), rejected(400), rejected(404), rejected(422)])(
  "%j breaks the row: the receiver is up",
  (answered) => {
    const circuit = after(FULL, [...times(4, rejected(500)), answered, ...times(4, rejected(500))]);
    expect(circuit.state).toBe("closed");
  },
);

test.each([400, 401, 403, 404, 409, 411, 413, 422, 424, 426, 428, 451, 499])(
  "status %i is about one event: however many there are, the others go on",
  (status) => {
    expect(after(FULL, times(50, rejected(status)))).toBe(FULL);
  },
);

test("nothing starts during the cool-down; after it, one", () => {
  expect(allowed(OPEN, NOW)).toBe(0);
  expect(allowed(OPEN, PROBED_AT - 1)).toBe(0);
  expect(allowed(OPEN, PROBED_AT)).toBe(1);
});

test("while the probe is under way nothing else starts, whoever counts; a probe that is lost frees the way again", () => {
  expect(HALF_OPEN.state).toBe("half_open");
  expect(allowed(HALF_OPEN, PROBED_AT)).toBe(0);
  expect(allowed(HALF_OPEN, PROBED_AT + 60 * SECOND)).toBe(0);
  expect(allowed(HALF_OPEN, PROBED_AT + 90 * SECOND)).toBe(1);
});

test("a probe that is delivered closes it, and each success gives back one slot", () => {
  const closed = after(HALF_OPEN, [delivered()], PROBED_AT);
  expect(closed).toEqual(initialCircuit(1));

  const widths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((count) =>
    allowed(after(closed, times(count, delivered()), PROBED_AT), PROBED_AT),
  );
  expect(widths).toEqual([2, 3, 4, 5, 6, 7, 8, 8, 8, 8]);
});

test("a probe that the receiver turns away for what it holds closes it too, and gives no slot back", () => {
  const closed = after(HALF_OPEN, [rejected(400)], PROBED_AT);
  expect(closed).toEqual(initialCircuit(1));
  expect(after(closed, times(3, rejected(400)), PROBED_AT)).toBe(closed);
});

test("each probe that fails doubles the cool-down, up to five minutes, and it is open since the first", () => {
  let circuit = OPEN;
  const coolDowns: number[] = [];
  for (let count = 0; count < 9; count += 1) {
    const nowMs = circuit.notBeforeMs;
    circuit = after(afterStart(circuit, nowMs), [rejected(500)], nowMs);
    coolDowns.push((circuit.notBeforeMs - nowMs) / SECOND);
    expect(circuit).toMatchObject({ state: "open", openedAt: NOW });
  }
  expect(coolDowns).toEqual([10, 20, 40, 80, 160, 300, 300, 300, 300]);
});

test("cool-downs are a fifth longer or shorter by chance, the longest too", () => {
  const longest: Circuit = { ...HALF_OPEN, coolDownMs: 5 * MINUTE };
  const pauseOf = (circuit: Circuit, random: number): number =>
    after(circuit, [rejected(500)], PROBED_AT, random).notBeforeMs - PROBED_AT;

  expect(pauseOf(longest, 0)).toBe(4 * MINUTE);
  expect(pauseOf(longest, 1 - Number.EPSILON)).toBe(6 * MINUTE);
  expect(pauseOf({ ...FULL, failuresInRow: 4 }, 0)).toBe(4 * SECOND);
});

test("what started before it opened does not lengthen the cool-down when it fails, and closes it when it succeeds", () => {
  expect(after(OPEN, times(7, rejected(500)), NOW + SECOND)).toBe(OPEN);
  expect(after(OPEN, times(7, rejected(503, 60_000)), NOW + SECOND)).toBe(OPEN);
  expect(after(OPEN, [delivered()], NOW + SECOND)).toEqual(initialCircuit(1));
});

test.each([
  [429, undefined, 1 * SECOND],
  [429, 7 * SECOND, 7 * SECOND],
  [429, 0, 0],
  [502, undefined, 0],
  [503, undefined, 0],
  [504, undefined, 0],
  [503, 30 * SECOND, 30 * SECOND],
  [503, 60 * MINUTE, 15 * MINUTE],
  [429, Infinity, 15 * MINUTE],
])(
  "status %i with Retry-After %s ms halves the slots and pauses for %i ms",
  (status, retryAfterMs, pauseMs) => {
    const circuit = after(FULL, [rejected(status, retryAfterMs)]);

    expect(circuit).toMatchObject({ state: "closed", slots: 4, failuresInRow: 1 });
    expect(allowed(circuit, NOW + pauseMs - 1)).toBe(pauseMs === 0 ? 4 : 0);
    expect(allowed(circuit, NOW + pauseMs)).toBe(4);
  },
);

test("other failures do not halve the slots, and their Retry-After holds no others back", () => {
  const circuit = after(FULL, [rejected(500, 30_000), rejected(408, 30_000), unreachable("timeout")]);
  expect(allowed(circuit, NOW)).toBe(8);
});

test("one slot is left however often it is halved", () => {
  const circuit = after(initialCircuit(3), times(4, rejected(503)));
  expect(allowed(circuit, NOW)).toBe(1);
});

test("what is turned away together is one incident: it slows down once, and the longest pause stands", () => {
  const circuit = after(FULL, [
    rejected(429, 5_000),
    ...times(6, rejected(429, 2_000)),
    rejected(429, 9_000),
  ]);

  expect(circuit).toMatchObject({ state: "closed", slots: 4, failuresInRow: 1, notBeforeMs: NOW + 9_000 });
});

test("a receiver that only ever says 429 opens the circuit, one incident at a time", () => {
  let circuit = FULL;
  const slots: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    circuit = after(circuit, [rejected(429, 2_000)], Math.max(NOW, circuit.notBeforeMs));
    slots.push(circuit.slots);
  }
  expect(slots).toEqual([4, 2, 1, 1, 1]);
  expect(circuit.state).toBe("open");
});

test("what succeeds during a pause does not widen it", () => {
  const paused = after(FULL, [rejected(429, 5_000)]);

  expect(after(paused, times(4, delivered())).slots).toBe(4);
  expect(after(paused, times(4, delivered()), NOW + 5_000).slots).toBe(8);
});

test("opening keeps to what the receiver asked for, the cool-down being the least", () => {
  const probed = (retryAfterMs: number): number =>
    after(HALF_OPEN, [rejected(503, retryAfterMs)], PROBED_AT).notBeforeMs - PROBED_AT;

  expect(probed(3_000)).toBe(10 * SECOND);
  expect(probed(60_000)).toBe(60 * SECOND);
  expect(probed(3_600_000)).toBe(15 * MINUTE);
});

test("opening does not shorten a pause that the receiver asked for", () => {
  const paused = after(FULL, [rejected(503, 10 * MINUTE)]);
  const opened = after(paused, times(4, unreachable("timeout")), NOW + SECOND);

  expect(opened).toMatchObject({ state: "open", notBeforeMs: NOW + 10 * MINUTE });
});

test.each(["no_network", "proxy"] as const)(
  "%s holds everything back for a moment and judges nobody",
  (errorClass) => {
    const circuit = after(FULL, times(50, ownFault(errorClass)));

    expect(circuit).toEqual({ ...FULL, notBeforeMs: NOW + 5 * SECOND });
    expect(after(FULL, [ownFault(errorClass)], NOW, 0).notBeforeMs).toBe(NOW + 4 * SECOND);
    expect(after(FULL, [...times(4, rejected(500)), ownFault(errorClass)])).toMatchObject({
      failuresInRow: 4,
    });
  },
);

test("an event that cannot be opened holds nothing back", () => {
  expect(after(FULL, times(50, ownFault("unreadable_event")))).toBe(FULL);
});

test("a probe that failed by our fault is made again, with no longer cool-down", () => {
  const offline = after(HALF_OPEN, [ownFault("no_network")], PROBED_AT);
  expect(offline).toEqual({ ...OPEN, notBeforeMs: PROBED_AT + 5 * SECOND });

  const torn = after(HALF_OPEN, [ownFault("unreadable_event")], PROBED_AT);
  expect(torn).toEqual({ ...OPEN, notBeforeMs: PROBED_AT });
  expect(allowed(torn, PROBED_AT)).toBe(1);
});

test("a lower concurrency takes effect with any answer, a higher one step by step", () => {
  for (const ended of [delivered(), rejected(400), rejected(500), rejected(503)]) {
    const moment = { nowMs: NOW, concurrency: 2, random: 0.5 };
    expect(allowed(afterOutcome(FULL, ended, moment), NOW)).toBe(2);
  }
  const moment = { nowMs: NOW, concurrency: 20, random: 0.5 };
  expect(allowed(afterOutcome(FULL, delivered(), moment), NOW)).toBe(9);
});

test("a pause that a clock from the future has set holds nothing up", () => {
  const fromTomorrow: Circuit = { ...FULL, notBeforeMs: NOW + 24 * 60 * MINUTE };

  expect(allowed(fromTomorrow, NOW)).toBe(8);
  expect(allowed({ ...FULL, notBeforeMs: NOW + 16 * MINUTE }, NOW)).toBe(0);
  expect(allowed(after(fromTomorrow, [rejected(429, 2_000)]), NOW)).toBe(0);
  expect(allowed(after(fromTomorrow, [rejected(429, 2_000)]), NOW + 2_000)).toBe(4);
});

/** A worker over a circuit: starts what it may, ends the oldest attempt, lets time pass. */
function createWorker(concurrency: number) {
  let circuit = initialCircuit(concurrency);
  let nowMs = NOW;
  let underWay = 0;
  return {
    get circuit() {
      return circuit;
    },
    get underWay() {
      return underWay;
    },
    start(): boolean {
      if (underWay >= allowed(circuit, nowMs)) return false;
      circuit = afterStart(circuit, nowMs);
      underWay += 1;
      return true;
    },
    end(ended: DeliveryOutcome, random: number): void {
      if (underWay === 0) return;
      underWay -= 1;
      const next = afterOutcome(circuit, ended, { nowMs, concurrency, random });
      // It rests as JSON between any two steps.
      circuit = JSON.parse(JSON.stringify(next)) as Circuit;
      if (!isDeepStrictEqual(circuit, next)) throw new Error("the circuit cannot rest as JSON");
    },
    pass(ms: number): void {
      nowMs += ms;
    },
  };
}

type Step = [starting: boolean, ended: DeliveryOutcome, random: number, ms: number];

function stepsOf(outcomes: Arbitrary<DeliveryOutcome>): Arbitrary<Step[]> {
  const ms = oneof(nat(2 * SECOND), nat(2 * MINUTE), nat(20 * MINUTE));
  return array(tuple(boolean(), outcomes, chance, ms), { minLength: 1, maxLength: 120, size: "max" });
}

/** Starts what it may, or ends one, step by step. False as soon as it is not `sound` after one. */
function runWorker(
  worker: ReturnType<typeof createWorker>,
  steps: readonly Step[],
  isSound: () => boolean = () => true,
): boolean {
  return steps.every(([starting, ended, random, ms]) => {
    worker.pass(ms);
    if (!starting) worker.end(ended, random);
    else while (isSound() && worker.start());
    return isSound();
  });
}

const RUNS = { numRuns: 300 };

test("a worker never has more under way than its concurrency, and one at most while it is half open", () => {
  assert(
    property(integer({ min: 1, max: 12 }), stepsOf(outcome), (concurrency, steps) => {
      const worker = createWorker(concurrency);
      return runWorker(worker, steps, () => {
        const { state, slots, openedAt, coolDownMs } = worker.circuit;
        return (
          worker.underWay <= (state === "half_open" ? 1 : concurrency) &&
          slots >= 1 &&
          slots <= concurrency &&
          (openedAt === undefined) === (state === "closed") &&
          (coolDownMs === 0) === (state === "closed")
        );
      });
    }),
    RUNS,
  );
});

test("whatever happened, a worker may start again within fifteen minutes, and successes bring it back to full width", () => {
  assert(
    property(integer({ min: 1, max: 12 }), stepsOf(outcome), chance, (concurrency, steps, random) => {
      const worker = createWorker(concurrency);
      runWorker(worker, steps);
      while (worker.underWay > 0) worker.end(ownFault("no_network"), random);
      worker.pass(15 * MINUTE);
      for (let count = 0; count <= concurrency; count += 1) {
        expect(worker.start()).toBe(true);
        worker.end(delivered(), random);
      }
      expect(worker.circuit).toMatchObject({ state: "closed", slots: concurrency, failuresInRow: 0 });
    }),
    RUNS,
  );
});

test("a dead receiver gets one attempt a cool-down, not one a slot", () => {
  assert(
    property(
      integer({ min: 1, max: 12 }),
      constantFrom(rejected(500), unreachable("connect"), refused),
      chance,
      (concurrency, ended, random) => {
        const worker = createWorker(concurrency);
        let started = 0;
        for (let second = 0; second < 3_600; second += 1) {
          while (worker.start()) started += 1;
          while (worker.underWay > 0) worker.end(ended, random);
          worker.pass(SECOND);
        }
        // The first seconds, six doublings, then one every four to six minutes.
        expect(started).toBeLessThan(5 * concurrency + 6 + 15);
        expect(started).toBeGreaterThanOrEqual(5 + 6 + 8);
      },
    ),
    RUNS,
  );
});

test("a poisonous event between good ones never closes the worker to them", () => {
  assert(
    property(
      stepsOf(constantFrom(delivered(), rejected(400), rejected(422), ownFault("unreadable_event"))),
      (steps) => {
        const worker = createWorker(CONCURRENCY);
        runWorker(worker, steps);
        expect(worker.circuit).toEqual(FULL);
      },
    ),
    RUNS,
  );
});

test("the more patience an overloaded receiver asks for, the later the worker starts", () => {
  assert(
    property(boolean(), asked, nat(1_000_000), chance, (halfOpen, first = 0, more, random) => {
      const before = halfOpen ? HALF_OPEN : FULL;
      const at = halfOpen ? PROBED_AT : NOW;
      const less = after(before, [rejected(503, first)], at, random).notBeforeMs;
      expect(after(before, [rejected(503, first + more)], at, random).notBeforeMs).toBeGreaterThanOrEqual(
        less,
      );
      expect(less).toBeLessThanOrEqual(at + 15 * MINUTE);
    }),
  );
});
