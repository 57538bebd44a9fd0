import { cpus } from "node:os";

import { SCHEDULE_DEFAULTS } from "../src/pollers/schedule/adaptive-schedule.ts";
import { RESOURCE_NAMES, resources } from "../src/resources/registry.ts";
import type { ClinicShape } from "./support/clinic-edits.ts";
import { type Watched, asOne, watchClinics } from "./support/clinic-watch.ts";
import { leastLateShare } from "./support/late-bound.ts";
import type { Polled } from "./support/poll-simulation.ts";
import {
  ALLOWED,
  type AccountOptions,
  CLINIC,
  type WatchedResource,
  watchAccount,
} from "./support/watched-account.ts";

/**
 * How long a change stays unknown, and what that costs in requests: the adaptive schedule against a fixed interval.
 * An argument names the first seed: other clinics of the same kind. The settings were chosen on seeds below 10,000.
 */
const SEEDS = 20;
/** For the tables beside the result. */
const FEW_SEEDS = 5;
const GOAL = { meanRatio: 0.45, p95Ms: 8_000, maxMs: 20_000 };

const OTHER_CLINICS: readonly ClinicShape[] = [
  { ...CLINIC, name: "runs of 5, 8 s apart", medianGapMs: 8_000 },
  { ...CLINIC, name: "runs of 3, 20 s apart", meanRun: 3, medianGapMs: 20_000 },
  { ...CLINIC, name: "no runs at all", meanRun: 1 },
  { ...CLINIC, name: "a quarter booked online", onlineShare: 0.25 },
  { ...CLINIC, name: "40 edits a day", editsPerDay: 40 },
  { ...CLINIC, name: "600 edits a day", editsPerDay: 600 },
];
const FIRST_SEED = Number(process.argv[2] ?? 50_000);
/** What an account reads that does not name its resources. */
const BY_DEFAULT = RESOURCE_NAMES.filter((name) => resources[name].byDefault);

function watchDefault(options: Omit<AccountOptions, "firstSeed">): WatchedResource[] {
  return watchAccount(BY_DEFAULT, { firstSeed: FIRST_SEED, ...options });
}

function allOf(rows: readonly WatchedResource[]): Watched {
  return asOne(rows.map(({ watched }) => watched));
}

