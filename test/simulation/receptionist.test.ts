import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createClinic, type Clinic } from "../../src/sandbox/clinic/clinic.ts";
import type { LedgerEntry } from "../../src/sandbox/audit/ledger.ts";
import {
  type Act,
  createReceptionist,
  startReceptionist,
  type ReceptionistOptions,
} from "../../src/sandbox/staff/receptionist.ts";
import { seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import { MINUTE, START } from "../unit/sandbox/clinic-fixture.ts";

interface Shift {
  readonly clinic: Clinic;
  readonly acts: Act[];
  /** Works so many acts, a while apart. */
  readonly work: (count: number, gapMs?: number) => void;
  readonly baseline: number;
}

function startShift(options: Partial<ReceptionistOptions> = {}): Shift {
  const clock = { now: START };
  const clinic = createClinic({ now: () => clock.now, seed: 5 });
  seedClinic(clinic, { patients: 60, appointments: 150 });
  const acts: Act[] = [];
  const receptionist = createReceptionist({ clinic, seed: 9, onAct: (act) => acts.push(act), ...options });
  return {
    clinic,
    acts,
    baseline: clinic.ledger.entries.length,
    work: (count, gapMs = 7000) => {
      for (let done = 0; done < count; done += 1) {
        clock.now += gapMs;
        receptionist.step();
      }
    },
  };
}

test("every step is one believable act, told in a sentence", () => {
  const { acts, work, clinic, baseline } = startShift();
  work(400);
  expect(acts).toHaveLength(400);
  for (const act of acts) expect(act.line).toMatch(/^(Reception|Reminders) .+[^.]$/);
  expect(clinic.ledger.entries.length - baseline).toBeGreaterThanOrEqual(400);
});

test("in a long shift every kind of act comes up, and every fact but those that never happen", () => {
  const { acts, work, clinic } = startShift();
  work(1500);
  expect(new Set(acts.map((act) => act.kind)).size).toBe(27);
  const facts = new Set(clinic.ledger.entries.flatMap((entry) => entry.facts));
  expect([...facts].toSorted()).toEqual(
    [
      "added",
      "archived",
      "arrival_reverted",
      "arrived",
      "cancelled",
      "created",
      "did_not_arrive",
      "did_not_arrive_reverted",
      "merged",
      "practitioner_changed",
      "rescheduled",
      "unarchived",
      "updated",
    ].toSorted(),
  );
  const reasons = clinic.desk.appointments().map((row) => row.cancellation_reason);
  expect(new Set(reasons)).toEqual(new Set([null, 10, 20, 30, 31, 40, 50, 60]));
});

test("the same seed does the same acts", () => {
  expect(linesOfShift()).toEqual(linesOfShift());
});

test("the records an act names are those it wrote", () => {
  const { acts, work, clinic, baseline } = startShift({ weights: { correctName: 0 } });
  work(500);
  const entries = clinic.ledger.entries.slice(baseline).filter((entry) => !follows(entry));
  const written = new Set(entries.map((entry) => entry.id));
  const named = new Set(acts.flatMap((act) => act.recordIds));
  expect([...written].filter((id) => !named.has(id))).toEqual([]);
});

test("a record is left alone for the gap, so that a demo shows one callback for one act", () => {
  const minGapMs = 5 * MINUTE;
  const { work, clinic, baseline } = startShift({ minGapMs });
  work(600);
  const lastAt = new Map<string, number>();
  const gaps: number[] = [];
  for (const entry of clinic.ledger.entries.slice(baseline)) {
    if (entry.noise) continue;
    gaps.push(entry.at - (lastAt.get(entry.id) ?? -Infinity));
    lastAt.set(entry.id, entry.at);
  }
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(minGapMs);
});

test("without a gap the same record is acted on again and again", () => {
  const { work, clinic, baseline } = startShift();
  work(600);
  const ids = clinic.ledger.entries.slice(baseline).map((entry) => entry.id);
  expect(new Set(ids).size).toBeLessThan(ids.length);
});

test("new times are in opening hours of the coming fortnight", () => {
  const { acts, work } = startShift({ weights: onlyOf({ moveVisit: 1 }) });
  work(100);
  const hours = acts.map((act) => Number(/to \w+ (\d+):/.exec(act.line)?.[1]));
  expect(Math.min(...hours)).toBeGreaterThanOrEqual(8);
  expect(Math.max(...hours)).toBeLessThan(18);
  expect(acts[0]?.line).toMatch(/^Reception moved .+'s \w+day \d+:\d\d to \w+day \d+:\d\d$/);
});

test("in an empty clinic there is nobody to act on but newcomers", () => {
  const clinic = createClinic({ now: () => START, seed: 1 });
  const receptionist = createReceptionist({ clinic, seed: 1, weights: { registerNewcomer: 0 } });
  expect(receptionist.step()).toBeUndefined();
  expect(receptionist.acts).toBe(0);
  expect(createReceptionist({ clinic, seed: 1 }).step()?.kind).toBe("registerNewcomer");
});

describe("a receptionist at work", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("keeps to the acts a minute, at uneven gaps, until stopped", async () => {
    const clinic = createClinic({ now: Date.now, seed: 1 });
    seedClinic(clinic, { patients: 20, appointments: 40 });
    const times: number[] = [];
    const receptionist = createReceptionist({ clinic, seed: 2, onAct: (act) => times.push(act.at) });
    const work = startReceptionist(receptionist, { actsPerMinute: 30 });
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(times.length).toBeGreaterThan(270);
    expect(times.length).toBeLessThan(330);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeLessThan(1200);
    expect(Math.max(...gaps)).toBeGreaterThan(2800);
    await work[Symbol.asyncDispose]();
    const before = times.length;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(times).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("stops when the signal aborts, and does not start after it", async () => {
    const clinic = createClinic({ now: Date.now, seed: 1 });
    seedClinic(clinic, { patients: 20, appointments: 40 });
    const receptionist = createReceptionist({ clinic, seed: 2 });
    const abort = new AbortController();
    const work = startReceptionist(receptionist, { actsPerMinute: 60, signal: abort.signal });
    await vi.advanceTimersByTimeAsync(5000);
    expect(receptionist.acts).toBeGreaterThan(2);
    abort.abort();
    expect(vi.getTimerCount()).toBe(0);
    startReceptionist(receptionist, { actsPerMinute: 60, signal: abort.signal });
    expect(vi.getTimerCount()).toBe(0);
    await work[Symbol.asyncDispose]();
  });
});

function linesOfShift(): string[] {
  const { acts, work } = startShift();
  work(200);
  return acts.map((act) => act.line);
}

type Weights = NonNullable<ReceptionistOptions["weights"]>;

/** Only these acts: all others get the weight 0. */
function onlyOf(weights: Weights): Weights {
  const none = {
    bookVisit: 0,
    bookCourse: 0,
    moveVisit: 0,
    cancelVisit: 0,
    greet: 0,
    takeBackArrival: 0,
    noteNoShow: 0,
    takeBackNoShow: 0,
    registerNewcomer: 0,
    correctDetails: 0,
    correctName: 0,
    editVisitNote: 0,
    handOver: 0,
    remind: 0,
    invoice: 0,
    mergeDuplicates: 0,
    removeVisit: 0,
    putAwayPatient: 0,
    takeOutPatient: 0,
    moveAfternoon: 0,
    cancelAfternoon: 0,
    bookClass: 0,
    joinClass: 0,
    cancelClassPlace: 0,
    greetAtClass: 0,
    noteClassNoShow: 0,
    moveClass: 0,
  };
  return { ...none, ...weights };
}

/** Attendees of appointments follow by themselves, and classes follow who comes to them. */
function follows(entry: LedgerEntry): boolean {
  return entry.noise && (entry.resource === "attendees" || entry.resource === "group_appointments");
}
