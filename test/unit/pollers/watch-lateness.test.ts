import { expect, test } from "vitest";

import type { Notice } from "../../../src/pollers/connection/connection-keeper.ts";
import { type WatchedFacts, tellLate } from "../../../src/pollers/schedule/watch-lateness.ts";
import type { Connection, Problem } from "../../../src/store/detection/connection-store.ts";

const NOW = Date.parse("2026-11-28T10:00:00Z");
const HOUR = 3_600_000;
const PROMISE = 20_000;

const FAULT: Problem = {
  kind: "degraded",
  since: NOW - 60_000,
  detail: "HTTP 429",
  told: false,
  quarantined: false,
};

interface Case {
  readonly idleMs?: number | undefined;
  readonly phase?: "live" | "baseline";
  readonly problem?: Problem;
  readonly elsewhere?: Problem;
  readonly blockedUntilMs?: number;
}

/** What is told, and the problem that is kept. */
async function look({ idleMs, phase = "live", problem, elsewhere, blockedUntilMs }: Case): Promise<{
  readonly told: readonly Partial<Notice>[];
  readonly kept: Problem | undefined;
}> {
  const problems = new Map<string, Problem>();
  if (problem) problems.set("patients", problem);
  if (elsewhere) problems.set("attendees", elsewhere);
  const connection: Connection = { key: undefined, problems, baselines: new Set(), sequence: 0, version: 0 };
  const cursor =
    phase === "live"
      ? ({ phase, watermark: 1_000 } as const)
      : ({ phase, startedAt: 1, plan: "combined", pass: 0, after: undefined } as const);
  const movedAt = idleMs === undefined ? undefined : NOW - idleMs;
  const facts: WatchedFacts = {
    account: "northside",
    connection,
    blockedUntilMs,
    redisNow: NOW,
    resources: [{ resource: "patients", cursor, suspects: 0, failingSteps: [], movedAt, leased: false }],
  };
  const told: Partial<Notice>[] = [];
  const update: Parameters<typeof tellLate>[0]["keeper"]["update"] = async (_account, decide) => {
    const decision = decide(connection);
    if (decision?.tell) told.push(decision.tell);
    if (decision && "problem" in decision.change && decision.change.problem)
      problems.set("patients", decision.change.problem);
  };
  const deps = { keeper: { update }, promiseMs: () => PROMISE, now: () => NOW };
  await tellLate(deps, [facts]);
  // What has been told is not told again.
  await tellLate(deps, [facts]);
  return { told, kept: problems.get("patients") };
}

test("what waits for longer than its promise and two minutes is told once, with why", async () => {
  const { told, kept } = await look({ idleMs: 140_000, blockedUntilMs: NOW + 90_000 });

  expect(told).toEqual([
    {
      transition: "degraded",
      resource: "patients",
      since: NOW - 120_000,
      detail: "not read for 140 s: Cliniko's limit lets nothing be asked for 90 s more",
      completeUpTo: 1_000,
    },
  ]);
  expect(kept).toMatchObject({ kind: "degraded", told: true, quarantined: false });
});

test.each<[string, Case]>([
  ["a moment less", { idleMs: 139_999 }],
  ["of which nobody knows how long", { idleMs: undefined }],
  ["that is in its first sync", { idleMs: HOUR, phase: "baseline" }],
  ["that has been told of", { idleMs: HOUR, problem: { ...FAULT, since: NOW - HOUR, told: true } }],
  ["with a fault of a minute ago", { idleMs: 80_000, problem: FAULT }],
  [
    "of an account that a guard holds",
    { idleMs: HOUR, elsewhere: { ...FAULT, told: true, quarantined: true } },
  ],
])("what waits, %s, is not told", async (_what, given) => {
  expect((await look(given)).told).toEqual([]);
});

test("a fault is told in time, however long its next try is off, in a first sync too", async () => {
  const since = NOW - 120_000;
  const { told } = await look({ phase: "baseline", problem: { ...FAULT, since } });

  expect(told).toMatchObject([
    { transition: "degraded", since, detail: "HTTP 429", completeUpTo: undefined },
  ]);
});

test("a fault that began later than now is told: nobody knows how long it has been", async () => {
  const { told } = await look({ idleMs: 0, problem: { ...FAULT, since: NOW + HOUR } });

  expect(told).toMatchObject([{ since: NOW }]);
});
