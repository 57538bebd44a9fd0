/** I14 without chance: one morning, cut at every call of its scans, before and after it took effect. */
import { expect, test } from "vitest";

import { type ScanDeps, scan } from "../../src/pollers/scan/scan.ts";
import { type Interruption, PowerCutError, wrapCalls } from "../support/simulation/interrupt.ts";
import { ACCOUNT, LEASE_TTL_MS, type World, createWorld } from "../support/simulation/world.ts";

const RESOURCE = "individual_appointments";

/** What was told and what is remembered, byte for byte. */
interface Outcome {
  readonly events: readonly string[];
  readonly snapshots: readonly string[];
  readonly calls: number;
}

/**
 * Three rounds of writes with a scan after each; the clinic's clock stands still while a scan runs, so that a second
 * attempt reads the very same bytes. At the n-th call of all scans together the power goes once.
 */
async function morning(cut?: Interruption): Promise<Outcome> {
  let calls = 0;
  let isCut = false;
  const world = createWorld({
    seed: 5,
    overlapMs: 20_000,
    pageSize: 4,
    seeded: { patients: 4, appointments: 10, practitioners: 2 },
  });
  const scanOnce = async (): Promise<boolean> => {
    const deps: ScanDeps = world.scanDeps(RESOURCE);
    const lease = await world.memory.leases.acquire(ACCOUNT, RESOURCE);
    if (!lease) throw new Error("the lease is free");
    const around = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
      calls += 1;
      const isHere = !isCut && calls === cut?.call;
      if (isHere) isCut = true;
      if (isHere && cut?.when === "before") throw new PowerCutError();
      const answer = await call();
      if (isHere) throw new PowerCutError();
      return answer;
    };
    try {
      await scan({ ...deps, ...wrapCalls(deps, around) }, lease, new AbortController().signal);
      return true;
    } catch (error) {
      if (!(error instanceof PowerCutError)) throw error;
      return false;
    } finally {
      await world.memory.leases.release(lease); // of a dead worker: it lapses, without the clock moving
    }
  };
  const scanUntilDone = async (): Promise<void> => {
    while (!(await scanOnce()));
  };
  await scanUntilDone();
  for (const round of [1, 2, 3]) {
    world.clock.advance(10_000);
    writeRound(world, round);
    world.clock.advance(2_000);
    await scanUntilDone();
  }
  const snapshots = [...world.memory.snapshotsOf(ACCOUNT, RESOURCE)].map(([id, { values, ...head }]) =>
    JSON.stringify([id, head, values()]),
  );
  return {
    events: world.memory.eventsOf(ACCOUNT).map(({ event }) => JSON.stringify(event)),
    snapshots: snapshots.toSorted(),
    calls,
  };
}

function writeRound({ clinic, seeded }: World, round: number): void {
  const { desk } = clinic;
  const standing = desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null)
    .map(({ id }) => id);
  desk.bulkMove(standing, round * 3_600_000);
  desk.editNote(standing[0] ?? "", `round ${round}`);
  desk.cancel(standing[round] ?? "", { reason: 50 });
  desk.archive(seeded.appointmentIds[round + 5] ?? "");
}

test("I14: cut at any call, before or after it took effect, the same is told with the same ids and remembered", async () => {
  const whole = await morning();
  expect(whole.events.length).toBeGreaterThan(20);
  const differing: Interruption[] = [];
  for (let call = 1; call <= whole.calls; call += 1) {
    for (const when of ["before", "after"] as const) {
      const { events, snapshots } = await morning({ call, when });
      if (
        JSON.stringify([events.toSorted(), snapshots]) !==
        JSON.stringify([whole.events.toSorted(), whole.snapshots])
      )
        differing.push({ call, when });
    }
  }
  console.log(`I14: ${whole.calls * 2} places to be cut at, ${whole.events.length} events each time`);
  expect(differing).toEqual([]);
});

test("I14: a worker that was cut off leaves its lease, and the next one waits for it to lapse", async () => {
  const world = createWorld({ seed: 5, overlapMs: 20_000, seeded: { appointments: 5 } });
  const dead = await world.acquire(RESOURCE);
  expect(await world.memory.leases.acquire(ACCOUNT, RESOURCE)).toBeUndefined();
  world.clock.advance(LEASE_TTL_MS);
  expect(await world.memory.leases.acquire(ACCOUNT, RESOURCE)).toMatchObject({ epoch: dead.epoch + 1 });
});
