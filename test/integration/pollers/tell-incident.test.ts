import { expect } from "vitest";

import type { Incident } from "../../../src/store/detection/marks.ts";
import { tellIncident, tellWentBack } from "../../../src/pollers/connection/tell-incident.ts";
import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const ACCOUNT = { name: "northside", resources: ["patients", "individual_appointments"] };

test("an incident is told once, also where a shard of the account went back since, and that each time it does", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys });
  const deps = { keeper: bench.keeper, completeUpTo: async () => undefined };
  const since = bench.now() - 60_000;
  const incident: Incident = { id: "i1", kind: "went_back", since, noticedAt: since, copyAt: null };
  const toldOf = async (tell: Promise<void>): Promise<readonly string[]> => {
    const before = bench.notices.length;
    await tell;
    const told = bench.notices.slice(before).map(({ resource, transition }) => `${resource} ${transition}`);
    // Read whole again, each recovers.
    for (const resource of ACCOUNT.resources) {
      await bench.keeper.update(ACCOUNT.name, () => ({ change: { resource, problem: null } }));
    }
    return told;
  };
  const degraded = ["patients degraded", "individual_appointments degraded"];

  expect(await toldOf(tellIncident(deps, incident, ACCOUNT))).toEqual(degraded);
  expect(await toldOf(tellIncident(deps, incident, ACCOUNT))).toEqual([]);
  expect(await toldOf(tellWentBack(deps, since, ACCOUNT))).toEqual(degraded);
  // As each start does within a day.
  expect(await toldOf(tellIncident(deps, incident, ACCOUNT))).toEqual([]);
  expect(await toldOf(tellWentBack(deps, since, ACCOUNT))).toEqual(degraded);
  expect(await toldOf(tellIncident(deps, { ...incident, id: "i2" }, ACCOUNT))).toEqual(degraded);
});

test("where two processes find that a shard went back it is told once, and not of what is held", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys });
  const deps = { keeper: bench.keeper, completeUpTo: async () => undefined };
  const held = { kind: "schema_changed", since: 1, detail: "email", told: true, quarantined: true } as const;
  await bench.keeper.update(ACCOUNT.name, () => ({ change: { resource: "patients", problem: held } }));

  await Promise.all([1, 2].map(async () => await tellWentBack(deps, bench.now(), ACCOUNT)));

  expect(bench.notices).toMatchObject([{ transition: "degraded", resource: "individual_appointments" }]);
  expect((await bench.keeper.read(ACCOUNT.name)).problems.get("patients")).toMatchObject(held);
});
