import fc from "fast-check";
import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { DELIVERY_STATES, type DeliveryState } from "../../../src/store/outbox/delivery-state.ts";
import { type DeliveryLog, createDeliveryLog } from "../../../src/store/outbox/delivery-log.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import {
  type ClaimedDelivery,
  type EndpointWorker,
  type Outbox,
  createOutbox,
} from "../../../src/store/outbox/outbox.ts";
import { ACCOUNT, T0, claimed, outboxEventOf, settlementOf } from "../../support/outbox-setup.ts";
import { test } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const RUNS = Number(process.env["MODEL_RUNS"] ?? 100);
const RETRY_MS = 60_000;
const WHOLE = { since: 0, until: T0 * 2 };
const ring = keyringOf("k1");

/** Of two subjects whose order is kept, and two events for which it is not. The number is the order. */
const IDS = ["mia-1", "mia-2", "mia-3", "bob-1", "bob-2", "bob-3", "any-1", "any-2"] as const;
const VERDICTS = ["delivered", "retry", "failed", "parked"] as const;
const RESTING = ["parked", "failed", "delivered"] as const;
type Resting = (typeof RESTING)[number];

/** What the model knows of a delivery: the outbox decides where a pending one stands, the rules below whether it may. */
interface Known {
  stands: "pending" | Resting;
  /** An attempt asked for by hand is still to be made, or under way. */
  byHand: boolean;
  counted: number;
  restedAt: number;
}

type Command =
  | { readonly kind: "add"; readonly ids: readonly string[] }
  | { readonly kind: "open" | "hold" | "forget answer" }
  | { readonly kind: "claim"; readonly count: number; readonly late: number }
  | {
      readonly kind: "settle";
      readonly which: number;
      readonly verdict: (typeof VERDICTS)[number];
      readonly late: boolean;
    }
  | { readonly kind: "retry"; readonly id: string }
  | { readonly kind: "recover" | "trim"; readonly states: readonly Resting[] }
  | { readonly kind: "pass"; readonly ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("add"), ids: fc.subarray([...IDS], { minLength: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("open", "hold", "forget answer") }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("claim"),
      count: fc.integer({ min: 0, max: 4 }),
      late: fc.integer({ min: 0, max: 4 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constant("settle"),
      which: fc.nat(7),
      verdict: fc.constantFrom(...VERDICTS),
      late: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("retry"), id: fc.constantFrom(...IDS) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("recover", "trim"), states: fc.subarray([...RESTING]) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("pass"), ms: fc.integer({ min: 1, max: 2 * RETRY_MS }) }),
  },
) as fc.Arbitrary<Command>;

function subjectOf(id: string): string | undefined {
  const [subject = ""] = id.split("-");
  return subject === "any" ? undefined : subject;
}

/** One outbox beside its model. */
interface Bench {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly endpoint: string;
  readonly outbox: Outbox;
  readonly log: DeliveryLog;
  readonly known: Map<string, Known>;
  /** What workers were given and have not told the end of: what a worker that was replaced has under way is kept too. */
  readonly underWay: { readonly worker: EndpointWorker; readonly delivery: ClaimedDelivery }[];
  worker: EndpointWorker | undefined;
  now: number;
}

async function runStep(bench: Bench, step: Command): Promise<void> {
  switch (step.kind) {
    case "add":
      return await add(bench, step.ids);
    case "open":
      bench.worker = await bench.outbox.openWorker(bench.endpoint);
      return;
    case "hold":
      return await hold(bench);
    case "forget answer":
      return await forgetAnswer(bench);
    case "claim":
      await claim(bench, step.count, step.late);
      return;
    case "settle":
      return await settle(bench, step.which, step.verdict, step.late);
    case "retry":
      return await retry(bench, step.id);
    case "recover":
      return await recover(bench, step.states);
    case "trim":
      return await trim(bench);
    case "pass":
      bench.now += step.ms;
  }
}

async function add(bench: Bench, ids: readonly string[]): Promise<void> {
  const fresh = ids.filter((id) => !bench.known.has(id));
  const events = ids.map((id) => {
    const [record = "", number = ""] = id.split("-");
    const order = subjectOf(id) === undefined ? undefined : number;
    return outboxEventOf(id, { record, order, at: T0 + Number(number) });
  });
  expect(await bench.outbox.add(bench.endpoint, ACCOUNT, events)).toBe(fresh.length);
  for (const id of fresh) bench.known.set(id, { stands: "pending", byHand: false, counted: 0, restedAt: 0 });
}

/** As a worker does it: with nothing under way. */
async function hold(bench: Bench): Promise<void> {
  const places = await placesOf(bench);
  if (!bench.worker || places.get("in_flight")?.size) return;
  await bench.outbox.parkAll(bench.worker, bench.now);
  for (const known of bench.known.values()) {
    known.byHand = false;
    if (known.stands === "pending")
      Object.assign(known, { stands: "parked", restedAt: bench.now, counted: 0 });
  }
}

/** The connection breaks with a claim under way: nobody knows what was given. */
async function forgetAnswer(bench: Bench): Promise<void> {
  if (bench.worker) await bench.outbox.claim(bench.worker, bench.now, { count: 2, late: 0 }, ownIds(bench));
}

