import {
  type ScheduleSettings,
  type WeekPlan,
  createSchedule,
} from "../../src/pollers/schedule/adaptive-schedule.ts";
import { HOURS_PER_WEEK, hourOfWeek, toHourWeights } from "../../src/pollers/schedule/hour-weights.ts";
import { POLLS_PER_ACCOUNT } from "../../src/pollers/scan/places.ts";
import { type Random, createRandom } from "../../src/sandbox/clinic/random.ts";
import { type ScheduleState, fadingWeight, toCounted } from "../../src/store/detection/schedule-store.ts";
import { type ClinicShape, FORTNIGHT_HOURS, MONDAY_MS, inventEdits } from "./clinic-edits.ts";
import {
  createBudget,
  type Polled,
  WAKE_MS,
  type Watching,
  simulatePolling,
  simulateTogether,
} from "./poll-simulation.ts";

const HOUR_MS = 3_600_000;
const FORTNIGHT_MS = FORTNIGHT_HOURS * HOUR_MS;

/** One kind of record of a clinic, and how it is polled. */
export interface Member {
  readonly resource: string;
  readonly shape: ClinicShape;
  readonly settings: ScheduleSettings;
  /** Its requests are divided among all of which this is so, by what was learnt of each. */
  readonly isLive: boolean;
}

export interface Seeds {
  readonly seeds: number;
  readonly firstSeed: number;
}

export interface WatchOptions extends Omit<Member, "isLive" | "resource">, Seeds {
  readonly requestsPerMinute: number;
}

export interface Watched {
  readonly learning: Polled;
  readonly adaptive: Polled;
  readonly fixed: Polled;
  /** What was watched, polled at a fixed interval. */
  readonly atFixed: (intervalMs: number) => Polled;
  /** The fixed interval that makes as many requests. */
  readonly fixedMs: number;
}

const MIDDLE_MS = MONDAY_MS + FORTNIGHT_MS;
const END_MS = MIDDLE_MS + FORTNIGHT_MS;

/** As `watchTogether`, of one kind of record alone with a share of its own. */
export function watchClinics({ requestsPerMinute, seeds, firstSeed, ...member }: WatchOptions): Watched {
  const members = [{ resource: "individual_appointments", isLive: true, ...member }];
  const [watched] = watchTogether(members, { seeds, firstSeed }, () => () => requestsPerMinute);
  if (!watched) throw new Error("one member is watched");
  return watched;
}

/**
 * For each seed one clinic: a fortnight to learn from, beginning with nothing, then another one under what was learnt,
 * without learning on. The fixed interval polls the second fortnight, as often as the adaptive schedule did in it.
 * @param sharesOf for each clinic, what a resource may spend after a poll, requests a minute
 * @param allowed what the account may spend, requests a minute; without it nobody waits
 * @param besideMs how often a request is made beside the polls
 */
export function watchTogether(
  members: readonly Member[],
  { seeds, firstSeed }: Seeds,
  sharesOf: () => (resource: string, nowMs: number) => number,
  { allowed = Infinity, besideMs = Infinity }: { readonly allowed?: number; readonly besideMs?: number } = {},
): Watched[] {
  const clinics = Array.from({ length: seeds }, (_, seed) => {
    const shareOf = sharesOf();
    const random = createRandom(seed).fork("requests");
    const live: { readonly resource: string; readonly weights: (nowMs: number) => readonly number[] }[] = [];
    const runs = members.map((member, index) => {
      const { resource, shape, isLive } = member;
      const beside = (nowMs: number): readonly (readonly number[])[] =>
        isLive
          ? live.filter((other) => other.resource !== resource).map((other) => other.weights(nowMs))
          : [];
      const learner = createLearner(member, `clinic-${seed}/${resource}`, shareOf, beside);
      if (isLive) live.push({ resource, weights: learner.weights });
      // What happens to one has nothing to do with the others.
      const own = firstSeed + seed * 2 + index * 1_000_000;
      const first = inventEdits(shape, own, MONDAY_MS);
      const second = inventEdits(shape, own + 1, MIDDLE_MS);
      return { learner, first, second, random };
    });
    const watching = (of: "first" | "second"): Watching[] =>
      runs.map(({ learner, ...run }) => ({
        edits: run[of],
        firstAt: learner.firstAt,
        nextAt: learner.nextAt,
      }));
    const beside: Watching = { edits: new Float64Array(), nextAt: (startedAtMs) => startedAtMs + besideMs };
    const simulate = (of: "first" | "second", startMs: number, endMs: number): Polled[] =>
      simulateTogether([...watching(of), beside], startMs, endMs, random, {
        free: createBudget(allowed),
        places: POLLS_PER_ACCOUNT,
      });
    const learning = simulate("first", MONDAY_MS, MIDDLE_MS);
    for (const { learner } of runs) learner.stop();
    const adaptive = simulate("second", MIDDLE_MS, END_MS);
    return runs.map((run, index) => ({
      ...run,
      learning: learning[index] ?? NOTHING,
      adaptive: adaptive[index] ?? NOTHING,
    }));
  });
  return members.map((_, index) => compare(clinics.flatMap((runs) => runs[index] ?? [])));
}

