import { RESOURCE_NAMES, type ResourceName, resources } from "../src/resources/registry.ts";
import { settingsOf } from "../src/pollers/schedule/adaptive-schedule.ts";
import { createLentShares, createRequestShares } from "../src/pollers/schedule/request-shares.ts";
import type { Tier } from "../src/shared/tier.ts";
import type { ClinicShape } from "./support/clinic-edits.ts";
import { type Watched, watchTogether } from "./support/clinic-watch.ts";
import { printMachine } from "./support/machine.ts";

/**
 * A clinic of which everything is read, under the default share and promises: how long changes stay unknown, tier by tier, and
 * what that costs. No request is made before the account's budget lets it through. Beside it a poller that reads all resources at
 * one interval with as many requests, and one that spends on the live ones what the service spends on them.
 */
const SEEDS = 20;
const FIRST_SEED = Number(process.argv[2] ?? 70_000);
const REQUESTS_PER_MINUTE = 200;
const BUDGET_SHARE = 0.25;
const PROMISE_MS: Readonly<Record<Tier, number>> = {
  live: 20_000,
  minute: 60_000,
  quarter: 900_000,
  daily: 86_400_000,
};
const GOAL = { meanRatio: 0.4, p95Ms: 7_000, maxMs: 20_000, minuteMaxMs: 75_000 };

/** What takes place within a fortnight is read again every five minutes: 12 pages of it, that nobody lends or schedules. */
const BESIDE_MS = 300_000 / 12;

/** Edits a day of a clinic of six practitioners; what is not named here is edited now and then. */
const EDITS: Partial<Record<ResourceName, number>> = {
  individual_appointments: 145,
  attendees: 40,
  group_appointments: 8,
  patients: 60,
  communications: 150,
  invoices: 60,
  treatment_notes: 70,
  patient_forms: 15,
  unavailable_blocks: 5,
  medical_alerts: 3,
  stock_adjustments: 10,
  patient_attachments: 10,
};
const SELDOM = 2;

interface Row {
  readonly resource: ResourceName;
  readonly tier: Tier;
  readonly allowed: number;
  readonly watched: Watched;
}

function shapeOf(resource: ResourceName): ClinicShape {
  const onlineShare = resource === "individual_appointments" || resource === "patients" ? 0.08 : 0;
  const editsPerDay = EDITS[resource] ?? SELDOM;
  return { name: resource, editsPerDay, meanRun: 5, medianGapMs: 15_000, onlineShare };
}

const names = RESOURCE_NAMES.filter((name) => resources[name].tier !== "daily");
const shared = {
  accounts: [{ name: "clinic", resources: RESOURCE_NAMES }],
  polling: {
    budgetShare: BUDGET_SHARE,
    intervalMs: undefined,
    promiseMs: PROMISE_MS,
    requestsPerMinute: REQUESTS_PER_MINUTE,
  },
};
const shareOf = createRequestShares(shared);
const members = names.map((resource) => {
  const { tier } = resources[resource];
  return { resource, shape: shapeOf(resource), settings: settingsOf(tier, PROMISE_MS[tier]) };
});
const byResource = watchTogether(
  members,
  { seeds: SEEDS, firstSeed: FIRST_SEED },
  () => {
    let atMs = 0;
    const lent = createLentShares(shared, () => atMs);
    return (resource, nowMs) => {
      atMs = nowMs;
      const target = { account: "clinic", resource };
      lent.spent(target, 1);
      return lent.of(target);
    };
  },
  { allowed: REQUESTS_PER_MINUTE * BUDGET_SHARE, besideMs: BESIDE_MS },
);
const rows = names.map((resource, index): Row => {
  const of = byResource[index];
  if (!of) throw new Error("every resource is watched");
  return {
    resource,
    tier: resources[resource].tier,
    allowed: shareOf({ account: "clinic", resource }),
    watched: of,
  };
});

const MINUTES = SEEDS * 14 * 1_440;
const perMinute = (row: Row): number => row.watched.adaptive.requests / MINUTES;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;
const sorted = (of: readonly Row[]): Float64Array =>
  Float64Array.from(of.flatMap(({ watched }) => watched.adaptive.latenciesMs)).toSorted();
