import { type Random, createRandom } from "../../src/sandbox/clinic/random.ts";

const HOUR_MS = 3_600_000;
export const FORTNIGHT_HOURS = 336;
/** A Monday, 00:00 UTC, so that hour 0 of a fortnight is hour 0 of the week. */
export const MONDAY_MS = Date.UTC(2026, 5, 1);
/** The clinic's clock is ahead of UTC, as most of Cliniko's customers' are: nothing may depend on UTC's own day. */
const ZONE_HOURS = 10;

export interface ClinicShape {
  readonly name: string;
  /** All edits of a fortnight, divided by 14. */
  readonly editsPerDay: number;
  /** Edits that staff make in one go: the mean of a geometric distribution. 1: no clustering at all. */
  readonly meanRun: number;
  /** Between two edits of a run: median of a log-normal distribution with sigma 1. */
  readonly medianGapMs: number;
  /** Share of edits that patients make by themselves (online bookings), one at a time, mostly out of hours. */
  readonly onlineShare: number;
}

/** How busy staff are in each local hour of a weekday; Saturdays have four hours, Sundays none. */
const WEEKDAY = new Map([
  [8, 1.3],
  [9, 1.4],
  [10, 1.2],
  [11, 1],
  [12, 0.7],
  [13, 0.8],
  [14, 1],
  [15, 1],
  [16, 1],
  [17, 0.6],
]);
const SATURDAY = new Map([
  [8, 0.5],
  [9, 0.5],
  [10, 0.5],
  [11, 0.4],
]);

/** The times of all edits of one fortnight, sorted, unix ms. */
export function inventEdits(shape: ClinicShape, seed: number, startMs: number): Float64Array {
  const random = createRandom(seed);
  const hours = Array.from({ length: FORTNIGHT_HOURS }, (_, hour) => hour);
  const staff = hours.map(staffWeight);
  const online = hours.map(onlineWeight);
  const total = shape.editsPerDay * 14;
  const edits: number[] = [];
  for (const hour of hours) {
    const fromMs = startMs + hour * HOUR_MS;
    const runs = (total * (1 - shape.onlineShare) * share(staff, hour)) / shape.meanRun;
    for (const atMs of poisson(random, runs, fromMs)) addRun(random, shape, atMs, edits);
    edits.push(...poisson(random, total * shape.onlineShare * share(online, hour), fromMs));
  }
  const endMs = startMs + FORTNIGHT_HOURS * HOUR_MS;
  return Float64Array.from(edits.filter((atMs) => atMs < endMs)).toSorted();
}

/** For each hour of a fortnight how many edits nothing announces: the first of each run, and those of patients. */
export function expectedUnforeseen({ editsPerDay, meanRun, onlineShare }: ClinicShape): number[] {
  const hours = Array.from({ length: FORTNIGHT_HOURS }, (_, hour) => hour);
  const staff = hours.map(staffWeight);
  const online = hours.map(onlineWeight);
  const total = editsPerDay * 14;
  return hours.map(
    (hour) =>
      total * (((1 - onlineShare) / meanRun) * share(staff, hour) + onlineShare * share(online, hour)),
  );
}

function staffWeight(hour: number): number {
  const local = (hour + ZONE_HOURS) % FORTNIGHT_HOURS;
  const day = Math.floor(local / 24) % 7;
  if (day === 6) return 0;
  return (day === 5 ? SATURDAY : WEEKDAY).get(local % 24) ?? 0;
}

function onlineWeight(hour: number): number {
  const localHour = (hour + ZONE_HOURS) % 24;
  if (localHour < 6) return 0.1;
  return localHour >= 18 && localHour < 23 ? 1.5 : 1;
}

function share(weights: readonly number[], hour: number): number {
  return (weights[hour] ?? 0) / weights.reduce((sum, weight) => sum + weight, 0);
}

function addRun(
  random: Random,
  { meanRun, medianGapMs }: ClinicShape,
  startMs: number,
  into: number[],
): void {
  let atMs = startMs;
  into.push(atMs);
  while (random.next() > 1 / meanRun) {
    atMs += medianGapMs * Math.exp(normal(random));
    into.push(atMs);
  }
}

function poisson(random: Random, expected: number, fromMs: number): number[] {
  const times: number[] = [];
  if (expected <= 0) return times;
  let at = exponential(random) / expected;
  while (at < 1) {
    times.push(fromMs + at * HOUR_MS);
    at += exponential(random) / expected;
  }
  return times;
}

function exponential(random: Random): number {
  return -Math.log(1 - random.next());
}

export function normal(random: Random): number {
  return Math.sqrt(2 * exponential(random)) * Math.cos(2 * Math.PI * random.next());
}