const NOTHING: Polled = { latenciesMs: [], requests: 0, waitsMs: [] };

/** A schedule that learns from its own polls until it is stopped. */
function createLearner(
  { resource, settings }: Member,
  key: string,
  shareOf: (resource: string, nowMs: number) => number,
  beside: (nowMs: number) => readonly (readonly number[])[],
): { readonly weights: (nowMs: number) => readonly number[] } & Required<
  Pick<Watching, "firstAt" | "nextAt">
> & {
    stop(): void;
  } {
  const schedule = createSchedule(settings);
  const counts = Array.from({ length: HOURS_PER_WEEK }, () => 0);
  let state: ScheduleState | undefined;
  let plan: WeekPlan = [];
  let planUntilMs = 0;
  let learns = true;
  const weights = (nowMs: number): readonly number[] =>
    toHourWeights(counts.map((count) => count / fadingWeight(nowMs)));
  const replan = (nowMs: number): void => {
    plan = schedule.plan(weights(nowMs), beside(nowMs));
    planUntilMs = nowMs + HOUR_MS;
  };
  return {
    weights,
    firstAt: (startMs) => schedule.first(key, startMs),
    nextAt(startedAtMs, nowMs, changes) {
      if (learns && nowMs >= planUntilMs) replan(nowMs);
      const requestsPerMinute = shareOf(resource, nowMs);
      const hour = hourOfWeek(startedAtMs);
      const next = schedule.next(state, {
        ...{ key, startedAtMs, nowMs, capMs: plan[hour], requestsPerMinute },
        hit: changes > 0,
      });
      state = next.state;
      if (learns) counts[hour] = (counts[hour] ?? 0) + toCounted(changes) * fadingWeight(nowMs);
      return next.atMs;
    },
    stop() {
      replan(MIDDLE_MS);
      learns = false;
    },
  };
}

interface Run extends Pick<Watched, "adaptive" | "learning"> {
  readonly second: Float64Array;
  readonly random: Random;
}

function compare(runs: readonly Run[]): Watched {
  const learning = together(runs.map((run) => run.learning));
  const adaptive = together(runs.map((run) => run.adaptive));
  const fixedMs = (FORTNIGHT_MS * runs.length) / adaptive.requests;
  const atFixed = (intervalMs: number): Polled =>
    together(
      runs.map(({ second, random }) =>
        simulatePolling(
          second,
          MIDDLE_MS,
          END_MS,
          random,
          (startedAtMs) => startedAtMs + intervalMs - WAKE_MS / 2,
        ),
      ),
    );
  return { learning, adaptive, fixed: atFixed(fixedMs), atFixed, fixedMs };
}

/** What is watched beside each other, as one; the fixed interval polls all of it as often as the schedules did together. */
export function asOne(parts: readonly Watched[]): Watched {
  const [learning, adaptive] = [
    together(parts.map((part) => part.learning)),
    together(parts.map((part) => part.adaptive)),
  ];
  const fixedMs =
    parts.reduce((sum, part) => sum + part.fixedMs * part.adaptive.requests, 0) / adaptive.requests;
  const atFixed = (intervalMs: number): Polled => together(parts.map((part) => part.atFixed(intervalMs)));
  return { learning, adaptive, fixed: atFixed(fixedMs), atFixed, fixedMs };
}

function together(parts: readonly Polled[]): Polled {
  return {
    latenciesMs: parts.flatMap(({ latenciesMs }) => latenciesMs),
    requests: parts.reduce((sum, { requests }) => sum + requests, 0),
    waitsMs: parts.flatMap(({ waitsMs }) => waitsMs),
  };
}
