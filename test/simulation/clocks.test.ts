import { afterEach, expect, test, vi } from "vitest";

import { perform } from "../support/simulation/acts.ts";
import { ACCOUNT, type World, aroundPages, createWorld } from "../support/simulation/world.ts";

const RESOURCE = "individual_appointments";
const DAY_MS = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

/** A morning by the clinic's clock, while ours says what it likes. */
async function morning(ourSkew: (round: number) => number): Promise<string> {
  const world = createWorld({
    seed: 2,
    overlapMs: 20_000,
    pageMs: 350,
    pageSize: 3,
    seeded: { patients: 4, appointments: 10, practitioners: 2 },
  });
  const watermarks: unknown[] = [];
  for (let round = 0; round < 12; round += 1) {
    world.ourSkewMs = ourSkew(round);
    vi.setSystemTime(world.clock.now() + world.ourSkewMs);
    if (round % 4 === 1) world.clinic.faults.failNext({ kind: "rate_limited", resetInMs: 5_000 });
    await world.scan(RESOURCE);
    watermarks.push(world.memory.cursorOf(ACCOUNT, RESOURCE));
    world.clock.advance(7_000);
    perform(world, { kind: "note", at: round, value: round });
    perform(world, { kind: "move", at: round + 3, value: round });
  }
  const events = world.memory.eventsOf(ACCOUNT).map(({ event }) => event);
  return JSON.stringify([watermarks, events]);
}

test("I7: our own clock, a day ahead, a day behind, stepping or drifting, changes nothing of what is told", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const right = await morning(() => 0);
  expect(JSON.parse(right)[1].length).toBeGreaterThan(10);
  expect(await morning(() => DAY_MS)).toBe(right);
  expect(await morning(() => -DAY_MS)).toBe(right);
  expect(await morning((round) => (round % 2 === 0 ? DAY_MS : -DAY_MS))).toBe(right);
  expect(await morning((round) => round * 1_300)).toBe(right);
});

/** A clinic that was read a minute ago, and now has three pages of news. */
async function withNews(): Promise<World> {
  const world = createWorld({
    seed: 2,
    overlapMs: 20_000,
    pageMs: 1_000,
    pageSize: 4,
    seeded: { appointments: 12 },
  });
  await world.scan(RESOURCE);
  world.clock.advance(60_000);
  const ids = world.seeded.appointmentIds;
  world.clinic.desk.bulkMove(ids, 3_600_000);
  world.clock.advance(10_000);
  return world;
}

test("I7: the watermark is the upstream's clock at the first request of a scan that was read whole", async () => {
  const world = await withNews();
  const startedAt = Math.floor((world.clock.now() + 500) / 1_000);
  expect(await world.scan(RESOURCE)).toMatchObject({ kind: "completed", pages: 3, watermark: startedAt });
  expect(world.memory.cursorOf(ACCOUNT, RESOURCE)).toMatchObject({ phase: "live", watermark: startedAt });
});

test("I7: a scan that fails on any page but completes none leaves the watermark where it was", async () => {
  for (const failing of [1, 2, 3]) {
    const world = await withNews();
    const before = world.memory.cursorOf(ACCOUNT, RESOURCE);
    const client = aroundPages(world.upstream.client, {
      before: (page) => {
        if (page === failing) world.clinic.faults.failNext({ kind: "status", status: 504 });
      },
    });
    expect(await world.scan(RESOURCE, { client })).toMatchObject({ kind: "failed", pages: failing - 1 });
    expect(world.memory.cursorOf(ACCOUNT, RESOURCE)).toEqual(before);
    const [first = ""] = world.seeded.appointmentIds.toSorted();
    world.clinic.desk.editNote(first, "while it failed");
    await world.scan(RESOURCE);
    expect(world.memory.eventsOf(ACCOUNT).at(-1)).toBeDefined();
    expect(world.memory.snapshotsOf(ACCOUNT, RESOURCE).get(first)?.values()).toContain("while it failed");
  }
});

test("a write that becomes visible later than its stamp is told, up to the overlap", async () => {
  const world = createWorld({ seed: 2, overlapMs: 20_000, seeded: { appointments: 12 } });
  await world.scan(RESOURCE);
  world.clock.advance(60_000);
  const [id = ""] = world.seeded.appointmentIds;
  world.clinic.faults.delayCommits({ minMs: 19_000, maxMs: 19_000 });
  world.clinic.desk.editNote(id, "late");
  world.clinic.faults.heal();
  for (let polls = 0; polls < 8; polls += 1) {
    world.clock.advance(5_000);
    world.clinic.desk.touch(world.seeded.appointmentIds[3] ?? ""); // something newer is seen meanwhile
    await world.scan(RESOURCE);
  }
  expect(world.memory.eventsOf(ACCOUNT).map(({ event }) => event.subject.id)).toEqual([id]);
});

test("what is hidden from a plain list is read: cancelled and archived records", async () => {
  const world = await withNews();
  await world.scan(RESOURCE);
  const [cancelled = "", archived = ""] = world.clinic.desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null)
    .map(({ id }) => id);
  world.clinic.desk.cancel(cancelled, { reason: 50 });
  world.clinic.desk.archive(archived);
  await world.scan(RESOURCE);
  const types = world.memory
    .eventsOf(ACCOUNT)
    .filter(({ event }) => [cancelled, archived].includes(event.subject.id))
    .map(({ event }) => event.type);
  expect(types).toEqual(expect.arrayContaining(["appointment.cancelled", "appointment.archived"]));
});

test("I6: a page from an old cache, read after a newer state was adopted, changes nothing", async () => {
  const world = await withNews();
  await world.scan(RESOURCE);
  const [id = ""] = world.seeded.appointmentIds;
  world.clinic.desk.editNote(id, "older");
  world.clock.advance(5_000);
  await world.scan(RESOURCE);
  world.clinic.desk.editNote(id, "newer");
  world.clock.advance(2_000);
  await world.scan(RESOURCE);
  const before = world.memory.eventsOf(ACCOUNT).length;
  world.clinic.faults.staleLists({ minMs: 6_000, maxMs: 6_000 });
  expect(await world.scan(RESOURCE)).toMatchObject({ kind: "completed", events: 0, stale: 1 });
  expect(world.memory.snapshotsOf(ACCOUNT, RESOURCE).get(id)?.values()).toContain("newer");
  expect(world.memory.eventsOf(ACCOUNT)).toHaveLength(before);
});
