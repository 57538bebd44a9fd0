import { expect } from "vitest";

import { type Base, openBase } from "../../../src/admin/base.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import type { AccountReading } from "../../../src/ops/api/accounts/reading-schemas.ts";
import { createReleaseStack } from "../../../src/shared/release-stack.ts";
import { createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { fadingWeight } from "../../../src/store/detection/schedule-store.ts";
import { type Harness, type HarnessOptions, startHarness } from "../../support/harness.ts";
import { test } from "../../support/api-test.ts";
import { OPS_TOKEN } from "../../support/test-config.ts";

const ROLES = { roles: ["poll", "dispatch", "ops"], ops: { port: 0, token: { env: "OPS_TOKEN" } } };
const ADAPTIVE = { ...ROLES, polling: { requests_per_minute: 6_000, budget_share: 1 } };

type Resource = AccountReading["resources"][number];

interface Reader extends AsyncDisposable {
  readonly harness: Harness;
  readonly base: Base;
  read(): Promise<AccountReading>;
  readonly of: (resource: string) => Promise<Resource>;
}

/** A clinic that is read by the real service, and what it says of that. */
async function startReader(options: HarnessOptions): Promise<Reader> {
  const harness = await startHarness({ ...options, setup: { settings: ROLES, ...options.setup } });
  const stack = createReleaseStack();
  stack.use(harness);
  const { address, prefix } = options;
  const { config } = harness;
  const base = await openBase(stack, { config, logger: createLogger("silent"), prefix }, address);
  const read = async (): Promise<AccountReading> => {
    const headers = { authorization: `Bearer ${OPS_TOKEN}` };
    const answer = await fetch(`${harness.app.opsUrl}/v1/accounts/northside/reading`, { headers });
    expect(answer.status).toBe(200);
    return (await answer.json()) as AccountReading;
  };
  return {
    harness,
    base,
    read,
    of: async (resource) => {
      const found = (await read()).resources.find((one) => one.resource === resource);
      if (!found) throw new Error(`${resource} is read`);
      return found;
    },
    [Symbol.asyncDispose]: async () => await stack[Symbol.asyncDispose](),
  };
}

test("how an account is read, why, and what came of it, through the real service", async ({
  address,
  prefix,
}) => {
  await using reader = await startReader({ address, prefix });
  const { harness } = reader;
  // The first count comes right after the first sync.
  await expect.poll(async () => (await reader.of("individual_appointments")).last_sweep_at).not.toBeNull();
  const { guards, resources } = await reader.read();

  expect(guards).toEqual([]);
  expect(resources.map(({ resource }) => resource)).toEqual(harness.config.accounts[0]?.resources);
  const visits = await reader.of("individual_appointments");
  expect(visits).toMatchObject({
    plan: {
      name: "combined",
      order: "id",
      passes: ["updated_at, with archived_at:*, cancelled_at:*, deleted_at:*"],
    },
    interval_ms: 1_000,
    fixed_interval: true,
    week: null,
    known: harness.clinic.desk.appointments().length,
    suspects: 0,
  });
  expect((await reader.of("patients")).known).toBe(harness.clinic.desk.patients().length);
  expect(visits.last_runs.map(({ kind, outcome }) => [kind, outcome])).toContainEqual(["scan", "completed"]);
  // The next one comes an hour later.
  expect(Date.now() - Date.parse(visits.last_sweep_at ?? "")).toBeLessThan(60_000);
  expect(Date.parse(visits.next_sweep_at ?? "") - Date.now()).toBeGreaterThan(3_500_000);
  await expect.poll(async () => (await reader.of("patients")).next_poll_at).not.toBeNull();
});

test("a change is found in a run that says so, and the scans after it do not push it out", async ({
  address,
  prefix,
}) => {
  await using reader = await startReader({ address, prefix });
  const { harness } = reader;
  // What takes place soon may be found by another reading, beside the scan.
  const furthest = harness.clinic.desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null)
    .toSorted((one, other) => other.starts_at - one.starts_at)
    .map((row) => row.id);
  harness.clinic.desk.bulkMove(furthest.slice(0, 2), 86_400_000);
  const foundIn = async () =>
    (await reader.of("individual_appointments")).last_runs.find(({ events }) => events > 0);
  await expect.poll(async () => (await foundIn())?.events).toBe(2);
  const found = await foundIn();
  for (let scan = 0; scan < 6; scan += 1) await harness.settled();

  expect(await foundIn()).toEqual(found);
  expect(found).toMatchObject({ kind: "scan", outcome: "completed" });
  expect(found?.requests).toBeGreaterThanOrEqual(1);
  const { last_runs: runs } = await reader.of("individual_appointments");
  expect(runs.length).toBeLessThanOrEqual(20);
  expect(runs.map(({ at }) => at)).toEqual(
    runs
      .map(({ at }) => at)
      .toSorted()
      .toReversed(),
  );
});

