import type { Target } from "../shared/target.ts";
import { safeDetail } from "../cliniko/outcome.ts";
import { summariseGuard } from "../pollers/reconcile/guard.ts";
import type { ScanResult } from "../pollers/scan/scan.ts";
import type { ReconcileStep } from "../pollers/reconcile/reconcile.ts";
import type { Run, RunLog } from "../store/detection/run-log.ts";

/** Keeps what the readings came to, for the dashboard. Redis being away costs a line there and nothing else. */
export interface RunReports {
  readonly stepEnded: (target: Target, step: ReconcileStep) => void;
}

export interface RunReportDeps {
  readonly runs: Pick<RunLog, "add">;
  readonly redis: { readonly status: string };
  readonly now: () => number;
}

export function createRunReports({ now, redis, runs }: RunReportDeps): RunReports {
  const keep = ({ account, resource }: Target, run: Run | undefined): void => {
    // Commands that wait for Redis would pile up, and a reading ends before its line is written.
    if (!run || redis.status !== "ready") return;
    runs.add(account, resource, run).catch(() => undefined);
  };
  return {
    stepEnded: (target, step) => {
      keep(target, toStepRun(step, now()));
    },
  };
}

/** What is kept of a scan; undefined: nothing, it was interrupted because the process is to stop. @param at unix ms */
export function toScanRun(
  result: ScanResult,
  durationMs: number,
  requests: number,
  at: number,
): Run | undefined {
  const { events, records } = result;
  const counted = { kind: "scan", at, durationMs, requests, records, events } as const;
  switch (result.kind) {
    case "completed": {
      const words = [
        ...(result.baseline ? ["first sync"] : []),
        ...(result.stale > 0 ? [`${result.stale} older than known`] : []),
        ...(result.unknown.length > 0 ? [`${result.unknown.length} fields that are not documented`] : []),
      ];
      return { ...counted, outcome: "completed", detail: words.join(", ") || undefined };
    }
    case "stopped":
      if (result.reason !== "fenced") return undefined;
      return { ...counted, outcome: "stopped", detail: "another worker took over" };
    case "guarded":
      return { ...counted, outcome: "stopped", detail: summariseGuard(result.guard) };
    case "failed":
      return { ...counted, outcome: result.failure.kind, detail: safeDetail(result.failure) };
  }
}

/** What is kept of a step of reconciliation; undefined as above. @param at unix ms */
export function toStepRun(step: ReconcileStep, at: number): Run | undefined {
  const { durationMs, kind, name, records, requests, result } = step;
  const counted = { kind, at, durationMs, requests, records, events: 0 } as const;
  switch (result.kind) {
    case "done":
      return { ...counted, outcome: "completed", detail: name, events: result.events };
    case "guarded": {
      return { ...counted, outcome: "stopped", detail: `${name}: ${summariseGuard(result.guard)}` };
    }
    case "failed":
      return { ...counted, outcome: result.failure.kind, detail: `${name}: ${safeDetail(result.failure)}` };
    case "stopped":
      return undefined;
  }
}
