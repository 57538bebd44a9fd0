import { expect, test } from "vitest";

import type { ScanResult } from "../../src/pollers/scan/scan.ts";
import type { ReconcileStep } from "../../src/pollers/reconcile/reconcile.ts";
import { createRunReports, toScanRun, toStepRun } from "../../src/app/run-reports.ts";
import type { Run } from "../../src/store/detection/run-log.ts";

const AT = 1_795_317_304_000;
const COUNTS = { pages: 1, records: 2, changes: 0, events: 0, stale: 0, unknown: [] };
const STEP = { name: "count", kind: "sweep", durationMs: 90, requests: 3, records: 100 } as const;
const QUIET: ScanResult = {
  ...COUNTS,
  kind: "completed",
  watermark: 0,
  baseline: false,
  missed: [],
  expected: new Map(),
};

test.each<[string, ScanResult, Pick<Run, "outcome" | "detail"> | undefined]>([
  ["a quiet scan", QUIET, { outcome: "completed", detail: undefined }],
  ["a first sync", { ...QUIET, baseline: true }, { outcome: "completed", detail: "first sync" }],
  [
    "a scan that met what it did not expect",
    { ...QUIET, stale: 2, unknown: ["a", "b"] },
    { outcome: "completed", detail: "2 older than known, 2 fields that are not documented" },
  ],
  [
    "a scan that was overtaken",
    { ...COUNTS, kind: "stopped", reason: "fenced" },
    { outcome: "stopped", detail: "another worker took over" },
  ],
  [
    "a scan that the end of the process cut short",
    { ...COUNTS, kind: "stopped", reason: "aborted" },
    undefined,
  ],
  [
    "a scan that failed",
    { ...COUNTS, kind: "failed", failure: { kind: "unavailable", detail: "HTTP 503" } },
    { outcome: "unavailable", detail: "HTTP 503" },
  ],
  [
    "a filter that was refused, in words that may repeat it",
    {
      ...COUNTS,
      kind: "failed",
      failure: {
        kind: "bad_filter",
        detail: "HTTP 400 (request 7c9e): patient_id 139072623 is not filterable",
      },
    },
    { outcome: "bad_filter", detail: "HTTP 400 (request 7c9e)" },
  ],
  [
    "a record of another shape",
    {
      ...COUNTS,
      kind: "failed",
      failure: { kind: "schema_changed", detail: "record 1390726237298631770: starts_at is no moment" },
    },
    { outcome: "schema_changed", detail: "starts_at is no moment" },
  ],
])("of %s is kept what it came to", (_what, result, expected) => {
  const run = toScanRun(result, 212, 4, AT);

  expect(run).toEqual(
    expected && { kind: "scan", at: AT, durationMs: 212, requests: 4, records: 2, events: 0, ...expected },
  );
});

test.each<[ReconcileStep["result"], Partial<Run> | undefined]>([
  [
    { kind: "done", events: 2 },
    { outcome: "completed", detail: "count", events: 2 },
  ],
  [
    { kind: "guarded", guard: { kind: "mass_disappearance", missing: 212, known: 3_054 } },
    { outcome: "stopped", detail: "count: 212 of 3054 known records are missing" },
  ],
  [
    { kind: "failed", failure: { kind: "malformed", detail: "no Date header: a proxy may have removed it" } },
    { outcome: "malformed", detail: "count: no Date header: a proxy may have removed it" },
  ],
  [{ kind: "stopped" }, undefined],
])("of a step that came to %j is kept its name and its counts", (result, expected) => {
  const run = toStepRun({ ...STEP, result }, AT);

  expect(run).toEqual(
    expected && { kind: "sweep", at: AT, durationMs: 90, requests: 3, records: 100, events: 0, ...expected },
  );
});

test("a run is written while Redis answers, not while it does not, and a failure stays here", async () => {
  const written: Run[] = [];
  const redis = { status: "ready" };
  const runs = {
    add: async (_account: string, _resource: string, run: Run): Promise<void> => {
      written.push(run);
      throw new Error("it went away");
    },
  };
  const reports = createRunReports({ runs, redis, now: () => AT });
  const target = { account: "northside", resource: "patients" };
  reports.stepEnded(target, { ...STEP, result: { kind: "done", events: 0 } });
  redis.status = "reconnecting";
  reports.stepEnded(target, { ...STEP, result: { kind: "done", events: 0 } });
  await Promise.resolve();

  expect(written.map(({ kind, at }) => [kind, at])).toEqual([["sweep", AT]]);
});
