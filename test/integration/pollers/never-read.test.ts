import { expect } from "vitest";

import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/poll-test.ts";

const HOUR_MS = 3_600_000;

const CASES = [
  { restriction: "forbidden", kind: "not_permitted", askedAfterMs: HOUR_MS },
  { restriction: "missing", kind: "not_offered", askedAfterMs: 24 * HOUR_MS },
] as const;

test.for(CASES)(
  "$kind: what could never be read is no fault, is asked for now and then, and begins silently once it can be",
  async ({ restriction, kind, askedAfterMs }, { bench }) => {
    const { clinic, keeper } = bench;
    clinic.faults.restrict("attendees", restriction);
    await bench.poll("patients");
    await bench.poll("attendees");
    const since = bench.now();
    const problem = async (): Promise<unknown> => (await keeper.read("northside")).problems.get("attendees");
    expect(await problem()).toMatchObject({ kind, since, quarantined: false });

    const asked = bench.requests();
    for (const ms of [1_000, 60_000, askedAfterMs - 120_000]) {
      bench.tick(ms);
      await bench.poll("attendees");
    }
    expect(bench.requests()).toBe(asked);
    bench.tick(120_000);
    await bench.poll("attendees");
    expect(bench.requests()).toBeGreaterThan(asked);
    expect(await problem()).toMatchObject({ kind, since });

    // The others are read meanwhile, and nobody was told of a loss.
    await bench.poll("patients");
    expect(bench.notices.map(({ transition, resource }) => [transition, resource])).toEqual([
      ["baseline_completed", "patients"],
    ]);

    clinic.faults.unrestrict("attendees");
    bench.restart(); // a start asks at once
    await bench.poll("attendees");
    expect(await problem()).toBeUndefined();
    expect(bench.notices.slice(1).map(({ transition, resource }) => [transition, resource])).toEqual([
      ["baseline_completed", "attendees"],
    ]);
    expect(await bench.events()).toEqual([]);
  },
);

test.for(CASES)("$kind is not what was read before: its loss is told", async ({ restriction }, { bench }) => {
  await bench.poll("attendees");
  bench.clinic.faults.restrict("attendees", restriction);
  for (const ms of [10_000, 60_000, 120_000]) {
    bench.tick(ms);
    await bench.poll("attendees");
  }
  expect(bench.notices.map(({ transition }) => transition)).toEqual([
    "baseline_completed",
    restriction === "forbidden" ? "permission_reduced" : "degraded",
  ]);
});

test("a wrong address is no account without the resource: its key's user is not there either", async ({
  bench,
}) => {
  bench.restart({ baseUrl: bench.baseUrl.replace("/v1", "/v2") });
  await bench.poll("attendees");
  expect((await bench.keeper.read("northside")).problems.get("attendees")).toMatchObject({
    kind: "degraded",
  });
});

test("a first sync that breaks off is a fault, although it could not be read before", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 250 } });
  const { clinic, keeper } = bench;
  clinic.faults.restrict("patients", "forbidden");
  await bench.poll("patients");
  clinic.faults.unrestrict("patients");
  bench.tick(HOUR_MS);
  let pages = 0;
  bench.beforeAnswer((path) => {
    if (/^\/v1\/patients\?.*sort=id/.test(path) && ++pages === 2) {
      clinic.faults.restrict("patients", "forbidden");
    }
  });
  await bench.poll("patients");
  expect((await keeper.read("northside")).problems.get("patients")).toMatchObject({
    kind: "permission_reduced",
  });
});

test("what the whole account is complete up to does not wait for what cannot be read", async ({ bench }) => {
  const { clinic } = bench;
  clinic.faults.restrict("attendees", "forbidden");
  await bench.poll("patients");
  await bench.poll("attendees");
  const key = clinic.addKey();
  clinic.revokeKey(key);
  bench.restart({ key });
  for (let poll = 0; poll < 4; poll++) {
    bench.tick(130_000);
    await bench.poll("patients");
  }
  expect(bench.notices.at(-1)?.transition).toBe("key_revoked");
});
