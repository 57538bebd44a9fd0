import type { Failure, Page } from "../cliniko/outcome.ts";
import { type AdoptContext, type Snapshot, adopt } from "../diff/adopt.ts";
import type { WebhookEvent } from "../diff/event.ts";
import { unknownFields } from "../diff/shape.ts";
import type { Authority } from "./authority.ts";
import { FieldShapeError } from "../diff/normalise.ts";
import type { AccountStore } from "../store/account-store.ts";
import type { Lease } from "../store/lease.ts";
import type { Discretion, IsWithheld } from "./discretion.ts";

export interface PageChanges {
  readonly snapshots: Map<string, Snapshot>;
  readonly events: WebhookEvent[];
  /** The events, and those that are not told because of whom they are about. */
  readonly observed: readonly WebhookEvent[];
  /** Rows that showed an older version than the one we have. */
  readonly stale: number;
  /** Fields that no documentation names. */
  readonly unknown: ReadonlySet<string>;
}

/** How a page was come by: see `Sighting` and `AdoptContext`. */
export interface PageTimes {
  readonly origin: WebhookEvent["origin"];
  readonly unchangedUntil: number;
  readonly baselineStartedAt: number | undefined;
}

/**
 * What a page changes. It is taken over whole or not at all: a record of another shape is a failure, not a change.
 */
export async function adoptPage(
  deps: {
    readonly store: Pick<AccountStore, "loadSnapshots">;
    readonly context: Omit<AdoptContext, "baselineStartedAt">;
    readonly authority?: Authority | undefined;
    readonly discretion?: Discretion | undefined;
  },
  { account, resource }: Lease,
  served: Pick<Page, "rows" | "date">,
  times: PageTimes,
): Promise<PageChanges | Failure> {
  const ours = deps.authority ? await deps.authority(served.rows) : served.rows;
  if ("kind" in ours) return ours;
  const { discretion } = deps;
  const page = { ...served, rows: discretion ? await discretion.withhold(ours) : ours };
  const ids = page.rows.map((row) => row.id);
  const known = await deps.store.loadSnapshots(account, resource, ids);
  const changes = adoptRows(deps.context, known, page, times, () => false);
  if ("kind" in changes || !discretion || changes.events.length === 0) return changes;
  const isWithheld = await discretion.judge(changes.events);
  if ("kind" in isWithheld) return isWithheld;
  // Once more, now that it is known whom not to tell of: their place in the sequence is not used up.
  return changes.events.some(isWithheld) ? adoptRows(deps.context, known, page, times, isWithheld) : changes;
}

function adoptRows(
  given: Omit<AdoptContext, "baselineStartedAt">,
  known: ReadonlyMap<string, Snapshot>,
  page: Pick<Page, "rows" | "date">,
  times: PageTimes,
  isWithheld: IsWithheld,
): PageChanges | Failure {
  const { baselineStartedAt, origin } = times;
  const context = { ...given, baselineStartedAt, origin };
  const snapshots = new Map<string, Snapshot>();
  const events: WebhookEvent[] = [];
  const observed: WebhookEvent[] = [];
  const unknown = new Set<string>();
  let stale = 0;
  for (const row of page.rows) {
    try {
      for (const name of unknownFields(context.projection, row.record)) unknown.add(name);
      const { id, createdAt, updatedAt, record } = row;
      const { unchangedUntil } = times;
      const sighting = { id, createdAt, updatedAt, record, unchangedUntil, readAt: page.date };
      // A list read by value may show a record twice: the second time is held against the first.
      const previous = snapshots.get(row.id) ?? known.get(row.id);
      const adoption = adopt(context, previous, sighting);
      if (adoption.kind === "stale") stale += 1;
      if (adoption.kind !== "adopted") continue;
      const { event, snapshot } = adoption;
      if (event) observed.push(event);
      if (event && isWithheld(event)) {
        snapshots.set(row.id, { ...snapshot, sequence: previous?.sequence ?? 0 });
        continue;
      }
      snapshots.set(row.id, snapshot);
      if (event) events.push(event);
    } catch (error) {
      if (!(error instanceof FieldShapeError)) throw error;
      return { kind: "schema_changed", detail: `record ${row.id}: ${error.message}` };
    }
  }
  return { snapshots, events, observed, stale, unknown };
}
