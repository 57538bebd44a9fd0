import { expect } from "vitest";

import { createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../../src/sandbox/http/clinic-server.ts";
import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/poll-test.ts";

const REFUSED = { kind: "unauthorized" } as const;

/** Polls whenever the handler wants to, until `until` holds. Resolves to how long that took by the bench's clock, ms. */
async function pollUntil(
  bench: PollBench,
  until: () => boolean,
  resource: "patients" | "individual_appointments" = "patients",
): Promise<number> {
  for (let took = 0; took < 6 * 3_600_000;) {
    const at = await bench.poll(resource);
    if (until()) return took;
    const wait = Math.max(1, (at ?? 0) - bench.now());
    bench.tick(wait);
    took += wait;
  }
  throw new Error("it never came to it");
}

function told(bench: PollBench): string[] {
  return bench.notices
    .map(({ transition }) => transition)
    .filter((transition) => transition !== "baseline_completed");
}

/** Scans that were read whole. */
function completed(bench: PollBench): number {
  return bench.scans.filter(({ kind }) => kind === "completed").length;
}

test("one 401, or two, cost seconds and nothing is told; the other resources do not notice", async ({
  redis,
  keys,
}) => {
  for (const count of [1, 2, 3]) {
    await redis.flushdb();
    await using bench = await createPollBench({ redis, keys });
    await bench.poll("patients");
    bench.tick(5_000);
    const before = completed(bench);
    bench.clinic.faults.failNext(REFUSED, { count });
    const silentMs = await pollUntil(bench, () => completed(bench) > before);
    expect(silentMs).toBeLessThanOrEqual(count < 3 ? 15_000 : 60_000);
    await bench.poll("individual_appointments");
    expect(completed(bench)).toBe(before + 2);
    expect(told(bench)).toEqual([]);
  }
});

test("a key that stays refused is called revoked within a minute, on three looks, and told once", async ({
  bench,
}) => {
  await bench.poll("patients");
  bench.tick(5_000);
  const from = bench.now();
  bench.clinic.faults.failRandomly(REFUSED, 1);
  const asked = bench.requests();
  await pollUntil(bench, () => told(bench).length > 0);
  expect(bench.now() - from).toBeGreaterThanOrEqual(30_000);
  expect(bench.now() - from).toBeLessThanOrEqual(60_000);
  expect(told(bench)).toEqual(["key_revoked"]);
  // The scan, what the other side says of the key at once, and two looks of their own.
  expect(bench.requests() - asked).toBe(4);
  expect(bench.notices.at(-1)).toMatchObject({ since: from, resource: undefined });

  // Looks: often at first, seldom later. None beside them, however many resources poll.
  const looks: number[] = [];
  const revokedAt = bench.now();
  let seen = bench.requests();
  await pollUntil(bench, () => {
    if (bench.requests() > seen) looks.push(Math.round((bench.now() - revokedAt) / 60_000));
    expect(bench.requests() - seen).toBeLessThanOrEqual(1);
    seen = bench.requests();
    return looks.length === 7;
  });
  expect(looks).toEqual([1, 3, 8, 18, 48, 108, 168]);

  bench.clinic.faults.heal();
  await pollUntil(bench, () => told(bench).length > 1);
  expect(told(bench)).toEqual(["key_revoked", "recovered"]);
});

test("a start, another key, another address and an operator's word are each looked at at once", async ({
  bench,
}) => {
  await bench.poll("patients");
  bench.clinic.faults.failRandomly(REFUSED, 1);
  await pollUntil(bench, () => told(bench).length > 0);
  for (let at = 0; at < 20; at += 1) {
    await bench.poll("patients");
    bench.tick(30_000);
  }
  const looksOnce = async (): Promise<void> => {
    await bench.poll("patients");
    const asked = bench.requests();
    await bench.poll("individual_appointments");
    await bench.poll("attendees");
    expect(bench.requests()).toBe(asked);
  };
  const asked = bench.requests();
  await looksOnce();
  bench.restart();
  await looksOnce();
  expect(bench.requests()).toBe(asked + 1);
  await bench.keeper.update("northside", ({ key }) => key && { change: { key: { ...key, asked: true } } });
  await looksOnce();
  expect(bench.requests()).toBe(asked + 2);
  bench.restart({ key: bench.clinic.addKey() });
  await looksOnce();
  expect(bench.requests()).toBe(asked + 3);
  expect(told(bench)).toEqual(["key_revoked"]);

  // The same key at another address, where it is good.
  const before = completed(bench);
  await using elsewhere = await startClinicServer(bench.clinic);
  bench.clinic.faults.heal();
  bench.restart({ baseUrl: elsewhere.url });
  await bench.poll("patients");
  expect(told(bench)).toEqual(["key_revoked", "recovered"]);
  expect(completed(bench)).toBe(before + 1);
});

test("a process that starts again and again settles nothing with looks before their time", async ({
  bench,
}) => {
  await bench.poll("patients");
  bench.clinic.faults.failRandomly(REFUSED, 1);
  for (let start = 0; start < 10; start += 1) {
    bench.restart();
    await bench.poll("patients");
    bench.tick(100);
  }
  expect(told(bench)).toEqual([]);
});

test("a 401 of one list alone is that list's trouble: the others are read, and it is told in time", async ({
  bench,
}) => {
  await bench.poll("patients");
  await bench.poll("individual_appointments");
  bench.clinic.faults.failRandomly(REFUSED, 1, { path: "/patients" });
  for (let at = 0; at < 30; at += 1) {
    bench.tick(5_000);
    await bench.poll("patients");
    const before = completed(bench);
    await bench.poll("individual_appointments");
    expect(completed(bench)).toBe(before + 1);
  }
  expect(bench.notices.at(-1)).toMatchObject({
    transition: "degraded",
    resource: "patients",
    detail: expect.stringContaining("although the key is accepted") as string,
  });
  bench.clinic.faults.heal();
  await bench.poll("patients");
  expect(told(bench)).toEqual(["degraded", "recovered"]);
});

test("a key that can neither be believed nor refused is told as degraded after two minutes", async ({
  bench,
}) => {
  await bench.poll("patients");
  bench.clinic.faults.failRandomly(REFUSED, 1, { path: "/patients" });
  bench.clinic.faults.failRandomly({ kind: "status", status: 503 }, 1, { path: "/user" });
  const took = await pollUntil(bench, () => told(bench).length > 0);
  expect(took).toBeGreaterThanOrEqual(120_000);
  expect(took).toBeLessThanOrEqual(135_000);
  expect(told(bench)).toEqual(["degraded"]);
  bench.clinic.faults.heal();
  await pollUntil(bench, () => told(bench).length > 1);
  expect(told(bench)).toEqual(["degraded", "recovered"]);
});

test("a clock that is set back keeps no key from being looked at", async ({ bench }) => {
  await bench.poll("patients");
  bench.tick(10 * 3_600_000);
  bench.clinic.faults.failRandomly(REFUSED, 1);
  await pollUntil(bench, () => told(bench).length > 0);
  bench.clinic.faults.heal();
  bench.tick(-10 * 3_600_000);
  await bench.poll("patients");
  expect(told(bench)).toEqual(["key_revoked", "recovered"]);
});

test("a 401 in the first sync delays it, and it goes on where it stopped", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 250, appointments: 5 } });
  bench.clinic.faults.failNext({ kind: "slow", delayMs: 0 }, { path: "/patients" });
  bench.clinic.faults.failNext(REFUSED, { path: "/patients" });
  await pollUntil(bench, () => completed(bench) > 0);
  expect(told(bench)).toEqual([]);
  expect(await bench.events()).toEqual([]);
});

test("two accounts with one key at two addresses are each their own", async ({ bench }) => {
  const other = createClinic({ now: bench.now, seed: 3 });
  await using refusing = await startClinicServer(other);
  await bench.poll("patients");
  bench.restart({ baseUrl: refusing.url });
  await pollUntil(bench, () => told(bench).length > 0);
  bench.restart({ baseUrl: bench.baseUrl });
  const before = completed(bench);
  await bench.poll("patients");
  expect(completed(bench)).toBe(before + 1);
});
