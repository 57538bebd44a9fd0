import fc from "fast-check";
import { expect, test } from "vitest";

import type { ScanDeps } from "../../src/pollers/scan/scan.ts";
import { type Act, actArbitrary, perform } from "../support/simulation/acts.ts";
import { ACCOUNT, type World, createWorld } from "../support/simulation/world.ts";

const RESOURCE = "individual_appointments";
const SEEDED = { patients: 4, appointments: 10, practitioners: 2 };

function readWorld(pageSize?: number): World {
  return createWorld({
    seed: 3,
    overlapMs: 20_000,
    seeded: SEEDED,
    ...(pageSize === undefined ? {} : { pageSize }),
  });
}

/** S and O as bytes. */
function contents({ memory }: World): string {
  const snapshots = [...memory.snapshotsOf(ACCOUNT, RESOURCE)].map(([id, { values, ...head }]) => [
    id,
    head,
    values(),
  ]);
  const events = memory.eventsOf(ACCOUNT).map(({ event }) => event);
  return JSON.stringify([snapshots.toSorted(), events]);
}

async function live(world: World, acts: readonly Act[], deps?: Partial<ScanDeps>): Promise<string> {
  await world.scan(RESOURCE, deps);
  world.clock.advance(30_000);
  for (const act of acts) perform(world, act);
  world.clock.advance(2_000);
  await world.scan(RESOURCE, deps);
  return contents(world);
}

const acts = fc.array(actArbitrary, { minLength: 1, maxLength: 12 });
const parameters = { numRuns: 150, seed: 5 };

test("I5: however a list is split into pages, the same is remembered and the same is told, byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(acts, fc.integer({ min: 1, max: 12 }), async (written, pageSize) => {
      expect(await live(readWorld(pageSize), written)).toBe(await live(readWorld(), written));
    }),
    parameters,
  );
});

test("I5: what is read a second time changes nothing, and the watermark alone moves", async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (written) => {
      const world = readWorld(3);
      const once = await live(world, written);
      const before = world.memory.cursorOf(ACCOUNT, RESOURCE);
      for (let polls = 0; polls < 3; polls += 1) {
        world.clock.advance(1_000);
        await world.scan(RESOURCE);
      }
      expect(contents(world)).toBe(once);
      expect(world.memory.cursorOf(ACCOUNT, RESOURCE)).toEqual({
        ...before,
        readFrom: undefined,
        watermark: Math.floor(world.clock.now() / 1_000),
      });
    }),
    parameters,
  );
});

test("I8: 250 records of one second, in pages of 100, and a second edit within it", async () => {
  const world = createWorld({ seed: 8, overlapMs: 20_000, seeded: { appointments: 250 } });
  const { clinic, clock, memory, seeded } = world;
  await world.scan(RESOURCE);
  clock.advance(60_000);
  clinic.desk.bulkMove(seeded.appointmentIds, 3_600_000);
  const [id = ""] = seeded.appointmentIds;
  expect(await world.scan(RESOURCE)).toMatchObject({ kind: "completed", pages: 3, events: 250 });
  clock.advance(60_000);
  clinic.desk.editNote(id, "first");
  expect(await world.scan(RESOURCE)).toMatchObject({ events: 1 });
  clinic.desk.editNote(id, "second");
  clock.advance(60_000);
  expect(await world.scan(RESOURCE)).toMatchObject({ events: 1 });

  const events = memory.eventsOf(ACCOUNT).map(({ event }) => event);
  expect(new Set(events.map(({ subject }) => subject.id))).toEqual(new Set(seeded.appointmentIds));
  expect(events.filter(({ subject }) => subject.id === id).map(({ data }) => data.object?.["notes"])).toEqual(
    [expect.anything(), "first", "second"],
  );
});

test("I8: a record written in the very second of the watermark, after it was read, is seen without any overlap", async () => {
  const world = readWorld();
  await world.scan(RESOURCE);
  world.clock.advanceTo(Math.ceil(world.clock.now() / 1_000) * 1_000 + 60_000);
  // Twice: what lies between two that no overlap joins is read once more, and would be seen by that.
  await world.scan(RESOURCE, { overlapMs: 0 });
  await world.scan(RESOURCE, { overlapMs: 0 });
  const [id = ""] = world.seeded.appointmentIds;
  world.clock.advance(500);
  world.clinic.desk.editNote(id, "in the same second");
  world.clock.advance(60_000);
  expect(await world.scan(RESOURCE, { overlapMs: 0 })).toMatchObject({ records: 1, events: 1 });
});
