import { expect, test } from "vitest";

import { bestPlan } from "../../src/cliniko/reading-plan.ts";
import type { Failure } from "../../src/cliniko/outcome.ts";
import { confirmSuspects } from "../../src/pollers/reconcile/confirm-suspects.ts";
import { countSweep } from "../../src/pollers/reconcile/count-sweep.ts";
import type { ReadingDeps, ReadingResult } from "../../src/pollers/scan/reading-deps.ts";
import { resources } from "../../src/resources/registry.ts";
import { createMemoryReading } from "../support/simulation/memory-reading.ts";
import { ACCOUNT, type World, createWorld } from "../support/simulation/world.ts";

const RESOURCE = "individual_appointments";

/** A clinic that was read, a view of it that the test can narrow, and the readings that look for what vanished. */
interface Stage {
  readonly world: World;
  /** Ids that no list shows. */
  readonly unlisted: Set<string>;
  /** Ids that answer 404. */
  readonly missing: Set<string>;
  /** What asking for a single record comes to, when it is not to be answered. */
  failure: Failure | undefined;
  readonly scan: () => Promise<void>;
  readonly count: () => Promise<ReadingResult>;
  readonly confirm: () => Promise<ReadingResult>;
  readonly types: () => string[];
}

async function openStage(appointments = 30): Promise<Stage> {
  const world = createWorld({ seed: 4, overlapMs: 20_000, seeded: { appointments } });
  const [unlisted, missing] = [new Set<string>(), new Set<string>()];
  const reading = createMemoryReading();
  const { clock, memory, upstream } = world;
  const client: ReadingDeps["client"] = {
    listPage: async (...args) => {
      const answer = await upstream.client.listPage(...args);
      if (answer.kind !== "ok") return answer;
      const rows = answer.page.rows.filter(({ id }) => !unlisted.has(id));
      const cut = answer.page.rows.length - rows.length;
      const { totalEntries } = answer.page;
      const total = totalEntries === undefined ? undefined : totalEntries - cut;
      return { kind: "ok", page: { ...answer.page, rows, totalEntries: total } };
    },
    findRecord: async (_resource, id) => {
      if (stage.failure) return stage.failure;
      const isThere = world.clinic.desk.appointments().some((row) => row.id === id);
      return { kind: "ok", found: isThere && !missing.has(id), date: Math.floor(clock.now() / 1_000) };
    },
  };
  const withLease = async (
    work: (deps: ReadingDeps, lease: Awaited<ReturnType<World["acquire"]>>) => Promise<ReadingResult>,
  ): Promise<ReadingResult> => {
    const lease = await world.acquire(RESOURCE);
    const { store, context } = world.scanDeps(RESOURCE);
    const deps: ReadingDeps = {
      client,
      store: { ...memory.store, ...store },
      reading,
      state: await reading.read(ACCOUNT, RESOURCE),
      resource: resources[RESOURCE],
      plan: bestPlan(resources[RESOURCE]),
      context,
      watermark: Math.floor(clock.now() / 1_000),
      now: clock.now,
    };
    try {
      return await work(deps, lease);
    } finally {
      await memory.leases.release(lease);
    }
  };
  const { signal } = new AbortController();
  const stage: Stage = {
    world,
    unlisted,
    missing,
    failure: undefined,
    scan: async () => {
      clock.advance(5_000);
      await world.scan(RESOURCE, { client });
    },
    count: async () => await withLease(async (deps, lease) => await countSweep(deps, lease, signal)),
    confirm: async () => await withLease(async (deps, lease) => await confirmSuspects(deps, lease, signal)),
    types: () => memory.eventsOf(ACCOUNT).map(({ event }) => event.type),
  };
  await stage.scan();
  return stage;
}

test("I10: a record that no list shows but that answers by id is not deleted, however often it is missed", async () => {
  const stage = await openStage();
  stage.unlisted.add(stage.world.seeded.appointmentIds[7] ?? "");
  for (let round = 0; round < 6; round += 1) {
    await stage.scan();
    await stage.count();
    await stage.confirm();
    stage.world.clock.advance(90_000);
  }
  expect(stage.types()).toEqual([]);
  const [id = ""] = stage.unlisted;
  expect(stage.world.memory.snapshotsOf(ACCOUNT, RESOURCE).get(id)?.deletedAt).toBeUndefined();
});

test("I10: a record is deleted when it answers 404 twice, a minute apart, and not before", async () => {
  const stage = await openStage();
  const [id = ""] = stage.world.seeded.appointmentIds;
  stage.unlisted.add(id);
  stage.missing.add(id);
  await stage.count();
  await stage.confirm();
  expect(stage.types()).toEqual([]);
  stage.world.clock.advance(50_000);
  await stage.confirm();
  expect(stage.types()).toEqual([]);
  stage.world.clock.advance(15_000);
  await stage.confirm();
  expect(stage.types()).toEqual(["appointment.deleted"]);
  stage.world.clock.advance(90_000);
  await stage.scan();
  await stage.count();
  await stage.confirm();
  expect(stage.types()).toEqual(["appointment.deleted"]);
});

test("I10: no failure is taken for a 404", async () => {
  const failures: readonly Failure[] = [
    { kind: "unauthorized", detail: "" },
    { kind: "forbidden", detail: "" },
    { kind: "not_found", detail: "" },
    { kind: "rate_limited", resetAtMs: 0, detail: "" },
    { kind: "unavailable", detail: "", status: 503 },
    { kind: "malformed", detail: "" },
  ];
  for (const failure of failures) {
    const stage = await openStage();
    const [id = ""] = stage.world.seeded.appointmentIds;
    stage.unlisted.add(id);
    stage.missing.add(id);
    await stage.count();
    stage.failure = failure;
    for (let round = 0; round < 4; round += 1) {
      expect((await stage.confirm()).kind).toBe("failed");
      stage.world.clock.advance(90_000);
    }
    expect(stage.types()).toEqual([]);
  }
});

test("I11: when more vanishes at once than a clinic deletes, nothing is suspected and nothing is told", async () => {
  const stage = await openStage(60);
  for (const id of stage.world.seeded.appointmentIds.slice(0, 25)) {
    stage.unlisted.add(id);
    stage.missing.add(id);
  }
  for (let round = 0; round < 4; round += 1) {
    expect(await stage.count()).toMatchObject({ kind: "guarded", guard: { missing: 25, known: 60 } });
    await stage.confirm();
    stage.world.clock.advance(90_000);
  }
  expect(stage.types()).toEqual([]);
});

test("I12: a deleted record that is there again is restored, goes on in its sequence, and nothing else follows a deletion", async () => {
  const stage = await openStage();
  const { world, unlisted, missing } = stage;
  const id = world.clinic.desk.appointments().find((row) => row.archived_at === null)?.id ?? "";
  world.clinic.desk.editNote(id, "before");
  await stage.scan();
  unlisted.add(id);
  missing.add(id);
  await stage.count();
  await stage.confirm();
  world.clock.advance(61_000);
  await stage.confirm();
  unlisted.clear();
  missing.clear();
  world.clock.advance(61_000);
  world.clinic.desk.editNote(id, "back");
  await stage.scan();
  world.clinic.desk.editNote(id, "and on");
  await stage.scan();
  const events = world.memory.eventsOf(ACCOUNT).map(({ event }) => [event.type, event.sequence]);
  expect(events).toEqual([
    ["appointment.updated", 1],
    ["appointment.deleted", 2],
    ["appointment.restored", 3],
    ["appointment.updated", 4],
  ]);
});