function ownIds(bench: Bench): string[] {
  return bench.underWay
    .filter(({ worker }) => worker === bench.worker)
    .map(({ delivery }) => delivery.eventId);
}

async function claim(bench: Bench, count: number, late = 0): Promise<number> {
  const { worker } = bench;
  if (!worker) return 0;
  const before = ownIds(bench);
  const inFlight = (await placesOf(bench)).get("in_flight") ?? new Set();
  // Given by an answer that nobody heard.
  const unheard = [...inFlight].filter((id) => !before.includes(id));
  const waiting = await dueBefore(bench);
  const { deliveries, retries } = claimed(
    await bench.outbox.claim(worker, bench.now, { count, late }, before),
  );
  expect(deliveries.length).toBeLessThanOrEqual(count);
  const again = deliveries.slice(0, unheard.length).map(({ eventId }) => eventId);
  expect(unheard).toEqual(expect.arrayContaining(again));
  expect(again).toHaveLength(Math.min(count, unheard.length));
  // Neither kind leaves room that the other one could use, and retries have theirs.
  const room = count - again.length;
  expect(deliveries.length - again.length).toBeLessThanOrEqual(room);
  if (waiting.clash === 0) {
    const taken = Math.min(room, waiting.ready + waiting.retry);
    expect(deliveries.length - again.length).toBe(taken);
    const first = Math.min(late, waiting.retry, room);
    expect(retries).toBe(Math.max(first, taken - waiting.ready));
  }
  for (const delivery of deliveries) {
    const { eventId, manual, counted } = delivery;
    const known = bench.known.get(eventId);
    // What a former worker delivered late, and somebody recovered, is under way twice.
    if (inFlight.has(eventId)) expect(before).not.toContain(eventId);
    expect({ manual, counted }).toEqual({ manual: known?.byHand, counted: known?.counted });
    bench.underWay.push({ worker, delivery });
  }
  return deliveries.length;
}

/** `clash`: retries that are due, and under way or about to be by hand as well. */
async function dueBefore(bench: Bench): Promise<{ ready: number; retry: number; clash: number }> {
  const { ready, retry: waiting, in_flight: inFlight } = bench.keys.outbox(bench.endpoint).states;
  const due = await bench.redis.zrangebyscore(waiting, "-inf", bench.now);
  const byHand = new Set([
    ...(await bench.redis.zrange(ready, "0", "-1")),
    ...(await bench.redis.zrange(inFlight, "0", "-1")),
  ]);
  return {
    ready: await bench.redis.zcard(ready),
    retry: due.length,
    clash: due.filter((id) => byHand.has(id)).length,
  };
}

/** `late`: by a worker that has been replaced. */
async function settle(
  bench: Bench,
  which: number,
  verdict: (typeof VERDICTS)[number],
  late: boolean,
): Promise<void> {
  const candidates = bench.underWay.filter(({ worker }) => (worker === bench.worker) !== late);
  const chosen = candidates[which % Math.max(1, candidates.length)];
  if (!chosen) return;
  bench.underWay.splice(bench.underWay.indexOf(chosen), 1);
  const { worker, delivery } = chosen;
  const at = verdict === "retry" ? bench.now + RETRY_MS : bench.now;
  const settlement = settlementOf(delivery, verdict, at);
  const isUnderWay = (await placesOf(bench)).get("in_flight")?.has(delivery.eventId);
  await bench.outbox.settle(worker, [settlement], undefined);
  const known = bench.known.get(delivery.eventId);
  if (!known) return;
  if (verdict === "delivered") {
    Object.assign(known, { stands: "delivered", byHand: false, counted: 0, restedAt: at });
    return;
  }
  // Told by a worker that was replaced, or of what somebody else has delivered meanwhile.
  if (late || !isUnderWay) return;
  if (known.byHand) known.byHand = false;
  else if (verdict === "retry") known.counted = settlement.counted;
  else Object.assign(known, { stands: verdict, restedAt: at, counted: 0 });
}

async function retry(bench: Bench, id: string): Promise<void> {
  const places = await placesOf(bench);
  const known = bench.known.get(id);
  const isNear = ["ready", "in_flight", "blocked"].some((state) =>
    places.get(state as DeliveryState)?.has(id),
  );
  const expected = known ? (isNear ? "under_way" : "queued") : "unknown";
  expect(await bench.log.retry(bench.endpoint, id, bench.now)).toBe(expected);
  if (known && expected === "queued") known.byHand = true;
}

async function recover(bench: Bench, states: readonly Resting[]): Promise<void> {
  const meant = [...bench.known].filter(([, { stands }]) => states.some((state) => state === stands));
  let taken = 0;
  for await (const heads of bench.log.walk(bench.endpoint, WHOLE)) {
    taken += await bench.log.recover(bench.endpoint, heads, states);
  }
  expect(taken).toBe(meant.length);
  for (const [, known] of meant) Object.assign(known, { stands: "pending", counted: 0 });
}

