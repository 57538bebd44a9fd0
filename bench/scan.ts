/**
 * Records a second through a scan (parse the body, check the page, load snapshots, adopt, commit to a real Redis), against
 * JSON.parse alone on the same bodies in the same run. No network. Goal for unchanged records: at least 1/3 of JSON.parse.
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

const PAGES = Number(process.env["BENCH_PAGES"] ?? 100);
const PAGE_SIZE = 100;
/** These teach the compiler and are not counted. */
const WARM_UP = 5;
const ROUNDS = 9;
const GOAL_SHARE = 1 / 3;
const RESOURCE = "individual_appointments";
const TEN_YEARS_MS = 3.2e11;

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

async function scanOf(bodies: Bodies, expectedChanges: number): Promise<number> {
  if (!lease) throw new Error("the lease is free");
  const deps = { client: clientOf(bodies), store, resource: resources[RESOURCE], context };
  const startedMs = performance.now();
  const result: ScanResult = await scan(
    { ...deps, overlapMs: TEN_YEARS_MS },
    lease,
    new AbortController().signal,
  );
  const tookMs = performance.now() - startedMs;
  if (result.kind !== "completed") throw new Error(`the scan ${JSON.stringify(result)}`);
  if (result.changes !== expectedChanges) throw new Error(`${result.changes} changes`);
  return tookMs;
}

function parseAlone(bodies: Bodies): number {
  const startedMs = performance.now();
  let rows = 0;
  for (const body of bodies) rows += (JSON.parse(body) as Record<string, unknown[]>)[RESOURCE]?.length ?? 0;
  const tookMs = performance.now() - startedMs;
  if (rows !== PAGES * PAGE_SIZE) throw new Error(`${rows} rows`);
  return tookMs;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[numbers.length >> 1] ?? Number.NaN;
}

const records = PAGES * PAGE_SIZE;
const first = answersOf(0);
const baselineMs = await scanOf(first, records);

const unchanged: { parse: number; scan: number }[] = [];
for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
  unchanged.push({ parse: parseAlone(first), scan: await scanOf(first, 0) });
}
const changed: { parse: number; scan: number }[] = [];
for (let version = 1; version <= WARM_UP + ROUNDS; version += 1) {
  const bodies = answersOf(version);
  changed.push({ parse: parseAlone(bodies), scan: await scanOf(bodies, records) });
}

function share(rounds: readonly { parse: number; scan: number }[]): number {
  return median(rounds.slice(WARM_UP).map(({ parse, scan: tookMs }) => parse / tookMs));
}

function perSecond(tookMs: number): string {
  return `${Math.round((records / tookMs) * 1_000).toLocaleString("en")}/s`.padStart(10);
}

const bytes = Math.round(first.reduce((sum, body) => sum + body.length, 0) / records);
const times = (rounds: typeof unchanged, of: "parse" | "scan"): string =>
  perSecond(median(rounds.slice(WARM_UP).map((round) => round[of])));
console.log(
  `${server.version}, ${records.toLocaleString("en")} appointments of ${bytes} B, ${ROUNDS} rounds`,
);
console.log(`JSON.parse alone:   ${times(unchanged, "parse")}`);
console.log(
  `unchanged records:  ${times(unchanged, "scan")}  ${share(unchanged).toFixed(3)} of JSON.parse, goal 0.333`,
);
console.log(`changed records:    ${times(changed, "scan")}  ${share(changed).toFixed(3)} of JSON.parse`);
console.log(`first sync:         ${perSecond(baselineMs)}  (once, cold)`);
console.log(share(unchanged) >= GOAL_SHARE ? "goal met" : "goal missed");
if (share(unchanged) < GOAL_SHARE) process.exitCode = 1;
