/**
 * Every await of two workers, and every write at the desk, in any order that fast-check's scheduler finds. A failure
 * prints `seed` and `path`: SCHEDULE_SEED=<seed> SCHEDULE_PATH=<path> runs it again, SCHEDULE_RUNS=5000 looks further.
 */
import fc from "fast-check";
import { expect, test } from "vitest";

import { type ScanResult, scan } from "../../src/pollers/scan/scan.ts";
import { type Act, actArbitrary, describeAct, perform } from "../support/simulation/acts.ts";
import { wrapCalls } from "../support/simulation/interrupt.ts";
import { auditEvents, chainFaults, identityFaults, wrongSnapshots } from "../support/simulation/verdict.ts";
import { ACCOUNT, LEASE_TTL_MS, type World, createWorld } from "../support/simulation/world.ts";

const RESOURCE = "individual_appointments";
const RUNS = Number(process.env["SCHEDULE_RUNS"] ?? 250);
const [SEED, PATH] = [process.env["SCHEDULE_SEED"], process.env["SCHEDULE_PATH"]];
const parameters = (seed: number) => ({
  numRuns: RUNS,
  seed: Number(SEED ?? seed),
  ...(PATH === undefined ? {} : { path: PATH }),
});

/** A clinic that has been read, and some time ago. */
async function readWorld(): Promise<World> {
  const world = createWorld({
    seed: 3,
    overlapMs: 20_000,
    pageMs: 350,
    pageSize: 3,
    seeded: { patients: 4, appointments: 10, practitioners: 2 },
  });
  await world.scan(RESOURCE);
  world.clock.advance(60_000);
  await world.scan(RESOURCE);
  world.clock.advance(60_000);
  return world;
}

/** One worker whose every call waits for its turn. Undefined: the lease was taken. */
async function work(world: World, scheduler: fc.Scheduler, name: string): Promise<ScanResult | undefined> {
  const turn = async <Answer>(call: () => Promise<Answer>, what: string): Promise<Answer> => {
    await scheduler.schedule(Promise.resolve(), `${name} ${what}`);
    return await call();
  };
  const lease = await turn(async () => await world.memory.leases.acquire(ACCOUNT, RESOURCE), "acquire");
  if (!lease) return undefined;
  const deps = world.scanDeps(RESOURCE);
  return await scan({ ...deps, ...wrapCalls(deps, turn) }, lease, new AbortController().signal);
}

function write(world: World, scheduler: fc.Scheduler, acts: readonly Act[]): Promise<{ done: boolean }> {
  return scheduler.scheduleSequence(
    acts.map((act) => ({
      label: describeAct(act),
      builder: async () => {
        perform(world, act);
        world.clock.advance(400);
      },
    })),
  ).task;
}

async function faultsOf(world: World, from: number): Promise<string[]> {
  // Heal, drain, compare.
  world.clock.advance(LEASE_TTL_MS);
  await world.scan(RESOURCE);
  const { memory, clinic, projections } = world;
  const snapshots = memory.snapshotsOf(ACCOUNT, RESOURCE);
  const events = memory.eventsOf(ACCOUNT);
  const bare = events.map(({ event }) => event);
  const report = auditEvents(clinic, RESOURCE, events, { from: { index: from } });
  return [
    ...wrongSnapshots(clinic, RESOURCE, projections[RESOURCE], snapshots),
    ...chainFaults(projections[RESOURCE], bare, snapshots),
    ...identityFaults(bare),
    ...report.lost.map(({ id, facts }) => `${id}: ${facts.join()} lost`),
    ...[...report.invented, ...report.wrong].map(({ subject, reason }) => `${subject}: ${reason}`),
  ];
}

test("I9: whatever is written between the pages of a scan, no record that is there throughout is left out", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(actArbitrary, { minLength: 1, maxLength: 8 }),
      async (s, acts) => {
        const world = await readWorld();
        const from = world.clinic.ledger.entries.length;
        const bystander = world.seeded.appointmentIds[5] ?? "";
        world.clinic.desk.editNote(bystander, "written before the scan");
        world.clock.advance(1_000);
        const scanned = work(world, s, "worker");
        const written = write(world, s, acts);
        const result = await s.waitFor(scanned);
        expect(result?.kind).toBe("completed");
        await s.waitFor(written);
        expect(await faultsOf(world, from)).toEqual([]);
      },
    ),
    parameters(9),
  );
}, 600_000);

test("I19, I4: two workers and a lease that lapses: one writes at a time, and everything is told once", async () => {
  let fenced = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(actArbitrary, { minLength: 1, maxLength: 6 }),
      async (s, acts) => {
        const world = await readWorld();
        const from = world.clinic.ledger.entries.length;
        const lapse = s.scheduleSequence([
          {
            label: "the lease lapses",
            builder: async () => {
              world.clock.advance(LEASE_TTL_MS);
            },
          },
        ]).task;
        const workers = [work(world, s, "first"), work(world, s, "second")];
        const written = write(world, s, acts);
        const results = await s.waitFor(Promise.all(workers));
        await s.waitFor(Promise.all([written, lapse]));
        for (const result of results) if (result?.kind === "stopped") fenced += 1;
        expect(await faultsOf(world, from)).toEqual([]);
      },
    ),
    parameters(19),
  );
  // The twin: now and then one was fenced off in the middle.
  expect(fenced).toBeGreaterThan(RUNS / 50);
}, 600_000);