interface Figures {
  readonly meanMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

function figuresOf({ latenciesMs }: Polled): Figures {
  const sorted = Float64Array.from(latenciesMs).toSorted();
  const at = (quantile: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? 0;
  const meanMs = sorted.reduce((sum, latencyMs) => sum + latencyMs, 0) / sorted.length;
  return { meanMs, p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}

function requestsPerDay({ requests }: Polled, seeds: number): number {
  return requests / (14 * seeds);
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(2).padStart(6);

function row(name: string, { meanMs, p95Ms, p99Ms, maxMs }: Figures, more = ""): void {
  console.log(
    `${name.padEnd(34)} ${seconds(meanMs)} ${seconds(p95Ms)} ${seconds(p99Ms)} ${seconds(maxMs)}  ${more}`,
  );
}

function rowOfBoth(name: string, { adaptive, fixed, fixedMs }: Watched, seeds: number): void {
  const perDay = requestsPerDay(adaptive, seeds);
  const ratio = figuresOf(adaptive).meanMs / figuresOf(fixed).meanMs;
  row(
    name,
    figuresOf(adaptive),
    `${ratio.toFixed(3)}   ${(perDay / 1_440).toFixed(2)}/min   ${seconds(fixedMs).trim()} s`,
  );
}

const BESIDE = "/fixed  requests   fixed";

function heading(title: string, more = ""): void {
  console.log(`\n${title.padEnd(34)}   mean    p95    p99    max  ${more}`);
}

function printResult(rows: readonly WatchedResource[]): boolean {
  const watched = allOf(rows);
  const [adaptive, fixed] = [figuresOf(watched.adaptive), figuresOf(watched.fixed)];
  const perDay = requestsPerDay(watched.adaptive, SEEDS);
  const perDayFixed = requestsPerDay(watched.fixed, SEEDS);
  heading(`${SEEDS} held-out fortnights (seconds)`);
  row(`fixed, every ${seconds(watched.fixedMs).trim()} s`, fixed, `${perDayFixed.toFixed(0)} requests a day`);
  row(
    "adaptive, learnt",
    adaptive,
    `${perDay.toFixed(0)} requests a day, ${(perDay / 1_440).toFixed(2)}/min`,
  );
  const ratios = [
    adaptive.meanMs / fixed.meanMs,
    adaptive.p95Ms / fixed.p95Ms,
    adaptive.p99Ms / fixed.p99Ms,
    adaptive.maxMs / fixed.maxMs,
  ];
  console.log(
    `${"adaptive / fixed".padEnd(34)} ${ratios.map((ratio) => ratio.toFixed(3).padStart(6)).join(" ")}`,
  );
  const learningPerDay = requestsPerDay(watched.learning, SEEDS);
  row(
    "adaptive, its first fortnight",
    figuresOf(watched.learning),
    `${learningPerDay.toFixed(0)} requests a day`,
  );

  heading("each for itself", BESIDE);
  for (const { resource, watched: one } of rows) rowOfBoth(resource, one, SEEDS);

  const { meanRatio, p95Ms, maxMs } = GOAL;
  const verdicts = [
    [`mean ≤ ${meanRatio} × fixed`, (ratios[0] ?? 1) <= meanRatio],
    [`p95 ≤ ${p95Ms / 1_000} s`, adaptive.p95Ms <= p95Ms],
    [`max ≤ ${maxMs / 1_000} s`, adaptive.maxMs <= maxMs],
  ] as const;
  console.log(`\n${verdicts.map(([goal, met]) => `${goal}: ${met ? "met" : "MISSED"}`).join("   ")}`);
  return verdicts.every(([, met]) => met);
}

function printOtherClinics(): void {
  heading("other clinics, same settings", BESIDE);
  for (const shape of OTHER_CLINICS) {
    rowOfBoth(shape.name, allOf(watchDefault({ clinic: shape, seeds: FEW_SEEDS })), FEW_SEEDS);
  }
}

function printOtherPrices(): void {
  heading("same clinic, other prices", BESIDE);
  for (const averageMs of [16_000, 14_000, 13_000, 12_000, 11_000, 10_000, 8_000]) {
    const settings = { ...SCHEDULE_DEFAULTS, averageMs };
    rowOfBoth(`averageMs ${averageMs}`, allOf(watchDefault({ settings, seeds: FEW_SEEDS })), FEW_SEEDS);
  }
}

function printAlone(): void {
  heading("appointments alone", BESIDE);
  const alone = { shape: CLINIC, settings: SCHEDULE_DEFAULTS, firstSeed: FIRST_SEED, seeds: SEEDS };
  for (const requestsPerMinute of [25, 60]) {
    const watched = watchClinics({ ...alone, requestsPerMinute });
    rowOfBoth(`${requestsPerMinute} requests a minute`, watched, SEEDS);
  }
}

function printBound(): void {
  const { promisedMaxMs } = SCHEDULE_DEFAULTS;
  console.log(
    `\nleast share of edits later than ${GOAL.p95Ms / 1_000} s, of one list, by any schedule that keeps the promise`,
  );
  for (const perDay of [4_500, 5_200, 5_500, 6_000, 6_500, 7_000]) {
    const share = leastLateShare(CLINIC, perDay, promisedMaxMs, GOAL.p95Ms);
    console.log(
      `  ${perDay} requests a day: ${(share * 100).toFixed(1)} %${share > 0.05 ? ", so p95 is beyond it" : ""}`,
    );
  }
}

const { editsPerDay, onlineShare, name } = CLINIC;
console.log(
  `${new Date().toISOString().slice(0, 10)}, node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`,
);
console.log(
  `settings ${JSON.stringify(SCHEDULE_DEFAULTS)}, ${ALLOWED} requests a minute allowed to ${BY_DEFAULT.join(", ")}`,
);
console.log(
  `clinic: ${editsPerDay} edits a day, ${name}, ${onlineShare * 100} % made by patients at any hour`,
);
const met = printResult(watchDefault({ seeds: SEEDS }));
printOtherClinics();
printOtherPrices();
printAlone();
printBound();
process.exitCode = met ? 0 : 1;
