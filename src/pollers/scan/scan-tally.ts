import type { Page } from "../../cliniko/outcome.ts";
import type { PageChanges } from "./adopt-page.ts";
import type { ScanCounts, ScanResult } from "./scan.ts";

type Findings = Pick<Extract<ScanResult, { kind: "completed" }>, "countsLie" | "doubted" | "isPart">;

/** What the pages of a scan come to. */
export interface ScanTally {
  add(page: Page, changes: PageChanges, found: Pick<Findings, "countsLie" | "isPart">): void;
  counts(): ScanCounts;
  findings(): Findings;
}

export function createScanTally(): ScanTally {
  const counts = { pages: 0, records: 0, changes: 0, events: 0, stale: 0 };
  const unknown = new Set<string>();
  const doubted: string[] = [];
  let countsLie = false;
  let isPart = false;
  return {
    add(page, changes, found) {
      counts.pages += 1;
      counts.records += page.rows.length;
      counts.changes += changes.snapshots.size;
      counts.events += changes.events.length;
      counts.stale += changes.stale;
      doubted.push(...changes.doubted);
      for (const name of changes.unknown) unknown.add(name);
      countsLie ||= found.countsLie === true;
      isPart ||= found.isPart === true;
    },
    counts: () => ({ ...counts, unknown: [...unknown] }),
    findings: () => ({ countsLie, doubted, isPart }),
  };
}