const seconds = (ms: number | undefined): string => ((ms ?? Number.NaN) / 1_000).toFixed(2).padStart(8);

printMachine();
console.log(
  `${SEEDS} fortnights, ${RESOURCE_NAMES.length} resources, ${REQUESTS_PER_MINUTE * BUDGET_SHARE} requests a minute allowed`,
);
console.log(`${"".padEnd(34)}    mean     p95     max   requests a minute, of its share`);
for (const tier of ["live", "minute", "quarter"] as const) {
  const own = rows.filter((row) => row.tier === tier);
  const all = sorted(own);
  console.log(
    `${`${tier} (${own.length})`.padEnd(34)} ${seconds(mean([...all]))} ${seconds(all[Math.floor(0.95 * all.length)])} ${seconds(all.at(-1))}   ${sum(own.map(perMinute)).toFixed(2)} of ${sum(own.map(({ allowed }) => allowed)).toFixed(2)}`,
  );
  for (const row of tier === "live" ? own : []) {
    const one = sorted([row]);
    console.log(
      `  ${row.resource.padEnd(32)} ${seconds(mean([...one]))} ${seconds(one[Math.floor(0.95 * one.length)])} ${seconds(one.at(-1))}   ${perMinute(row).toFixed(2)} of ${row.allowed.toFixed(2)}`,
    );
  }
}

const live = rows.filter(({ tier }) => tier === "live");
const liveLatencies = sorted(live);
const liveMean = mean([...liveLatencies]);
const total = sum(rows.map(perMinute));
/** Everything at one interval, with as many requests. */
const evenlyMs = (60_000 * rows.length) / total;
const liveAloneMs = (60_000 * live.length) / sum(live.map(perMinute));
const fixedMean = (intervalMs: number): number =>
  mean(live.flatMap(({ watched }) => watched.atFixed(intervalMs).latenciesMs));
const [evenly, liveAlone] = [fixedMean(evenlyMs), fixedMean(liveAloneMs)];
console.log(
  `\nall at one interval, every ${seconds(evenlyMs).trim()} s: mean of the live ones ${seconds(evenly).trim()} s; ratio ${(liveMean / evenly).toFixed(3)}`,
);
console.log(
  `the live ones alone at one, every ${seconds(liveAloneMs).trim()} s: mean ${seconds(liveAlone).trim()} s; ratio ${(liveMean / liveAlone).toFixed(3)}`,
);

const waits = live.flatMap(({ watched }) => watched.adaptive.waitsMs);
const longest = waits.reduce((most, waitMs) => Math.max(most, waitMs), 0);
const waiting = waits.length / sum(live.map(({ watched }) => watched.adaptive.requests));
console.log(
  `live requests that wait for the account's budget: ${(waiting * 100).toFixed(2)} %, ${seconds(mean(waits)).trim()} s on average, ${seconds(longest).trim()} s at most`,
);

const minute = sorted(rows.filter(({ tier }) => tier === "minute"));
const verdicts = [
  [`mean ≤ ${GOAL.meanRatio} × one interval for all`, liveMean / evenly <= GOAL.meanRatio],
  [
    `p95 ≤ ${GOAL.p95Ms / 1_000} s`,
    (liveLatencies[Math.floor(0.95 * liveLatencies.length)] ?? 0) <= GOAL.p95Ms,
  ],
  [`max ≤ ${GOAL.maxMs / 1_000} s`, (liveLatencies.at(-1) ?? 0) <= GOAL.maxMs],
  [`minute tier max ≤ ${GOAL.minuteMaxMs / 1_000} s`, (minute.at(-1) ?? 0) <= GOAL.minuteMaxMs],
] as const;
console.log(`\n${verdicts.map(([goal, met]) => `${goal}: ${met ? "met" : "MISSED"}`).join("\n")}`);
process.exitCode = verdicts.every(([, met]) => met) ? 0 : 1;
