import type { ClinikoClient } from "../cliniko/client.ts";
import type { Failure, Page } from "../cliniko/outcome.ts";
import type { ReadingPlan } from "../cliniko/reading-plan.ts";
import type { Resource } from "../cliniko/resources.ts";
import type { AdoptContext, Appearance } from "../diff/adopt.ts";
import type { AccountStore } from "../store/account-store.ts";
import type { Lease } from "../store/lease.ts";
import type { ReadingState, ReadingStore } from "../store/reading-store.ts";
import type { Authority } from "./authority.ts";
import type { Discretion } from "./discretion.ts";
import { type Confirm, type PageTimes, adoptPage } from "./adopt-page.ts";
import type { Guard } from "./guard.ts";
import type { MassLimits } from "./mass-limits.ts";
import type { Rechecks } from "./rechecks.ts";

/** What every kind of reading besides the scan needs. They run under the scan's lease, after a scan that completed. */
export interface ReadingDeps {
  readonly client: Pick<ClinikoClient, "listPage" | "findRecord">;
  readonly store: AccountStore;
  readonly reading: ReadingStore;
  readonly state: ReadingState;
  readonly resource: Resource;
  readonly plan: ReadingPlan;
  readonly context: Omit<AdoptContext, "baselineStartedAt">;
  readonly authority?: Authority | undefined;
  readonly discretion?: Discretion | undefined;
  readonly appearances?: Pick<Appearance, "choice" | "firstSyncAt"> | undefined;
  readonly limits?: MassLimits | undefined;
  readonly rechecks?: Rechecks | undefined;
  readonly overlapMs?: number;
  readonly confirm?: Confirm | undefined;
  /** The watermark of the scan that just completed, unix seconds by the upstream's clock. */
  readonly watermark: number;
  readonly now: () => number;
  /** Whether the next scan can wait a little longer; it always can when left out. */
  readonly hasTime?: () => boolean;
}

export type ReadingResult =
  | { readonly kind: "done"; readonly events: number }
  | { readonly kind: "guarded"; readonly guard: Guard }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** The lease was lost, or the process is to stop. */
  | { readonly kind: "stopped" };

/** Takes over a page that did not come from a scan: the cursor stays. */
export async function takeOver(
  deps: ReadingDeps,
  lease: Lease,
  page: Pick<Page, "rows" | "date">,
  origin: PageTimes["origin"],
): Promise<ReadingResult> {
  const times = {
    origin,
    unchangedUntil: deps.state.presentAt || deps.watermark,
    baselineStartedAt: undefined,
    shownFrom: deps.watermark - Math.ceil((deps.overlapMs ?? 0) / 1_000),
  };
  const changes = await adoptPage(deps, lease, page, times);
  if ("kind" in changes) return changes.kind === "guarded" ? changes : { kind: "failed", failure: changes };
  const { snapshots, events, older } = changes;
  const ids = page.rows.map(({ id }) => id);
  deps.rechecks?.shown(ids, older, page.date, false);
  if (snapshots.size === 0) return { kind: "done", events: 0 };
  const committed = await deps.store.commit(lease, { snapshots, events, cursor: undefined });
  return committed === "fenced" ? { kind: "stopped" } : { kind: "done", events: events.length };
}

/** A full list with everything hidden shown, narrowed by `conditions`. */
export function listEverything(
  deps: ReadingDeps,
  conditions: readonly string[],
  after?: string,
): {
  pass: { since: string; wildcards: readonly string[]; variant: undefined };
  order: ReadingPlan["order"];
  since: undefined;
  after: string | undefined;
  conditions: readonly string[];
} {
  const pass = { since: "updated_at", wildcards: deps.resource.hiddenBy, variant: undefined };
  return { pass, order: deps.plan.order, since: undefined, after, conditions };
}
