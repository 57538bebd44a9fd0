import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingDeps } from "./reading-deps.ts";
import type { ScanResult } from "./scan.ts";

/**
 * In place of a first sync: one request, for the upstream's clock. What changes from then on is told; what is older is taken over when
 * it changes.
 */
export async function beginNow(
  { client, plan, resource, store }: Pick<ReadingDeps, "client" | "plan" | "resource" | "store">,
  lease: Lease,
  signal: AbortSignal,
): Promise<ScanResult> {
  const counts = { pages: 0, records: 0, changes: 0, events: 0, stale: 0, unknown: [] };
  const [pass] = plan.passes;
  if (!pass) throw new RangeError("a plan has a pass");
  const request = { pass, order: plan.order, since: undefined, after: undefined, pageSize: 1 };
  const answer = await client.listPage(resource, request, signal);
  if (signal.aborted) return { kind: "stopped", reason: "aborted", ...counts };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer, ...counts };
  const { date: watermark } = answer.page;
  const cursor = { phase: "live", watermark } as const;
  const committed = await store.commit(lease, { snapshots: new Map(), events: [], cursor });
  if (committed === "fenced") return { kind: "stopped", reason: "fenced", ...counts };
  return {
    kind: "completed",
    watermark,
    baseline: true,
    missed: [],
    expected: new Map(),
    ...counts,
    pages: 1,
  };
}
