import { RESOURCE_NAMES } from "../src/resources/registry.ts";
import { asOne } from "./support/clinic-watch.ts";
import { printMachine } from "./support/machine.ts";
import { ALLOWED, type WatchedResource, watchAccount } from "./support/watched-account.ts";

/**
 * A clinic of which everything is read, under the default share and promises: how long changes stay unknown, tier by tier, and
 * what that costs. No request is made before the account's budget lets it through. Beside it a poller that reads all resources at
 * one interval with as many requests, and one that spends on the live ones what the service spends on them.
 */
const SEEDS = 20;
const FIRST_SEED = Number(process.argv[2] ?? 70_000);
const GOAL = { meanRatio: 0.4, p95Ms: 7_000, maxMs: 20_000, minuteMaxMs: 75_000 };

const rows = watchAccount(RESOURCE_NAMES, { seeds: SEEDS, firstSeed: FIRST_SEED });

const MINUTES = SEEDS * 14 * 1_440;
const perMinute = (row: WatchedResource): number => row.watched.adaptive.requests / MINUTES;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;
const sorted = (of: readonly WatchedResource[]): Float64Array =>
  Float64Array.from(of.flatMap(({ watched }) => watched.adaptive.latenciesMs)).toSorted();
const seconds = (ms: number | undefined): string => ((ms ?? Number.NaN) / 1_000).toFixed(2).padStart(8);

printMachine();
console.log(`${SEEDS} fortnights, ${RESOURCE_NAMES.length} resources, ${ALLOWED} requests a minute allowed`);
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
const liveOnes = asOne(live.map(({ watched }) => watched));
const total = sum(rows.map(perMinute));
/** Everything at one interval, with as many requests. */
const evenlyMs = (60_000 * rows.length) / total;
const [evenly, liveAlone] = [mean(liveOnes.atFixed(evenlyMs).latenciesMs), mean(liveOnes.fixed.latenciesMs)];
console.log(
  `\nall at one interval, every ${seconds(evenlyMs).trim()} s: mean of the live ones ${seconds(evenly).trim()} s; ratio ${(liveMean / evenly).toFixed(3)}`,
);
console.log(
  `the live ones alone at one, every ${seconds(liveOnes.fixedMs).trim()} s: mean ${seconds(liveAlone).trim()} s; ratio ${(liveMean / liveAlone).toFixed(3)}`,
);

const waits = live.flatMap(({ watched }) => watched.adaptive.waitsMs);
const longest = waits.reduce((most, waitMs) => Math.max(most, waitMs), 0);
const waiting = waits.length / sum(live.map(({ watched }) => watched.adaptive.requests));
console.log(
  `live requests that wait for their turn or the budget: ${(waiting * 100).toFixed(2)} %, ${seconds(mean(waits)).trim()} s on average, ${seconds(longest).trim()} s at most`,
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
