/**
 * Records a second through a scan (parse the body, check the page, load snapshots, adopt, commit to a real Redis), against
 * JSON.parse alone on the same bodies in the same run. No network. Goal for unchanged records: at least 1/3 of JSON.parse, by the
 * clock; on a busy machine the share of the processor's time says more. `unchanged` leaves the rest out.
 */
import { randomBytes } from "node:crypto";

import { parsePage } from "../src/cliniko/parse-page.ts";
import { type ScanDeps, type ScanResult, scan } from "../src/pollers/scan/scan.ts";
import { createAccountStore } from "../src/store/detection/account-store.ts";
import { createKeys } from "../src/store/redis/keys.ts";
import { createLeases } from "../src/store/detection/lease.ts";
import { resources } from "../src/resources/registry.ts";
import { NOW, inventAppointments } from "./support/appointments.ts";
import { createBenchKeyring } from "./support/bench-keyring.ts";
import { startBenchRedis } from "./support/bench-redis.ts";
import { printMachine } from "./support/machine.ts";

const PAGES = Number(process.env["BENCH_PAGES"] ?? 100);
const PAGE_SIZE = 100;
/** These teach the compiler and are not counted. */
const WARM_UP = 5;
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 9);
const GOAL_SHARE = 1 / 3;
const RESOURCE = "individual_appointments";
const TEN_YEARS_MS = 3.2e11;
const onlyUnchanged = process.argv[2] === "unchanged";

type Bodies = readonly string[];

/** The list as the upstream answers it; from the second version on, every record has moved by a day. */
function answersOf(version: number): Bodies {
  const records = [...inventAppointments(PAGES * PAGE_SIZE)].map((record) =>
    version === 0
      ? record
      : {
          ...record,
          starts_at: later(record["starts_at"], version * 86_400),
          ends_at: later(record["ends_at"], version * 86_400),
          updated_at: later(record["updated_at"], version),
        },
  );
  return Array.from({ length: PAGES }, (_, page) =>
    JSON.stringify({
      [RESOURCE]: records.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE),
      total_entries: records.length,
      links: { self: "https://api.au4.cliniko.com/v1", ...(page + 1 < PAGES ? { next: "more" } : {}) },
    }),
  );
}

function later(stamp: unknown, seconds: number): string {
  return `${new Date(Date.parse(String(stamp)) + seconds * 1_000).toISOString().slice(0, 19)}Z`;
}

/** Answers with one body after the other, whatever it is asked. */
function clientOf(bodies: Bodies): ScanDeps["client"] {
  let page = 0;
  return {
    listPage: async (resource, request) => {
      const body = bodies[page] ?? `{"${RESOURCE}":[]}`; // the last page is full: one more is asked for
      page += 1;
      return parsePage(resource, request, JSON.parse(body), NOW);
    },
  };
}

await using server = await startBenchRedis();
const keys = createKeys("bench");
const keyring = await createBenchKeyring();
const store = createAccountStore(server.redis, keys, keyring);
const lease = await createLeases(server.redis, keys, 3_600_000).acquire("northside", RESOURCE);
if (!lease) throw new Error("the lease is free");
const context = {
  account: "northside",
  resource: RESOURCE,
  projection: resources[RESOURCE],
  identityKey: randomBytes(32),
};

/** Milliseconds by the clock, and of the processor (all threads of this process). */
interface Took {
  readonly clock: number;
  readonly cpu: number;
}

function begin(): () => Took {
  const usedBefore = process.cpuUsage();
  const startedMs = performance.now();
  return () => {
    const { system, user } = process.cpuUsage(usedBefore);
    return { clock: performance.now() - startedMs, cpu: (user + system) / 1_000 };
  };
}

async function scanOf(bodies: Bodies, expectedChanges: number): Promise<Took> {
  if (!lease) throw new Error("the lease is free");
  const deps = { client: clientOf(bodies), store, resource: resources[RESOURCE], context };
  const end = begin();
  const result: ScanResult = await scan(
    { ...deps, overlapMs: TEN_YEARS_MS },
    lease,
    new AbortController().signal,
  );
  const took = end();
  if (result.kind !== "completed") throw new Error(`the scan ${JSON.stringify(result)}`);
  if (result.changes !== expectedChanges) throw new Error(`${result.changes} changes`);
  return took;
}

function parseAlone(bodies: Bodies): Took {
  const end = begin();
  let rows = 0;
  for (const body of bodies) rows += (JSON.parse(body) as Record<string, unknown[]>)[RESOURCE]?.length ?? 0;
  const took = end();
  if (rows !== PAGES * PAGE_SIZE) throw new Error(`${rows} rows`);
  return took;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[numbers.length >> 1] ?? Number.NaN;
}

interface Round {
  readonly parse: Took;
  readonly scan: Took;
}

const records = PAGES * PAGE_SIZE;
const first = answersOf(0);
const baseline = await scanOf(first, records);

const unchanged: Round[] = [];
for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
  unchanged.push({ parse: parseAlone(first), scan: await scanOf(first, 0) });
}
const changed: Round[] = [];
const lastVersion = onlyUnchanged ? 0 : WARM_UP + ROUNDS;
for (let version = 1; version <= lastVersion; version += 1) {
  const bodies = answersOf(version);
  changed.push({ parse: parseAlone(bodies), scan: await scanOf(bodies, records) });
}

function share(rounds: readonly Round[], of: keyof Took): number {
  return median(rounds.slice(WARM_UP).map(({ parse, scan: took }) => parse[of] / took[of]));
}

function perSecond(tookMs: number): string {
  return `${Math.round((records / tookMs) * 1_000).toLocaleString("en")}/s`.padStart(10);
}

function line(rounds: readonly Round[]): string {
  const rate = perSecond(median(rounds.slice(WARM_UP).map(({ scan: { clock } }) => clock)));
  return `${rate}  ${share(rounds, "clock").toFixed(3)} of JSON.parse, ${share(rounds, "cpu").toFixed(3)} by processor time`;
}

const bytes = Math.round(first.reduce((sum, body) => sum + body.length, 0) / records);
printMachine();
console.log(
  `${server.version}, ${records.toLocaleString("en")} appointments of ${bytes} B, ${ROUNDS} rounds`,
);
console.log(
  `JSON.parse alone:   ${perSecond(median(unchanged.slice(WARM_UP).map(({ parse: { clock } }) => clock)))}`,
);
console.log(`unchanged records:  ${line(unchanged)}, goal 0.333`);
if (changed.length > 0) console.log(`changed records:    ${line(changed)}`);
console.log(`first sync:         ${perSecond(baseline.clock)}  (once, cold)`);
const isMet = share(unchanged, "clock") >= GOAL_SHARE;
console.log(isMet ? "goal met" : "goal missed");
if (!isMet) process.exitCode = 1;
