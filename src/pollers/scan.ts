import type { ClinikoClient } from "../cliniko/client.ts";
import type { Failure, Page } from "../cliniko/outcome.ts";
import type { Resource } from "../cliniko/resources.ts";
import { type AdoptContext, type Snapshot, adopt } from "../diff/adopt.ts";
import type { WebhookEvent } from "../diff/event.ts";
import { FieldShapeError } from "../diff/normalise.ts";
import type { AccountStore, Cursor } from "../store/account-store.ts";
import type { Lease } from "../store/lease.ts";

export interface ScanDeps {
  readonly client: Pick<ClinikoClient, "listPage">;
  readonly store: Pick<AccountStore, "readCursor" | "loadSnapshots" | "commit">;
  readonly resource: Resource;
  /** `baselineStartedAt` follows from the cursor. */
  readonly context: Omit<AdoptContext, "baselineStartedAt">;
  /** L: how far behind its watermark a scan looks back, for commits that become visible late. */
  readonly overlapMs: number;
}

export interface ScanCounts {
  readonly pages: number;
  readonly records: number;
  readonly changes: number;
  readonly events: number;
  readonly stale: number;
}

export type ScanResult = ScanCounts &
  (
    | { readonly kind: "completed"; readonly watermark: number; readonly baseline: boolean }
    /** Stopped between two pages, by `signal` or because another worker took over. What was committed stays. */
    | { readonly kind: "stopped"; readonly reason: "aborted" | "fenced" }
    /** The upstream did not let us finish. The watermark has not moved. */
    | { readonly kind: "failed"; readonly failure: Failure }
  );

/**
 * Reads everything of one resource that was touched since the watermark (all of it the first time), page by page in
 * order of id, and commits each page as one step. The watermark moves with the last page only, to the upstream's clock
 * at the first request: what is stamped later belongs to the next scan, what was read twice is found unchanged.
 */
export async function scan(deps: ScanDeps, lease: Lease, signal: AbortSignal): Promise<ScanResult> {
  const { account, resource } = lease;
  const cursor = await deps.store.readCursor(account, resource);
  const updatedSince =
    cursor?.phase === "live" ? cursor.watermark - Math.ceil(deps.overlapMs / 1_000) : undefined;
  const counts = { pages: 0, records: 0, changes: 0, events: 0, stale: 0 };
  // A baseline that was interrupted goes on where it stopped, under its first clock.
  let afterId = cursor?.phase === "baseline" ? cursor.afterId : undefined;
  let startedAt = cursor?.phase === "baseline" ? cursor.startedAt : undefined;

  for (;;) {
    if (signal.aborted) return { kind: "stopped", reason: "aborted", ...counts };
    const answer = await deps.client.listPage(deps.resource, { afterId, updatedSince }, signal);
    if (signal.aborted) return { kind: "stopped", reason: "aborted", ...counts };
    if (answer.kind !== "ok") return { kind: "failed", failure: answer, ...counts };
    const { page } = answer;
    startedAt ??= page.date;
    afterId = page.rows.at(-1)?.id ?? afterId;

    const unchangedUntil = cursor?.phase === "live" ? cursor.watermark : startedAt;
    const baselineStartedAt = cursor?.phase === "live" ? undefined : startedAt;
    const changes = await adoptPage(deps, lease, page, { unchangedUntil, baselineStartedAt });
    if ("kind" in changes) return { kind: "failed", failure: changes, ...counts };

    const next = nextCursor(page, cursor, startedAt, afterId);
    const { snapshots, events } = changes;
    if ((await deps.store.commit(lease, { snapshots, events, cursor: next })) === "fenced") {
      return { kind: "stopped", reason: "fenced", ...counts };
    }
    counts.pages += 1;
    counts.records += page.rows.length;
    counts.changes += snapshots.size;
    counts.events += events.length;
    counts.stale += changes.stale;
    if (!page.more) {
      return { kind: "completed", watermark: startedAt, baseline: cursor?.phase !== "live", ...counts };
    }
  }
}

function nextCursor(
  page: Page,
  cursor: Cursor | undefined,
  startedAt: number,
  afterId: string | undefined,
): Cursor | undefined {
  // Should the upstream's clock step back, the watermark follows: reading too much is safe, too little is not.
  if (!page.more) return { phase: "live", watermark: startedAt };
  return cursor?.phase === "live" ? undefined : { phase: "baseline", startedAt, afterId };
}

interface PageChanges {
  readonly snapshots: Map<string, Snapshot>;
  readonly events: WebhookEvent[];
  readonly stale: number;
}

/** A page is taken over whole or not at all: a record of another shape is a failure, not a change. */
async function adoptPage(
  deps: ScanDeps,
  { account, resource }: Lease,
  page: Page,
  times: { readonly unchangedUntil: number; readonly baselineStartedAt: number | undefined },
): Promise<PageChanges | Failure> {
  const context = { ...deps.context, baselineStartedAt: times.baselineStartedAt };
  const known = await deps.store.loadSnapshots(
    account,
    resource,
    page.rows.map((row) => row.id),
  );
  const snapshots = new Map<string, Snapshot>();
  const events: WebhookEvent[] = [];
  let stale = 0;
  for (const row of page.rows) {
    try {
      const sighting = { ...row, unchangedUntil: times.unchangedUntil, readAt: page.date };
      const adoption = adopt(context, known.get(row.id), sighting);
      if (adoption.kind === "stale") stale += 1;
      if (adoption.kind !== "adopted") continue;
      snapshots.set(row.id, adoption.snapshot);
      if (adoption.event) events.push(adoption.event);
    } catch (error) {
      if (!(error instanceof FieldShapeError)) throw error;
      return { kind: "malformed", detail: `record ${row.id}: ${error.message}` };
    }
  }
  return { snapshots, events, stale };
}