async function trim(bench: Bench): Promise<void> {
  const gone = [...bench.known].filter(
    ([, { stands, byHand, restedAt }]) => stands !== "pending" && !byHand && restedAt < bench.now,
  );
  expect(await bench.log.trim(bench.endpoint, bench.now)).toBe(gone.length);
  for (const [id] of gone) bench.known.delete(id);
}

async function placesOf(bench: Bench): Promise<ReadonlyMap<DeliveryState, ReadonlySet<string>>> {
  const { states } = bench.keys.outbox(bench.endpoint);
  return new Map(
    await Promise.all(
      DELIVERY_STATES.map(
        async (state) => [state, new Set(await bench.redis.zrange(states[state], "0", "-1"))] as const,
      ),
    ),
  );
}

/** What must hold after every step. */
async function check(bench: Bench): Promise<void> {
  const { timeline, heads } = bench.keys.outbox(bench.endpoint);
  const places = await placesOf(bench);
  const all = [...bench.known.keys()].toSorted();
  expect((await bench.redis.hkeys(heads)).toSorted()).toEqual(all);
  expect((await bench.redis.zrange(timeline, "0", "-1")).toSorted()).toEqual(all);
  expect([...new Set([...places.values()].flatMap((ids) => [...ids]))].toSorted()).toEqual(all);
  for (const [id, known] of bench.known) checkOne(id, known, places);
  for (const subject of ["mia", "bob"]) checkOrder(bench, subject, places);
}

function checkOne(
  id: string,
  { stands, byHand }: Known,
  places: ReadonlyMap<DeliveryState, ReadonlySet<string>>,
): void {
  const found = DELIVERY_STATES.filter((state) => places.get(state)?.has(id));
  const moving = found.filter((state) => state === "ready" || state === "in_flight");
  const standing = found.filter((state) => state !== "ready" && state !== "in_flight");
  expect(moving.length, `${id} stands in ${found.join()}`).toBeLessThanOrEqual(1);
  expect(standing.length, `${id} stands in ${found.join()}`).toBeLessThanOrEqual(1);
  if (stands !== "pending") expect(standing, id).toEqual([stands]);
  else expect(["retry", "blocked", undefined], id).toContain(standing[0]);
  expect(found.length, `${id} stands in ${found.join()}`).toBe(byHand ? 2 : 1);
}

/** Of a subject's pending events only the first may go but by hand, and it is not held up by nothing. */
function checkOrder(
  bench: Bench,
  subject: string,
  places: ReadonlyMap<DeliveryState, ReadonlySet<string>>,
): void {
  const pending = [...bench.known]
    .filter(([id, { stands }]) => subjectOf(id) === subject && stands === "pending")
    .map(([id]) => id)
    .toSorted();
  const [first] = pending;
  if (first === undefined) return;
  expect(places.get("blocked")?.has(first), `${first} is stuck`).toBe(false);
  for (const later of pending.slice(1)) {
    const overtakes =
      places.get("retry")?.has(later) || (places.get("ready")?.has(later) && !bench.known.get(later)?.byHand);
    expect(overtakes, `${later} overtakes ${first}`).toBe(false);
  }
}

/** Whatever came before, everything pending arrives in the end, and no trace of its way is left. */
async function drain(bench: Bench): Promise<void> {
  bench.worker = await bench.outbox.openWorker(bench.endpoint);
  bench.now += 10 * RETRY_MS;
  while ((await claim(bench, 3)) > 0) {
    while (ownIds(bench).length > 0) await settle(bench, 0, "delivered", false);
    await check(bench);
  }
  const { subjectQueue, counted } = bench.keys.outbox(bench.endpoint);
  expect([...bench.known.values()].filter(({ stands }) => stands === "pending")).toEqual([]);
  expect(await bench.redis.exists(subjectQueue, counted)).toBe(0);
}

/** A delivery that rests, and is under way by hand, when a worker that was replaced tells that it has delivered it. */
const DELIVERED_LATE: readonly Command[] = [
  { kind: "add", ids: ["any-2"] },
  { kind: "claim", count: 1, late: 0 },
  { kind: "open" },
  { kind: "claim", count: 1, late: 0 },
  { kind: "settle", which: 0, verdict: "failed", late: false },
  { kind: "retry", id: "any-2" },
  { kind: "claim", count: 1, late: 0 },
  { kind: "settle", which: 0, verdict: "delivered", late: true },
];

test("whatever happens in whatever order, every delivery is in one place, in order, and arrives", async ({
  redis,
  keys,
}) => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 80, size: "max" }), async (steps) => {
      run += 1;
      const endpoint = `crm-${run}`;
      const outbox = createOutbox(redis, keys, ring);
      const log = createDeliveryLog(redis, keys, ring);
      const worker = await outbox.openWorker(endpoint);
      const known = new Map<string, Known>();
      const bench: Bench = { redis, keys, endpoint, outbox, log, known, underWay: [], worker, now: T0 };
      for (const step of steps) {
        await runStep(bench, step);
        await check(bench);
      }
      await drain(bench);
    }),
    { numRuns: RUNS, examples: [[[...DELIVERED_LATE]]] },
  );
}, 600_000);
