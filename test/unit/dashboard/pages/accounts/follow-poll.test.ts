import { expect, test } from "vitest";

import { followPoll, startPoll } from "../../../../../dashboard/pages/accounts/follow-poll.ts";
import { judgeRun, formatRunDetail } from "../../../../../dashboard/pages/accounts/judge-run.ts";
import { formatOrder, formatPlan } from "../../../../../dashboard/pages/accounts/format-plan.ts";
import type { AccountReading } from "../../../../../dashboard/api/answers.ts";

type ResourceReading = AccountReading["resources"][number];
type Run = ResourceReading["last_runs"][number];

const SCAN: Run = {
  at: "2026-11-22T03:15:00.000Z",
  kind: "scan",
  outcome: "completed",
  detail: null,
  duration_ms: 212,
  requests: 1,
  records: 3,
  events: 0,
};

function aReading(changes: Partial<ResourceReading>): AccountReading {
  const reading: ResourceReading = {
    resource: "patients",
    plan: null,
    next_poll_at: "2026-11-22T03:15:20.000Z",
    interval_ms: 20_000,
    fixed_interval: false,
    week: null,
    known: 12,
    next_sweep_at: null,
    last_sweep_at: null,
    suspects: 0,
    last_runs: [SCAN],
    ...changes,
  };
  return { account: "northside", resources: [reading], guards: [] };
}

const NEWER: Run = { ...SCAN, at: "2026-11-22T03:15:09.000Z" };
const BEFORE = aReading({});

function progressOf(woken: readonly string[], after: AccountReading): readonly (string | undefined)[] {
  const [only] = followPoll(startPoll(woken, BEFORE), after);
  return [only?.state, only?.text];
}

test("what was woken is coming until a scan shows that was not there before", () => {
  expect(progressOf(["patients"], BEFORE)[0]).toBe("coming");
  const sweep: Run = { ...NEWER, kind: "sweep" };
  expect(progressOf(["patients"], aReading({ last_runs: [sweep, SCAN] }))[0]).toBe("coming");
  expect(progressOf(["patients"], aReading({ last_runs: [NEWER, SCAN] }))).toEqual([
    "read",
    "read, nothing new (3 records seen in 212 ms)",
  ]);
});

test("a scan that found something says how much", () => {
  const found = { ...NEWER, records: 1, events: 1 };
  expect(progressOf(["patients"], aReading({ last_runs: [found] }))[1]).toBe(
    "read, 1 event (1 record seen in 212 ms)",
  );
});

test("a scan that failed says why", () => {
  const failed = { ...NEWER, outcome: "unavailable", detail: "HTTP 503" };
  expect(progressOf(["patients"], aReading({ last_runs: [failed] }))).toEqual([
    "failed",
    "not read: unavailable (HTTP 503)",
  ]);
});

test("what was not woken says why: it was being read, or perhaps nobody polls", () => {
  expect(progressOf([], aReading({ last_runs: [NEWER] }))).toEqual([
    "asleep",
    "not woken, for it was being read at that moment.",
  ]);
  expect(progressOf([], aReading({ next_poll_at: null }))[1]).toContain("no process with the role poll");
});

test("a scan that gave way is calm, a sweep that stopped met a guard", () => {
  expect(judgeRun({ kind: "scan", outcome: "stopped", events: 0 }).tone).toBe("idle");
  expect(judgeRun({ kind: "sweep", outcome: "stopped", events: 0 }).tone).toBe("bad");
});

test("what passes by itself is a warning, what needs somebody is bad; both say what to do", () => {
  const passing = judgeRun({ kind: "scan", outcome: "rate_limited", events: 0 });
  const lasting = judgeRun({ kind: "scan", outcome: "unauthorized", events: 0 });
  expect([passing.tone, lasting.tone]).toEqual(["warn", "bad"]);
  expect([passing.remedy, lasting.remedy]).not.toContain(undefined);
});

test("a run that completed is good where it found something, and quiet otherwise", () => {
  expect(judgeRun({ kind: "scan", outcome: "completed", events: 2 }).tone).toBe("good");
  expect(judgeRun({ kind: "scan", outcome: "completed", events: 0 }).tone).toBe("idle");
});

test("a plan is told in words, whatever its order", () => {
  expect(formatPlan("combined-by-created")).toBe(formatPlan("combined"));
  expect(formatPlan("apart")).toContain("a list of its own");
  expect(formatPlan("all-own-by-page")).toBe(formatPlan("all"));
  expect(formatPlan("a-later-one")).toContain("does not know");
  expect(formatOrder("id")).not.toBe(formatOrder("created"));
});

test("a step of reconciliation is told in words, with what it found; other details stay as they are", () => {
  expect(formatRunDetail("count: 31 of 120 known records are missing")).toBe(
    "counted what Cliniko has against what is known: 31 of 120 known records are missing",
  );
  expect(formatRunDetail("HTTP 503")).toBe("HTTP 503");
});
