import { type Random, createRandom } from "../../../src/sandbox/clinic/random.ts";
import type { Design } from "./designs.ts";
import { auditEvents, chainFaults, identityFaults, wrongSnapshots } from "./verdict.ts";
import { ACCOUNT, type World, createWorld } from "./world.ts";

/**
 * A busy clinic: writes all the time, now and then 260 records at once, each write
 * visible up to six seconds after its stamp, pages 0.35 s apart. What a design has not seen once the load has stopped
 * and all is read again, it will never see.
 */
const WRITES_PER_SECOND = 2;
const BULK_ROWS = 260;
const LATE_MS = 6_000;
const PAGE_MS = 350;
const OVERLAP_MS = 10_000;
const GAPS_MS = { min: 2_000, max: 40_000 };

export interface BusyRun {
  readonly design: string;
  readonly seed: number;
  /** I1: records that are remembered wrong for ever. */
  readonly wrong: readonly string[];
  readonly lost: number;
  readonly invented: number;
  /** What else the audit, the chain of events and their ids have against the run. Of naive designs nobody asks. */
  readonly faults: readonly string[];
  readonly writes: number;
  readonly events: number;
  readonly requests: number;
  /** From the last write that an event tells of to its commit, at worst. */
  readonly longestWaitMs: number;
}

/** How long a change may wait: until it is visible, until the next scan starts, until that scan's last page. */
export const LONGEST_WAIT_MS = LATE_MS + GAPS_MS.max + 10 * PAGE_MS;

export async function runBusyClinic(design: Design, seed: number, minutes: number): Promise<BusyRun> {
  const world = createWorld({
    seed,
    overlapMs: OVERLAP_MS,
    pageMs: PAGE_MS,
    seeded: { patients: 60, appointments: 320 },
  });
  const { clock, clinic, memory } = world;
  const random = createRandom(seed).fork("busy clinic");
  const poll = design.start(world, OVERLAP_MS);
  await poll();
  clock.advance(2_000);
  const from = { index: clinic.ledger.entries.length };

  const end = clock.now() + minutes * 60_000;
  clinic.faults.delayCommits({ maxMs: LATE_MS });
  load(world, random, end);
  const gaps = random.fork("gaps");
  while (clock.now() < end) {
    clock.advance(gaps.integer(GAPS_MS.min, GAPS_MS.max));
    await poll();
  }
  clinic.faults.heal();
  for (let scans = 0; scans < 3; scans += 1) {
    clock.advance(LATE_MS + 1_000);
    await poll();
  }

  const snapshots = memory.snapshotsOf(ACCOUNT, RESOURCE);
  const projection = world.projections[RESOURCE];
  const events = memory.eventsOf(ACCOUNT);
  const bare = events.map(({ event }) => event);
  const report = auditEvents(clinic, RESOURCE, events, { from });
  return {
    design: design.name,
    seed,
    wrong: wrongSnapshots(clinic, RESOURCE, projection, snapshots),
    lost: report.lost.length,
    invented: report.invented.length,
    faults: [
      ...report.wrong.map(({ subject, reason }) => `${subject}: ${reason}`),
      ...report.sequenceGaps.map(({ subject, expected, got }) => `${subject}: ${got} instead of ${expected}`),
      ...(design.isNaive ? [] : [...chainFaults(projection, bare, snapshots), ...identityFaults(bare)]),
    ],
    writes: clinic.ledger.entries.slice(from.index).filter(({ resource }) => resource === RESOURCE).length,
    events: bare.length,
    requests: world.upstream.requests(),
    longestWaitMs: report.latencies.maxMs,
  };
}

const RESOURCE = "individual_appointments";

function load({ clock, clinic, seeded }: World, random: Random, end: number): void {
  const later = (meanMs: number): number => clock.now() - Math.log(1 - random.next()) * meanMs;
  const plan = (meanMs: number, work: () => void): void => {
    const due = later(meanMs);
    if (due > end) return;
    clock.plan(due, () => {
      work();
      plan(meanMs, work);
    });
  };
  plan(1_000 / WRITES_PER_SECOND, () => writeSomething(clinic, seeded, random));
  plan(15_000, () => {
    const ids = clinic.desk
      .appointments()
      .filter((row) => row.cancelled_at === null && row.archived_at === null)
      .map((row) => row.id);
    const first = random.integer(0, Math.max(0, ids.length - BULK_ROWS));
    const chosen = ids.slice(first, first + BULK_ROWS);
    if (random.chance(0.7)) clinic.desk.bulkMove(chosen, random.pick([-1, 1]) * 1_800_000);
    else clinic.desk.sendReminders(chosen);
  });
}

function writeSomething({ desk }: World["clinic"], seeded: World["seeded"], random: Random): void {
  const rows = desk.appointments();
  const { id, cancelled_at, patient_arrived } = random.pick(rows);
  const die = random.integer(0, 99);
  if (die < 30) desk.editNote(id, `note ${random.integer(0, 99_999)}`);
  else if (die < 50) desk.move(id, Date.UTC(2026, 10, 24) + random.integer(0, 20_000) * 60_000);
  else if (die < 60) desk.changePractitioner(id, random.pick(seeded.practitionerIds));
  else if (die < 68 && cancelled_at === null) desk.cancel(id, { reason: 50 });
  else if (die < 74 && cancelled_at !== null) desk.reinstate(id);
  else if (die < 82 && patient_arrived === true) desk.clearArrival(id);
  else if (die < 82) desk.markArrived(id);
  else if (die < 85) desk.archive(id);
  else if (die < 92) desk.touch(id);
  else {
    desk.book({
      patientId: random.pick(seeded.patientIds),
      practitionerId: random.pick(seeded.practitionerIds),
      businessId: seeded.businessId,
      appointmentTypeId: random.pick(seeded.appointmentTypeIds),
      startsAt: Date.UTC(2026, 10, 24) + random.integer(0, 20_000) * 60_000,
    });
  }
}
