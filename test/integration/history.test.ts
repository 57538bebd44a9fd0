import { expect } from "vitest";

import type { History } from "../../src/ops/api/overview/history-schemas.ts";
import type { Overview } from "../../src/ops/api/overview/overview-schemas.ts";
import { type Harness, startHarness } from "../support/harness.ts";
import { test } from "../support/redis-test.ts";
import { OPS_TOKEN } from "../support/test-config.ts";

async function ask<Body>({ app }: Harness, path: string): Promise<Body> {
  const answer = await fetch(`${app.opsUrl}${path}`, { headers: { authorization: `Bearer ${OPS_TOKEN}` } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Body;
}

test("a change in the clinic becomes a point: found, delivered, and how long that took", async ({
  address,
  prefix,
}) => {
  const settings = { ops: { port: 0, token: { env: "OPS_TOKEN" } }, roles: ["poll", "dispatch", "ops"] };
  await using harness = await startHarness({ address, prefix, setup: { settings } });
  const { clinic } = harness;
  const totals = async (query = ""): Promise<readonly [detected: number, latencies: readonly number[]]> => {
    const { points } = await ask<History>(harness, `/v1/history?range=hour${query}`);
    return [
      points.reduce((sum, { detected }) => sum + detected, 0),
      points.flatMap(({ latency_p50_ms: latency }) => latency ?? []),
    ];
  };
  // The end of the first sync is told, and is no change in the clinic.
  await expect.poll(() => harness.connectionEvents().length).toBeGreaterThan(0);
  expect(await totals()).toEqual([0, []]);

  const [appointment] = clinic.desk.appointments().filter((row) => row.cancelled_at === null);
  if (!appointment) throw new Error("the seeded clinic has an appointment");
  clinic.desk.move(appointment.id, appointment.starts_at + 3_600);
  await harness.nextEvent(1);

  for (const query of ["", "&account=northside", "&endpoint=crm"]) {
    await expect.poll(async () => await totals(query)).toEqual([1, [expect.any(Number)]]);
  }
  const [, [latencyMs = Number.NaN]] = await totals();
  expect(latencyMs).toBeLessThan(60_000);
  const overview = await ask<Overview>(harness, "/v1/overview");
  expect(overview.sources).toMatchObject({ accounts: 1, total: 4, by_state: { live: 4 }, quarantined: 0 });
  expect(overview.endpoints).toMatchObject({ total: 1, by_state: { healthy: 1 }, shown: [] });
  expect(overview.queues?.find(({ queue }) => queue === "poll")).toMatchObject({ workers: 1, failed: 0 });
});