test("a learnt week is told hour by hour, its mean being one", async ({ address, prefix, redis, keys }) => {
  await using reader = await startReader({ address, prefix, setup: { settings: ADAPTIVE } });
  // Monday at nine is the busiest hour of this clinic.
  const changes = 40 * fadingWeight(Date.now());
  await redis.hset(keys.schedule("northside", "patients"), { misses: 0, "hour:9": changes });
  const patients = await reader.of("patients");
  const week = patients.week ?? [];

  expect(patients.fixed_interval).toBe(false);
  expect(week).toHaveLength(168);
  expect(week.reduce((sum, weight) => sum + weight, 0) / 168).toBeCloseTo(1, 2);
  expect(week.indexOf(Math.max(...week))).toBe(9);
  expect(week[9]).toBeGreaterThan(10);
  expect(patients.interval_ms).toBeGreaterThanOrEqual(1_000);
  expect(patients.interval_ms).toBeLessThanOrEqual(20_000);
});

test("a mass disappearance is told with its evidence, and stops the sweep that met it", async ({
  address,
  prefix,
}) => {
  await using reader = await startReader({ address, prefix, seed: { patients: 300, appointments: 5 } });
  const { base, harness } = reader;
  harness.clinic.faults.restrict("patients", { hiddenShare: 0.8 });
  // The hourly count is due.
  await base.reading.update("northside", "patients", { countedAt: 0 });
  await expect.poll(async () => (await reader.read()).guards.length).toBe(1);
  const { guards } = await reader.read();

  expect(guards).toMatchObject([
    { resource: "patients", kind: "permission_reduced", quarantined: true, told: true },
  ]);
  expect(guards[0]?.detail).toMatch(/^\d+ of 300 known records are missing at once/);
  const patients = await reader.of("patients");
  expect(patients.next_sweep_at).toBeNull();
  const [stopped] = patients.last_runs.filter(({ outcome }) => outcome === "stopped");
  expect(stopped).toMatchObject({ kind: "sweep", events: 0 });
  expect(stopped?.detail).toMatch(/^count: \d+ of 300 known records are missing$/);
  expect(stopped?.requests).toBeGreaterThanOrEqual(1);
});

test("an account that refuses wildcards is read by lists of their own, and says so", async ({
  address,
  prefix,
}) => {
  const clinic = createClinic({ now: Date.now, seed: 1, unknowns: { wildcardsCombine: false } });
  await using reader = await startReader({ address, prefix, clinic });
  // The first sync has no date to narrow it by: the scan after it is the first to be refused.
  await expect.poll(async () => (await reader.of("individual_appointments")).plan?.name).toBe("apart");
  const visits = await reader.of("individual_appointments");

  expect(visits.plan).toEqual({
    name: "apart",
    order: "id",
    passes: [
      "updated_at",
      "updated_at, with cancelled_at:?",
      "updated_at, with archived_at:?",
      "updated_at, with archived_at:?, cancelled_at:?",
    ],
  });
  const refused = visits.last_runs.find(({ outcome }) => outcome === "bad_filter");
  expect(refused).toMatchObject({ kind: "scan", events: 0 });
  expect(refused?.detail).toMatch(/^HTTP 400( \(request [\w-]+\))?$/);
});

test("an account that was never read has nothing to tell, and no sweep is foreseen", async ({ api }) => {
  const { body } = await api.ask<AccountReading>("GET", "/v1/accounts/northside/reading");

  expect(body.guards).toEqual([]);
  expect(body.resources.find(({ resource }) => resource === "patients")).toMatchObject({
    plan: null,
    next_poll_at: null,
    known: 0,
    next_sweep_at: null,
    last_sweep_at: null,
    suspects: 0,
    last_runs: [],
  });
});
