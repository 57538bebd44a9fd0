import type { AuditReport } from "./report.ts";

/** The whole report in one line. What should be nought and is not is always there; what may be, only when it is. */
export function formatAudit(report: AuditReport): string {
  const optional: [string, number][] = [
    ["wrong", report.wrong.length],
    ["sequence gaps", report.sequenceGaps.length],
    ["pending", report.pending],
    ["excluded", report.excluded],
  ];
  return [
    `upstream transitions ${report.transitions}`,
    `callbacks verified ${report.delivered}`,
    `coalesced ${report.coalesced}`,
    `duplicates ${report.duplicates}`,
    `lost ${report.lost.length}`,
    `invented ${report.invented.length}`,
    ...optional.filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`),
    `median latency ${(report.latencies.medianMs / 1000).toFixed(1)} s`,
  ].join(" · ");
}
