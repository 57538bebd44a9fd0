/** Faults that simulation has found, kept from coming back. */
import { expect, test } from "vitest";

import type { ScanDeps } from "../../src/pollers/scan/scan.ts";
import { scan } from "../../src/pollers/scan/scan.ts";
import { wrongSnapshots } from "../support/simulation/verdict.ts";
import { ACCOUNT, aroundPages, createWorld } from "../support/simulation/world.ts";

const RESOURCE = "individual_appointments";

test("I14: a store that goes back under a running scan loses nothing of what was read before", async () => {
  const world = createWorld({ seed: 1, overlapMs: 120_000, pageSize: 5, seeded: { appointments: 20 } });
  const deps: ScanDeps = world.scanDeps(RESOURCE);
  const lease = await world.acquire(RESOURCE);
  const goBack = world.memory.checkpoint();
  let commits = 0;
  const store: ScanDeps["store"] = {
    ...deps.store,
    commit: async (...args) => {
      const answer = await deps.store.commit(...args);
      commits += 1;
      if (commits === 2) goBack(); // a failover to a replica that had not had the last second
      return answer;
    },
  };
  await scan({ ...deps, store }, lease, new AbortController().signal);
  await world.memory.leases.release(lease);
  await world.scan(RESOURCE);
  const snapshots = world.memory.snapshotsOf(ACCOUNT, RESOURCE);
  expect(wrongSnapshots(world.clinic, RESOURCE, world.projections[RESOURCE], snapshots)).toEqual([]);
});

test("a lease that was given out and forgotten by a store that went back fences its first holder off", async () => {
  const world = createWorld({ seed: 1, overlapMs: 120_000, seeded: { appointments: 5 } });
  const goBack = world.memory.checkpoint();
  const first = await world.acquire(RESOURCE);
  goBack();
  const second = await world.acquire(RESOURCE);
  const nothing = { snapshots: new Map(), events: [], cursor: undefined };
  expect(await world.memory.store.commit(second, nothing)).toBe("committed");
  expect(await world.memory.store.commit(first, nothing)).toBe("fenced");
});

test("I17: after a release that watches other fields, the first real change of a record is told, and nothing else", async () => {
  const world = createWorld({ seed: 1, overlapMs: 20_000, seeded: { appointments: 20 } });
  await world.scan(RESOURCE);
  const { fields, version, ...rest } = world.projections[RESOURCE];
  world.projections[RESOURCE] = {
    ...rest,
    version: version + 1,
    former: { [version]: Object.keys(fields) },
    fields: { booking_ip_address: "text", ...fields },
  };
  world.clock.advance(60_000);
  await world.scan(RESOURCE); // reads nobody: nothing was touched
  world.clock.advance(60_000);
  const { desk } = world.clinic;
  desk.cancel(standing(desk.appointments()), { reason: 50 });
  const stamped = standing(desk.appointments());
  desk.markArrived(stamped);
  desk.clearArrival(stamped);
  world.clock.advance(5_000);
  expect(await world.scan(RESOURCE)).toMatchObject({ records: 2, events: 1 });
});

test("I10: what is archived while the first sync runs is told as archived, not as deleted", async () => {
  const world = createWorld({
    seed: 1,
    overlapMs: 20_000,
    pageMs: 2_000,
    pageSize: 5,
    seeded: { appointments: 20 },
  });
  const ids = world.seeded.appointmentIds.toSorted();
  const last = world.clinic.desk
    .appointments()
    .filter((row) => row.archived_at === null && ids.indexOf(row.id) > 12)
    .map(({ id }) => id)[0];
  const client = aroundPages(world.upstream.client, {
    after: (page) => {
      if (page === 1) world.clinic.desk.archive(last ?? "");
    },
  });
  await world.scan(RESOURCE, { client });
  const events = world.memory.eventsOf(ACCOUNT).map(({ event }) => event);
  expect(events.map(({ type, data }) => [type, data.transitions])).toEqual([
    ["appointment.archived", ["archived"]],
  ]);
});

function standing(
  rows: readonly {
    readonly id: string;
    readonly cancelled_at: number | null;
    readonly archived_at: number | null;
  }[],
): string {
  return rows.find((row) => row.cancelled_at === null && row.archived_at === null)?.id ?? "";
}
