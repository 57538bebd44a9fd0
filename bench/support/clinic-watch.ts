import {
  type ScheduleSettings,
  type WeekPlan,
  createSchedule,
} from "../../src/pollers/schedule/adaptive-schedule.ts";
import { HOURS_PER_WEEK, hourOfWeek, toHourWeights } from "../../src/pollers/schedule/hour-weights.ts";
import { createRandom } from "../../src/sandbox/clinic/random.ts";
import { type ScheduleState, fadingWeight, toCounted } from "../../src/store/detection/schedule-store.ts";
import { type ClinicShape, FORTNIGHT_HOURS, MONDAY_MS, inventEdits } from "./clinic-edits.ts";
import { type Polled, WAKE_MS, simulatePolling } from "./poll-simulation.ts";

const HOUR_MS = 3_600_000;
const FORTNIGHT_MS = FORTNIGHT_HOURS * HOUR_MS;

export interface WatchOptions {
  readonly shape: ClinicShape;
  readonly settings: ScheduleSettings;
  readonly requestsPerMinute: number;
  readonly seeds: number;
  readonly firstSeed: number;
  /** Names the resource: gives the phase of its ticks. */
  readonly resource?: string;
}

export interface Watched {
  readonly learning: Polled;
  readonly adaptive: Polled;
  readonly fixed: Polled;
  /** What was watched, polled at a fixed interval. */
  readonly atFixed: (intervalMs: number) => Polled;
  /** The fixed interval that makes as many requests. */
  readonly fixedMs: number;
  /** Adaptive mean by fixed mean, for each clinic. */
  readonly ratios: readonly number[];
}

/**
 * For each seed one clinic: a fortnight to learn from, beginning with nothing, then another one under what was learnt,
 * without learning on. The fixed interval polls the second fortnight, as often as the adaptive schedule did in it.
 */
export function watchClinics({
  shape,
  settings,
  requestsPerMinute,
  seeds,
  firstSeed,
  resource = "individual_appointments",
}: WatchOptions): Watched {
  const schedule = createSchedule(settings);
  const middleMs = MONDAY_MS + FORTNIGHT_MS;
  const endMs = middleMs + FORTNIGHT_MS;
  const runs = Array.from({ length: seeds }, (_, seed) => {
    const key = `clinic-${seed}/${resource}`;
    const counts = Array.from({ length: HOURS_PER_WEEK }, () => 0);
    let state: ScheduleState | undefined;
    let plan: WeekPlan = [];
    let planUntilMs = 0;
    let learns = true;

    const replan = (nowMs: number): void => {
      plan = schedule.plan(toHourWeights(counts.map((count) => count / fadingWeight(nowMs))));
      planUntilMs = nowMs + HOUR_MS;
    };
    const nextAt = (startedAtMs: number, nowMs: number, changes: number): number => {
      if (learns && nowMs >= planUntilMs) replan(nowMs);
      const next = schedule.next(state, {
        key,
        startedAtMs,
        nowMs,
        plan,
        requestsPerMinute,
        hit: changes > 0,
      });
      state = next.state;
      const hour = hourOfWeek(startedAtMs);
      if (learns) counts[hour] = (counts[hour] ?? 0) + toCounted(changes) * fadingWeight(nowMs);
      return next.atMs;
    };

    const random = createRandom(seed).fork("requests");
    const first = inventEdits(shape, firstSeed + seed * 2, MONDAY_MS);
    const second = inventEdits(shape, firstSeed + seed * 2 + 1, middleMs);
    const learning = simulatePolling(first, MONDAY_MS, middleMs, random, nextAt);
    replan(middleMs);
    learns = false;
    return { second, random, learning, adaptive: simulatePolling(second, middleMs, endMs, random, nextAt) };
  });

  const learning = together(runs.map((run) => run.learning));
  const adaptive = together(runs.map((run) => run.adaptive));
  const fixedMs = (FORTNIGHT_MS * seeds) / adaptive.requests;
  const pollAt = (intervalMs: number): readonly Polled[] =>
    runs.map(({ second, random }) =>
      simulatePolling(
        second,
        middleMs,
        endMs,
        random,
        (startedAtMs) => startedAtMs + intervalMs - WAKE_MS / 2,
      ),
    );
  const fixedRuns = pollAt(fixedMs);
  const ratios = runs.map((run, seed) => meanOf(run.adaptive) / meanOf(fixedRuns[seed]));
  const atFixed = (intervalMs: number): Polled => together(pollAt(intervalMs));
  return { learning, adaptive, fixed: together(fixedRuns), atFixed, fixedMs, ratios };
}

function meanOf(polled: Polled | undefined): number {
  const latenciesMs = polled?.latenciesMs ?? [];
  return latenciesMs.reduce((sum, latencyMs) => sum + latencyMs, 0) / latenciesMs.length;
}

function together(parts: readonly Polled[]): Polled {
  return {
    latenciesMs: parts.flatMap(({ latenciesMs }) => latenciesMs),
    requests: parts.reduce((sum, { requests }) => sum + requests, 0),
  };
}
